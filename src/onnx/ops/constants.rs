//! Operators on constants.

use std::rc::Rc;

use crate::onnx::array::{Array, Data, Dims, broadcast, computed, count, offsets, strides};
use crate::onnx::attributes::Kind::{Int, Tensor};
use crate::onnx::call::{Call, Value};
use crate::onnx::data;
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::onnx(&["Constant"]).folds(|call| Ok(constant(call)?.into())),
    Operator::onnx(&["ConstantOfShape"]).with(&[("value", Tensor)]).folds(|call| Ok(filled(call)?.into())),
    Operator::onnx(&["Size"]).folds(|call| Ok(Array::int(vec![], vec![call.constant(0)?.len() as i64]).into())),
    Operator::onnx(&["Expand"]).folds(|call| Ok(expand(&*call.constant(0)?, &*call.constant(1)?, call.room)?.into())),
    Operator::onnx(&["Pow"]).with(&[("axis", Int), ("broadcast", Int)]).folds(binary),
    Operator::onnx(&["Ceil", "Exp", "Floor", "Log", "Reciprocal", "Sqrt"]).folds(unary),
];

/// `Constant`.
fn constant(call: &Call) -> Result<Array, Reason> {
    let attribute = call.node.attribute.first().ok_or_else(|| invalid("it has no value"))?;
    match attribute.name.as_str() {
        "value" => {
            let tensor = attribute.t.as_ref().ok_or_else(|| invalid("it has no value"))?;
            data::array(tensor, call.folder).map_err(|error| invalid(error.to_string()))
        }
        "value_float" => Ok(Array::real(vec![], vec![attribute.f])),
        "value_int" => Ok(Array::int(vec![], vec![attribute.i])),
        "value_floats" => Ok(Array::real(vec![attribute.floats.len()], attribute.floats.clone())),
        "value_ints" => Ok(Array::int(vec![attribute.ints.len()], attribute.ints.clone())),
        _ => Err(unsupported("its constant holds no numbers")),
    }
}

/// `ConstantOfShape`.
fn filled(call: &Call) -> Result<Array, Reason> {
    let extents = call.constant(0)?.ints()?;
    let dims: Option<Vec<usize>> = extents.iter().map(|&extent| usize::try_from(extent).ok()).collect();
    let dims = dims.ok_or_else(|| invalid("an extent is negative"))?;
    let total = computed(&dims, call.room)?;
    let value = match call.attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => data::array(tensor, None).map_err(|error| invalid(error.to_string()))?,
        None => Array::real(vec![1], vec![0.0]),
    };
    if value.len() != 1 {
        return Err(invalid("its value is not one number"));
    }
    Ok(value.gathered(dims, std::iter::repeat_n(0, total)))
}

/// Operators on two constants, element by element.
pub(super) fn binary(call: &Call) -> Result<Value, Reason> {
    let op = call.op();
    let [left, right] = broadcast(&*call.constant(0)?, &*call.constant(1)?, call.room)?;
    if let (Data::Int(a), Data::Int(b)) = (&left.data, &right.data) {
        let values: Option<Vec<i64>> = a.iter().zip(b).map(|(&a, &b)| integer(op, a, b)).collect();
        return Ok(Array::int(left.dims, values.ok_or_else(|| invalid("an integer overflows"))?).into());
    }
    let function: fn(f32, f32) -> f32 = match op {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Pow" => f32::powf,
        "Min" => f32::min,
        _ => f32::max,
    };
    let values = left.reals().into_iter().zip(right.reals()).map(|(a, b)| function(a, b)).collect();
    Ok(Array::real(left.dims, values).into())
}

fn integer(op: &str, a: i64, b: i64) -> Option<i64> {
    match op {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        "Div" => a.checked_div(b),
        "Pow" => a.checked_pow(u32::try_from(b).ok()?),
        "Min" => Some(a.min(b)),
        _ => Some(a.max(b)),
    }
}

/// `Clip` of a constant.
pub(super) fn limited(call: &Call) -> Result<Value, Reason> {
    let array = call.constant(0)?;
    let (lo, hi) = (call.optional(1)?, call.optional(2)?);
    let data = match &array.data {
        Data::Real(values) => {
            let lo = lo.map_or(Ok(call.float("min", f32::NEG_INFINITY)), |lo| lo.scalar())?;
            let hi = hi.map_or(Ok(call.float("max", f32::INFINITY)), |hi| hi.scalar())?;
            Data::Real(values.iter().map(|value| value.max(lo).min(hi)).collect())
        }
        Data::Int(values) => {
            let limit = |limit: Option<Rc<Array>>, default: i64| match limit.map(|limit| limit.ints()).transpose()? {
                Some(limit) => limit.first().copied().ok_or_else(|| invalid("a limit is empty")),
                None => Ok(default),
            };
            let (lo, hi) = (limit(lo, i64::MIN)?, limit(hi, i64::MAX)?);
            Data::Int(values.iter().map(|&value| value.max(lo).min(hi)).collect())
        }
    };
    Ok(Array { dims: array.dims.clone(), data, dtype: array.dtype, grid: None }.into())
}

/// Functions of a constant, element by element.
pub(super) fn unary(call: &Call) -> Result<Value, Reason> {
    let array = call.constant(0)?;
    let function: fn(f32) -> f32 = match call.op() {
        "Relu" => |value| value.max(0.0),
        "Sqrt" => f32::sqrt,
        "Neg" => |value| -value,
        "Abs" => f32::abs,
        "Exp" => f32::exp,
        "Log" => f32::ln,
        "Reciprocal" => f32::recip,
        "Floor" => f32::floor,
        _ => f32::ceil,
    };
    if let (Data::Int(values), "Neg" | "Abs") = (&array.data, call.op()) {
        let neg = call.op() == "Neg";
        let values = values.iter().map(|value| if neg { value.wrapping_neg() } else { value.wrapping_abs() }).collect();
        return Ok(Array::int(array.dims.clone(), values).into());
    }
    Ok(Array::real(array.dims.clone(), array.reals().into_iter().map(function).collect()).into())
}

/// `Expand` of a constant.
fn expand(array: &Array, shape: &Array, room: usize) -> Result<Array, Reason> {
    let dims = shape.ints()?.iter().map(|&extent| usize::try_from(extent).ok()).collect::<Option<Vec<_>>>();
    let dims = dims.ok_or_else(|| invalid("an extent is negative"))?;
    count(&dims)?;
    let rank = dims.len().max(array.dims.len());
    let padded = |dims: &[usize]| [vec![1; rank - dims.len()], dims.to_vec()].concat();
    let (from, to) = (padded(&array.dims), padded(&dims));
    let fits = |(&from, &to): (&usize, &usize)| from == to || from == 1 || to == 1;
    if !from.iter().zip(&to).all(fits) {
        return Err(invalid(format!("{} cannot be expanded to {}", Dims(&array.dims), Dims(&dims))));
    }
    let result: Vec<usize> = from.iter().zip(&to).map(|(&from, &to)| if from == 1 { to } else { from }).collect();
    computed(&result, room)?;
    let steps: Vec<usize> =
        from.iter().zip(strides(&from)).map(|(&extent, stride)| if extent == 1 { 0 } else { stride }).collect();
    Ok(array.gathered(result.clone(), offsets(&result, &steps)))
}
