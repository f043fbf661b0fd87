//! `Concat`.

use super::classical::two_classes;
use crate::float::Op;
use crate::ir::Shape;
use crate::onnx::act::Act;
use crate::onnx::array::{Array, Data, Dims, computed};
use crate::onnx::attributes::Kind::Int;
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::{Draft, Step};
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{Run, normal};

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::onnx(&["Concat"]).with(&[("axis", Int)]).imports(concat).folds(concat_constants)];

/// `Concat` over channels.
pub(super) fn concat(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    if let Some(act) = two_classes(draft, call)? {
        return Ok(Value::Act(act));
    }
    let mut acts = (0..call.inputs.len()).map(|index| call.act(index)).collect::<Result<Vec<_>, _>>()?;
    if let [only] = &acts[..] {
        return Ok(Value::Act(only.clone()));
    }
    let rank = acts.first().map_or(0, |act| act.view.rank());
    let along = axis(call.int("axis", 1), rank)?;
    if acts.iter().any(|act| act.view.rank() != rank) {
        return Err(invalid("its operands differ in the number of axes"));
    }
    for act in &mut acts {
        // Pinning one operand settles the others.
        *act = draft.resolve(act.clone())?;
        if act.view.0.iter().enumerate().all(|(axis, runs)| axis == along || runs.is_empty()) {
            *act = draft.vector(act.clone(), along)?;
        } else if act.free {
            *act = draft.pin_channels(act.clone(), along)?;
        }
    }
    let acts = acts.into_iter().map(|act| draft.resolve(act)).collect::<Result<Vec<_>, _>>()?;
    let shapes: Vec<Shape> = acts.iter().map(|act| draft.shape(act.tensor)).collect();
    let first = shapes.first().copied().ok_or_else(|| invalid("it has no operand"))?;
    for (act, shape) in acts.iter().zip(&shapes) {
        let dims = act.view.dims();
        if act.view.0[along] != normal([Run { extent: shape.channels, stride: shape.pixels() }]) {
            return Err(unsupported("only channels can be joined"));
        }
        let others = (0..rank).filter(|&axis| axis != along);
        if (shape.height, shape.width) != (first.height, first.width)
            || others.clone().any(|axis| act.view.0[axis] != acts[0].view.0[axis])
        {
            return Err(invalid(format!("operands of {} and {} differ", Dims(&acts[0].view.dims()), Dims(&dims))));
        }
    }
    let shape = Shape { channels: shapes.iter().map(|shape| shape.channels).sum(), ..first };
    let tensor = draft.emit(Step::Op(Op::Concat), acts.iter().map(|act| act.tensor).collect(), Some(shape))?;
    let mut view = acts[0].view.clone();
    view.0[along] = normal([Run { extent: shape.channels, stride: shape.pixels() }]);
    Ok(Value::Act(Act { tensor, view, ..acts[0].clone() }))
}

/// `Concat` of constants.
fn concat_constants(call: &Call) -> Result<Value, Reason> {
    let arrays = (0..call.inputs.len()).map(|index| call.constant(index)).collect::<Result<Vec<_>, _>>()?;
    let arrays: Vec<&Array> = arrays.iter().map(AsRef::as_ref).collect();
    Ok(joined(&arrays, call.int("axis", 1), call.room)?.into())
}

/// Arrays one after the other along an axis.
fn joined(arrays: &[&Array], along: i64, room: usize) -> Result<Array, Reason> {
    let first = arrays.first().ok_or_else(|| invalid("it has no operand"))?;
    let along = axis(along, first.dims.len())?;
    let fits = |array: &&Array| {
        array.dims.len() == first.dims.len()
            && array.dims.iter().zip(&first.dims).enumerate().all(|(axis, (a, b))| axis == along || a == b)
    };
    if !arrays.iter().all(fits) {
        return Err(invalid("its operands differ in shape"));
    }
    let mut dims = first.dims.clone();
    dims[along] = arrays.iter().map(|array| array.dims[along]).sum();
    computed(&dims, room)?;
    let outer: usize = dims[..along].iter().product();
    let inner: usize = dims[along + 1..].iter().product();
    let real = arrays.iter().any(|array| matches!(array.data, Data::Real(_)));
    let place = |o: usize, array: &Array| o * array.dims[along] * inner..(o + 1) * array.dims[along] * inner;
    if real {
        let parts: Vec<Vec<f32>> = arrays.iter().map(|array| array.reals()).collect();
        let pick = |o: usize| arrays.iter().zip(&parts).flat_map(move |(array, part)| part[place(o, array)].to_vec());
        return Ok(Array::real(dims, (0..outer).flat_map(pick).collect()));
    }
    let parts = arrays.iter().map(|array| array.ints()).collect::<Result<Vec<_>, _>>()?;
    let pick = |o: usize| arrays.iter().zip(&parts).flat_map(move |(array, part)| part[place(o, array)].to_vec());
    Ok(Array::int(dims, (0..outer).flat_map(pick).collect()))
}
