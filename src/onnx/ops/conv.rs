//! Convolutions.

use std::rc::Rc;

use crate::float::{Conv, Op, WeightQuant};
use crate::onnx::act::Act;
use crate::onnx::array::{Array, Dims, Grid, computed};
use crate::onnx::call::{Call, Value};
use crate::onnx::domain::Domain;
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{View, channels_first, channels_last};
use crate::onnx::window;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::of(&["Conv"], &[Domain::Onnx, Domain::ChannelsLast]).with(window::ATTRIBUTES).imports(conv)];

/// `Conv`; channels may be the last axis, of activations and weights alike.
pub(super) fn conv(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let (mut act, mut weight, last) = (call.act(0)?, call.constant(1)?, call.is_channels_last());
    let rank = act.view.rank();
    if !(3..=4).contains(&rank) || weight.dims.len() != rank {
        let found = act.view.dims();
        return Err(unsupported(format!(
            "input {} with weights {}: only 1-D and 2-D convolutions are supported",
            Dims(&found),
            Dims(&weight.dims)
        )));
    }
    if last {
        act.view = act.view.transposed(&channels_first(rank));
        weight = Rc::new(weight.transposed(&channels_first(rank)));
    }
    let (act, shape) = draft.image(act)?;
    let groups = usize::try_from(call.int("group", 1)).unwrap_or(0);
    let rows = weight.dims[0];
    if groups == 0 || rows % groups != 0 || weight.dims[1].checked_mul(groups) != Some(shape.channels) {
        return Err(invalid(format!(
            "weights {} in {groups} groups do not match {} channels",
            Dims(&weight.dims),
            shape.channels
        )));
    }
    if let Some(stated) = call.ints("kernel_shape")
        && !stated.iter().copied().eq(weight.dims[2..].iter().map(|&extent| extent as i64))
    {
        return Err(invalid(format!("`kernel_shape` does not match weights of {}", Dims(&weight.dims))));
    }
    let (weight, kernel) = dilated(&weight, window::dilation(call, rank - 2)?, call.room)?;
    let window = window::window(call, shape, kernel, rank - 2)?;
    let output = window::output(&window, shape, rows)?;
    let bias = bias(call.optional(2)?.as_deref(), rows)?;
    let columns = weight.len() / rows;
    let quant = rows_quant(weight.grid.as_ref(), 0, rows);
    let conv = Conv { window, groups, rows, columns, weight: weight.reals(), bias, quant };
    let tensor = draft.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(output))?;
    let view = View::image(output, rank);
    let view = if last { view.transposed(&channels_last(rank)) } else { view };
    Ok(Value::Act(Act { tensor, view, ..act }))
}

/// The weights with zeros between their elements, and the extent of the kernel.
fn dilated(weight: &Array, dilation: [usize; 2], room: usize) -> Result<(Array, [usize; 2]), Reason> {
    let kernel = match weight.dims[2..] {
        [height, width] => [height, width],
        [width] => [1, width],
        _ => [1, 1],
    };
    if kernel.contains(&0) || weight.dims[0] == 0 {
        return Err(invalid(format!("weights of {} are empty", Dims(&weight.dims))));
    }
    let spread = [(kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1];
    let dims = vec![weight.dims[0], weight.dims[1], spread[0], spread[1]];
    if spread == kernel {
        return Ok((weight.reshaped(dims), kernel));
    }
    let total = computed(&dims, room)?;
    if total > weight.len().saturating_mul(4096) {
        return Err(unsupported(format!("a dilation of {}x{} is not supported", dilation[0], dilation[1])));
    }
    let mut values = vec![0.0; total];
    for (index, value) in weight.reals().into_iter().enumerate() {
        let (plane, y, x) = (index / (kernel[0] * kernel[1]), index / kernel[1] % kernel[0], index % kernel[1]);
        values[(plane * spread[0] + y * dilation[0]) * spread[1] + x * dilation[1]] = value;
    }
    Ok((Array { grid: weight.grid.clone(), ..Array::real(dims, values) }, spread))
}

fn bias(array: Option<&Array>, rows: usize) -> Result<Vec<f32>, Reason> {
    match array {
        None => Ok(vec![0.0; rows]),
        Some(array) if array.len() == rows => Ok(array.reals()),
        Some(array) => Err(invalid(format!("a bias of {} does not match {rows} rows", Dims(&array.dims)))),
    }
}

/// The prescribed type of a matrix whose rows lie along an axis, if there is one scale per row.
pub(super) fn rows_quant(grid: Option<&Grid>, axis: usize, rows: usize) -> Option<WeightQuant> {
    let Grid { scales, axis: along, bits } = grid?;
    match scales.as_slice() {
        [one] => Some(WeightQuant { scales: vec![*one; rows], bits: *bits }),
        _ if *along == axis => Some(WeightQuant { scales: scales.clone(), bits: *bits }),
        _ => None,
    }
}
