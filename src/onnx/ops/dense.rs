//! Dense layers.

use std::rc::Rc;

use super::conv::rows_quant;
use crate::float::{Conv, Op};
use crate::ir::Shape;
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::{Array, Dims};
use crate::onnx::attributes::Kind::{Float, Int};
use crate::onnx::call::{Call, Value};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{Run, View, indices, normal};
use crate::onnx::window::POINT;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::onnx(&["MatMul"]).imports(matmul), Operator::onnx(&["Gemm"]).with(GEMM).imports(gemm)];

/// Attributes of `Gemm`, on integers too.
pub(super) const GEMM: &[(&str, crate::onnx::attributes::Kind)] =
    &[("alpha", Float), ("beta", Float), ("broadcast", Int), ("transA", Int), ("transB", Int)];

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
