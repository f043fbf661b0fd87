//! Convolutions and dense layers.

use std::rc::Rc;

use super::array::{Array, Dims, Grid, computed};
use super::call::{Call, Value};
use super::draft::{Act, Draft, Kind, Step};
use super::fault::{Reason, invalid, unsupported};
use super::view::{Run, View, indices, normal};
use super::window;
use crate::float::{Conv, Op, WeightQuant};
use crate::ir::{Padding, Shape, Window};

/// A window of one pixel.
pub(super) const POINT: Window =
    Window { kernel: [1, 1], stride: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };

/// Order of axes that turns batch, pixels, channels into batch, channels, pixels.
pub(super) fn channels_first(rank: usize) -> Vec<usize> {
    [0, rank - 1].into_iter().chain(1..rank - 1).collect()
}

/// The inverse of [`channels_first`].
pub(super) fn channels_last(rank: usize) -> Vec<usize> {
    std::iter::once(0).chain(2..rank).chain([1]).collect()
}

/// `Conv`; channels may be the last axis, of activations and weights alike.
pub(super) fn conv(draft: &mut Draft, call: &Call, last: bool) -> Result<Value, Reason> {
    let (mut act, mut weight) = (call.act(0)?, call.constant(1)?);
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
fn rows_quant(grid: Option<&Grid>, axis: usize, rows: usize) -> Option<WeightQuant> {
    let Grid { scales, axis: along, bits } = grid?;
    match scales.as_slice() {
        [one] => Some(WeightQuant { scales: vec![*one; rows], bits: *bits }),
        _ if *along == axis => Some(WeightQuant { scales: scales.clone(), bits: *bits }),
        _ => None,
    }
}

/// `MatMul` by a constant matrix.
pub(super) fn matmul(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let left = matches!(call.input(0), Some(Value::Const(_)));
    let (mut act, mut matrix) = (call.act(usize::from(left))?, call.constant(usize::from(!left))?);
    if left {
        // W x is the transposed of x' W'.
        matrix = Rc::new(last_swapped(&matrix));
        act.view = swapped(&act.view);
    }
    let leading = matrix.dims.len().saturating_sub(2);
    if matrix.dims.is_empty() || matrix.dims[..leading].iter().any(|&extent| extent != 1) {
        return Err(unsupported(format!("the constant operand is {}, not a matrix", Dims(&matrix.dims))));
    }
    if leading > 0 && leading + 2 > act.view.rank() {
        return Err(unsupported("the constant operand has more axes than the activation"));
    }
    // A vector is a matrix of one column, whose axis goes away.
    let column = matrix.dims.len() == 1;
    let dims = if column { vec![matrix.len(), 1] } else { matrix.dims[leading..].to_vec() };
    let mut result = dense(draft, act, &matrix.reshaped(dims), None)?;
    if column && result.view.rank() > 1 {
        result.view.0.pop();
    } else if left {
        result.view = swapped(&result.view);
    }
    Ok(Value::Act(result))
}

/// A view with its last two axes in the other order.
fn swapped(view: &View) -> View {
    let mut view = view.clone();
    let rank = view.rank();
    if rank > 1 {
        view.0.swap(rank - 2, rank - 1);
    }
    view
}

/// Matrices with rows and columns in the other order.
fn last_swapped(array: &Array) -> Array {
    let rank = array.dims.len();
    let mut axes: Vec<usize> = (0..rank).collect();
    if rank > 1 {
        axes.swap(rank - 2, rank - 1);
    }
    array.transposed(&axes)
}

/// `Gemm` with constant matrix and bias.
pub(super) fn gemm(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let left = matches!(call.input(0), Some(Value::Const(_)));
    let (mut act, mut matrix) = (call.act(usize::from(left))?, call.constant(usize::from(!left))?);
    if act.view.rank() != 2 || matrix.dims.len() != 2 {
        return Err(invalid("both operands need two axes"));
    }
    // With the matrix on the left everything is transposed: Y' = B' A' + C'.
    let (of_act, of_matrix) = if left { ("transB", "transA") } else { ("transA", "transB") };
    if (call.int(of_act, 0) != 0) != left {
        act.view = swapped(&act.view);
    }
    if (call.int(of_matrix, 0) != 0) != left {
        matrix = Rc::new(matrix.transposed(&[1, 0]));
    }
    let mut matrix = Rc::unwrap_or_clone(matrix);
    let alpha = call.float("alpha", 1.0);
    if alpha.to_bits() != 1.0_f32.to_bits() {
        matrix = matrix.times(alpha);
    }
    let columns = matrix.dims[1];
    let beta = call.float("beta", 1.0);
    let bias = match call.optional(2)? {
        None => None,
        Some(bias) if bias.len() == 1 => Some(vec![bias.scalar()? * beta; columns]),
        Some(bias) if left && bias.dims == [columns, 1] => {
            Some(bias.reals().iter().map(|value| value * beta).collect())
        }
        Some(bias) if !left && bias.len() == columns && bias.dims.last() == Some(&columns) => {
            Some(bias.reals().iter().map(|value| value * beta).collect())
        }
        Some(bias) => return Err(other_bias(&bias.dims, &act.view.dims(), columns, left)),
    };
    let mut result = dense(draft, act, &matrix, bias)?;
    if left {
        result.view = swapped(&result.view);
    }
    Ok(Value::Act(result))
}

/// A bias that is not one number per row of weights: it differs along the other axis of the result, or does not match at all.
fn other_bias(bias: &[usize], act: &[usize], columns: usize, left: bool) -> Reason {
    let result = if left { [columns, act[0]] } else { [act[0], columns] };
    let matches = |(extent, of): (&usize, &usize)| *extent == 1 || extent == of;
    if bias.len() <= 2 && bias.iter().rev().zip(result.iter().rev()).all(matches) {
        return unsupported(format!(
            "a bias of {} differs along the activations' axis of a result of {}; one number for each row of weights is supported",
            Dims(bias),
            Dims(&result)
        ));
    }
    invalid(format!("a bias of {} does not match a result of {}", Dims(bias), Dims(&result)))
}

/// Multiplies the last axis by a matrix of inputs x outputs.
pub(super) fn dense(draft: &mut Draft, act: Act, matrix: &Array, bias: Option<Vec<f32>>) -> Result<Act, Reason> {
    let (columns, rows) = (matrix.dims[0], matrix.dims[1]);
    let (dims, last) = (act.view.dims(), act.view.rank() - 1);
    if dims[last] != columns || rows == 0 {
        let text = format!("input {} does not match a matrix of {}", Dims(&dims), Dims(&matrix.dims));
        return Err(invalid(text));
    }
    let act = if dims[..last].iter().all(|&extent| extent == 1) {
        draft.vector(act, last)?
    } else {
        pixelwise(draft, act, last)?
    };
    let shape = Shape { channels: rows, ..draft.shape(act.tensor) };
    let order = normal(act.view.0[last].iter().map(|run| Run { stride: run.stride / shape.pixels(), ..*run }));
    let by_row = matrix.transposed(&[1, 0]);
    let mut weight = by_row.reals();
    if !matches!(order[..], [] | [Run { stride: 1, .. }]) {
        let source = by_row.reals();
        for (column, index) in indices(&order).enumerate() {
            (0..rows).for_each(|row| weight[row * columns + index] = source[row * columns + column]);
        }
    }
    let quant = rows_quant(by_row.grid.as_ref(), 0, rows);
    let bias = bias.unwrap_or_else(|| vec![0.0; rows]);
    let conv = Conv { window: POINT, groups: 1, rows, columns, weight, bias, quant };
    let tensor = draft.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(shape))?;
    let mut view = act.view;
    view.0[last] = normal([Run { extent: rows, stride: shape.pixels() }]);
    Ok(Act { tensor, view, kind: Kind::Real, free: false })
}

/// The activation with its last axis as channels, if the others are its pixels.
fn pixelwise(draft: &mut Draft, act: Act, last: usize) -> Result<Act, Reason> {
    let act = if act.free { draft.pin_channels(act, last)? } else { act };
    let shape = draft.shape(act.tensor);
    if act.view.0[last] == normal([Run { extent: shape.channels, stride: shape.pixels() }]) {
        return Ok(act);
    }
    Err(unsupported("its input is not a vector, and its last axis is not the channels"))
}
