//! Operators that change no values: `Identity`, `Dropout`, `Cast`.

use super::quant;
use crate::onnx::act::Kind;
use crate::onnx::array::{Array, Data, dtype};
use crate::onnx::attributes::Kind::{Float, Int, Text};
use crate::onnx::call::{Call, Value};
use crate::onnx::draft::Draft;
use crate::onnx::fault::{Reason, unsupported};
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Identity"])
        .imports(|_, call| call.any_act(0).map(Value::Act))
        .folds(|call| call.constant(0).map(Value::Const)),
    Operator::onnx(&["Dropout"])
        .with(&[("is_test", Int), ("ratio", Float), ("seed", Int)])
        .imports(dropout)
        .folds(|call| call.constant(0).map(Value::Const)),
    Operator::onnx(&["Cast"])
        .with(&[("to", Int), ("saturate", Int), ("round_mode", Text)])
        .imports(cast)
        .folds(|call| Ok(cast_constant(&*call.constant(0)?, call.int("to", 0))?.into())),
];

fn dropout(_: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let training = call.optional(2)?.map_or(Ok(0.0), |flag| flag.scalar())?;
    if training != 0.0 && call.opset >= 12 {
        return Err(unsupported("training mode is not supported"));
    }
    call.act(0).map(Value::Act)
}

/// A type that holds all values changes none of them.
fn cast(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let integers = match (&act.kind, draft.tensors[act.tensor].quant) {
        (Kind::Codes(_, zero), Some(quant)) => {
            let shift = quant::shift(&quant, *zero);
            Some((i64::from(quant.lo) + shift, i64::from(quant.hi) + shift))
        }
        _ => None,
    };
    match (call.int("to", 0) as i32, integers) {
        (dtype::FLOAT | dtype::DOUBLE | dtype::FLOAT16 | dtype::BFLOAT16, None) | (dtype::INT64, Some(_)) => {
            Ok(Value::Act(act))
        }
        (to, Some((lo, hi))) if dtype::range(to).is_some_and(|(least, most)| least <= lo && hi <= most) => {
            Ok(Value::Act(act))
        }
        (to, Some(_)) => {
            Err(unsupported(format!("element type {to} cannot hold the integers of the QuantizeLinear before it")))
        }
        (to, None) => Err(unsupported(format!("activations of element type {to} are not supported"))),
    }
}

/// A constant in another type.
fn cast_constant(array: &Array, to: i64) -> Result<Array, Reason> {
    let to = to as i32;
    let data = match &array.data {
        _ if dtype::is_real(to) => Data::Real(array.reals()),
        Data::Real(values) if dtype::is_integer(to) => {
            Data::Int(values.iter().map(|value| value.trunc() as i64).collect())
        }
        Data::Int(values) if dtype::is_integer(to) => Data::Int(values.clone()),
        _ => return Err(unsupported(format!("element type {to} is not supported"))),
    };
    let grid = if dtype::is_real(to) { array.grid.clone() } else { None };
    Ok(Array { dims: array.dims.clone(), data, dtype: to, grid })
}
