//! Pooling and reductions.

use crate::float::Op;
use crate::ir::{Padding, Shape, Window};
use crate::onnx::act::Act;
use crate::onnx::attributes::Kind::{Int, Ints};
use crate::onnx::broadcast::affine;
use crate::onnx::call::{Call, Value, axes};
use crate::onnx::domain::Domain;
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{Run, View, channels_first, channels_last, normal, shrunk};
use crate::onnx::window;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::of(&["MaxPool", "AveragePool"], &[Domain::Onnx, Domain::ChannelsLast])
        .with(window::ATTRIBUTES)
        .imports(pool),
    Operator::onnx(&["GlobalAveragePool", "GlobalMaxPool"]).imports(global),
    Operator::onnx(&["ReduceMax", "ReduceMean", "ReduceSum"]).with(REDUCE).imports(reduce_over),
];

/// Attributes of reductions, on integers too.
pub(super) const REDUCE: &[(&str, crate::onnx::attributes::Kind)] =
    &[("axes", Ints), ("keepdims", Int), ("noop_with_empty_axes", Int)];

/// `MaxPool` and `AveragePool`.
pub(super) fn pool(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let last = call.is_channels_last();
    let mut act = if call.op() == "MaxPool" { call.ordered_act(0)? } else { call.act(0)? };
    let rank = act.view.rank();
    if !(3..=4).contains(&rank) {
        return Err(unsupported("only 1-D and 2-D pooling is supported"));
    }
    if last {
        act.view = act.view.transposed(&channels_first(rank));
    }
    let (act, shape) = draft.image(act)?;
    let mut window = window::pooling(call, shape, rank - 2)?;
    let output = window::output(&window, shape, shape.channels)?;
    let Padding { top, left, bottom, right } = window.padding;
    if top.max(bottom) >= window.kernel[0] || left.max(right) >= window.kernel[1] {
        return Err(unsupported("its padding is as wide as its window: put a Pad node before it"));
    }
    let mut image = act.tensor;
    let op = if call.op() == "MaxPool" {
        Op::MaxPool(window)
    } else {
        let mut count_padding = call.int("count_include_pad", 0) != 0;
        let stated = window::stated_padding(call, shape, &window, rank - 2)?;
        if count_padding && stated != window.padding {
            // Padding that the file states counts as pixels, windows beyond it do not: it is part of the image.
            let Padding { top, left, bottom, right } = stated;
            if stated != Padding::default() {
                let padded = Shape { height: shape.height + top + bottom, width: shape.width + left + right, ..shape };
                image = draft.emit(Step::Pad(stated), vec![image], Some(padded))?;
            }
            let beyond = window.padding;
            window.padding =
                Padding { bottom: beyond.bottom - bottom, right: beyond.right - right, ..Padding::default() };
            count_padding = false;
        }
        Op::AvgPool { window, count_padding }
    };
    let tensor = draft.emit(Step::Op(op), vec![image], Some(output))?;
    let view = View::image(output, rank);
    let view = if last { view.transposed(&channels_last(rank)) } else { view };
    Ok(Value::Act(Act { tensor, view, ..act }))
}

/// `GlobalAveragePool`, `GlobalMaxPool`.
pub(super) fn global(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = if call.op() == "GlobalMaxPool" { call.ordered_act(0)? } else { call.act(0)? };
    let over: Vec<usize> = if call.is_channels_last() {
        (1..act.view.rank().max(1) - 1).collect()
    } else {
        (2..act.view.rank()).collect()
    };
    reduce(draft, act, &over, true, call.op() == "GlobalMaxPool").map(Value::Act)
}

/// `ReduceMean`, `ReduceMax`, `ReduceSum` over pixels.
pub(super) fn reduce_over(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    let list = call.list("axes", 1)?.filter(|list| !list.is_empty());
    let over = match list {
        Some(list) => axes(&list, act.view.rank())?,
        None if call.int("noop_with_empty_axes", 0) != 0 => return Ok(Value::Act(act)),
        None => return Err(unsupported("a reduction over all axes is not supported")),
    };
    let dims = act.view.dims();
    let mut result = reduce(draft, act, &over, call.int("keepdims", 1) != 0, call.op() == "ReduceMax")?;
    if call.op() == "ReduceSum" {
        let count: usize = over.iter().map(|&axis| dims[axis]).product();
        result = affine(draft, &result, vec![count as f32], vec![0.0])?;
    }
    Ok(Value::Act(result))
}

fn reduce(draft: &mut Draft, act: Act, over: &[usize], keep: bool, max: bool) -> Result<Act, Reason> {
    let rest: Vec<usize> = (0..act.view.rank()).filter(|axis| !over.contains(axis)).collect();
    let channels = rest.iter().find(|&&axis| !act.view.0[axis].is_empty()).or(rest.last());
    let act = match (act.free, channels) {
        (true, Some(&channels)) => draft.pin_channels(act, channels)?,
        (true, None) => return Err(unsupported("a reduction over channels is not supported")),
        (false, _) => act,
    };
    let shape = draft.shape(act.tensor);
    let runs = normal(over.iter().flat_map(|&axis| act.view.0[axis].clone()));
    let rows = normal([Run { extent: shape.height, stride: shape.width }]);
    let columns = normal([Run { extent: shape.width, stride: 1 }]);
    let transposed = [columns.clone(), rows.clone()].concat();
    let kernel = match runs {
        runs if runs == normal([rows.clone(), columns.clone()].concat()) || runs == normal(transposed) => {
            [shape.height, shape.width]
        }
        runs if runs == rows => [shape.height, 1],
        runs if runs == columns => [1, shape.width],
        _ => return Err(unsupported("only reductions over rows or columns of pixels are supported")),
    };
    let output = Shape { height: shape.height / kernel[0], width: shape.width / kernel[1], ..shape };
    let window = Window { kernel, stride: kernel, padding: Padding::default() };
    let op = if max { Op::MaxPool(window) } else { Op::AvgPool { window, count_padding: false } };
    let tensor = draft.emit(Step::Op(op), vec![act.tensor], Some(output))?;
    // What is left keeps its order; its strides shrink with the pixels that are gone.
    let shrink = |run: &Run| Run { stride: shrunk(run.stride, shape, output), ..*run };
    let dims = act.view.0.iter().enumerate();
    let view = dims
        .filter(|(axis, _)| keep || !over.contains(axis))
        .map(|(axis, runs)| if over.contains(&axis) { Vec::new() } else { normal(runs.iter().map(shrink)) })
        .collect();
    Ok(Act { tensor, view: View(view), ..act })
}
