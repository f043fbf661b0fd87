//! Arithmetic with constants, and sums.

use super::constants::{binary, unary};
use crate::float::{Conv, Op};
use crate::ir::Shape;
use crate::onnx::act::{Act, Kind};
use crate::onnx::array::{Array, Dims};
use crate::onnx::attributes::Kind::Int;
use crate::onnx::broadcast::{affine, per_channel};
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{Run, normal};
use crate::onnx::window::POINT;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Add", "Sub", "Mul", "Div"])
        .with(&[("axis", Int), ("broadcast", Int)])
        .imports(arithmetic)
        .folds(binary),
    Operator::onnx(&["Sum"]).imports(sum),
    Operator::onnx(&["Neg"]).imports(negative).folds(unary),
];

/// `Add`, `Sub`, `Mul`, `Div` of which at least one operand is an activation.
pub(super) fn arithmetic(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let result = match (call.input(0), call.input(1)) {
        (Some(Value::Act(_)), Some(Value::Act(_))) => sum_of_two(draft, call)?,
        (Some(Value::Act(_)), Some(Value::Const(constant))) => {
            let constant = legacy_broadcast(call, constant)?;
            if let Some(grown) = grown(draft, call, &call.act(0)?, &constant)? {
                return Ok(Value::Act(grown));
            }
            let (act, values) = per_channel(draft, call.act(0)?, &constant)?;
            match call.op() {
                "Add" => affine(draft, &act, vec![1.0], values)?,
                "Sub" => affine(draft, &act, vec![1.0], values.iter().map(|value| -value).collect())?,
                "Mul" => affine(draft, &act, values, vec![0.0])?,
                _ => affine(draft, &act, values.iter().map(|value| 1.0 / value).collect(), vec![0.0])?,
            }
        }
        (Some(Value::Const(constant)), Some(Value::Act(_))) => {
            if call.op() == "Sub" && constant.uniform() == Some(1.0) && call.is_sigmoid(1) {
                return Ok(Value::Act(Act { kind: Kind::Complement, ..call.any_act(1)? }));
            }
            if let Some(grown) = grown(draft, call, &call.act(1)?, constant)? {
                return Ok(Value::Act(grown));
            }
            let (act, values) = per_channel(draft, call.act(1)?, constant)?;
            match call.op() {
                "Add" => affine(draft, &act, vec![1.0], values)?,
                "Sub" => affine(draft, &act, vec![-1.0], values)?,
                "Mul" => affine(draft, &act, values, vec![0.0])?,
                _ => return Err(unsupported("division by an activation is not supported")),
            }
        }
        _ => return Err(invalid("an operand is missing")),
    };
    Ok(Value::Act(result))
}

/// An activation of one channel that a constant makes several of: each is a row of a matrix with one column.
fn grown(draft: &mut Draft, call: &Call, act: &Act, constant: &Array) -> Result<Option<Act>, Reason> {
    let extents = act.view.dims();
    let Some(first) = extents.len().checked_sub(constant.dims.len()) else { return Ok(None) };
    let grows = |&axis: &usize| axis >= first && extents[axis] == 1 && constant.dims[axis - first] > 1;
    let axes: Vec<usize> = (0..extents.len()).filter(grows).collect();
    let &[axis] = axes.as_slice() else { return Ok(None) };
    let rows = constant.dims[axis - first];
    if constant.len() != rows || axis == 0 {
        return Ok(None);
    }
    let act = if act.free { draft.pin_channels(act.clone(), axis)? } else { act.clone() };
    let shape = draft.shape(act.tensor);
    if shape.channels != 1 {
        return Ok(None);
    }
    let values = constant.reals();
    let first_operand = matches!(call.input(0), Some(Value::Act(_)));
    let (weight, bias) = match (call.op(), first_operand) {
        ("Add", _) => (vec![1.0; rows], values),
        ("Sub", true) => (vec![1.0; rows], values.iter().map(|value| -value).collect()),
        ("Sub", false) => (vec![-1.0; rows], values),
        ("Mul", _) => (values, vec![0.0; rows]),
        ("Div", true) => (values.iter().map(|value| 1.0 / value).collect(), vec![0.0; rows]),
        _ => return Ok(None),
    };
    let conv = Conv { window: POINT, groups: 1, rows, columns: 1, weight, bias, quant: None };
    let output = Shape { channels: rows, ..shape };
    let tensor = draft.emit(Step::Op(Op::Conv(conv)), vec![act.tensor], Some(output))?;
    let mut view = act.view.clone();
    view.0[axis] = normal([Run { extent: rows, stride: shape.pixels() }]);
    Ok(Some(Act { tensor, view, ..act }))
}

/// Before operator set 7 a constant could be aligned at any axis.
fn legacy_broadcast(call: &Call, constant: &Array) -> Result<Array, Reason> {
    let rank = call.act(0)?.view.rank();
    let mut dims = constant.dims.clone();
    if call.int("broadcast", 0) != 0 && call.attribute("axis").is_some() {
        let axis = axis(call.int("axis", 0), rank)?;
        dims.resize(dims.len().max(rank.saturating_sub(axis)), 1);
    }
    Ok(constant.reshaped(dims))
}

/// `Sum` of any number of operands.
pub(super) fn sum(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let acts = (0..call.inputs.len()).filter(|&operand| matches!(call.input(operand), Some(Value::Act(_))));
    let mut acts = acts.map(|operand| call.act(operand)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut total = acts.next().ok_or_else(|| invalid("it has no operand"))?;
    for act in acts {
        let (left, right) = (draft.resolve(total)?, draft.resolve(act)?);
        total = added(draft, &left, &right)?;
    }
    for constant in call.inputs.iter().flatten() {
        if let Value::Const(constant) = constant {
            let (act, values) = per_channel(draft, total, constant)?;
            total = affine(draft, &act, vec![1.0], values)?;
        }
    }
    Ok(Value::Act(total))
}

/// Sum or difference of two activations.
fn sum_of_two(draft: &mut Draft, call: &Call) -> Result<Act, Reason> {
    let (left, mut right) = (call.act(0)?, call.act(1)?);
    match call.op() {
        "Add" => {}
        "Sub" => right = affine(draft, &right, vec![-1.0], vec![0.0])?,
        _ => return Err(unsupported("both operands are activations; one must be constant")),
    }
    added(draft, &left, &right)
}

fn added(draft: &mut Draft, left: &Act, right: &Act) -> Result<Act, Reason> {
    let (first, second) = (left.view.dims(), right.view.dims());
    if first != second {
        return Err(unsupported(format!(
            "broadcasting activations of {} and {} is not supported",
            Dims(&first),
            Dims(&second)
        )));
    }
    if left.free != right.free || left.view != right.view {
        return Err(unsupported("its operands have their axes in different orders"));
    }
    if left.tensor == right.tensor {
        return affine(draft, left, vec![2.0], vec![0.0]);
    }
    let mut operands = vec![left.tensor, right.tensor];
    if draft.tensors[left.tensor].shape != draft.tensors[right.tensor].shape {
        // The same elements in the same order, as an image and as a vector.
        operands = vec![draft.flattened(left.tensor)?, draft.flattened(right.tensor)?];
    }
    let shape = draft.tensors[operands[0]].shape;
    let tensor = draft.emit(Step::Op(Op::Add), operands, shape)?;
    Ok(Act { tensor, ..left.clone() })
}

/// `Neg`.
fn negative(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    Ok(Value::Act(affine(draft, &call.act(0)?, vec![-1.0], vec![0.0])?))
}
