//! Operators on constants.

use std::path::Path;
use std::rc::Rc;

use super::array::{Array, Data, computed, dtype};
use super::call::{Call, Value};
use super::fault::{Reason, invalid, unsupported};
use super::{attributes, data, elementwise, operators, quant, select, shape};

/// Result of a node all of whose operands are constants.
pub(super) fn fold(call: &Call, folder: Option<&Path>) -> Result<Value, Reason> {
    operators::known(&call.node.domain, call.op())?;
    attributes::check(call)?;
    let array = |index| call.constant(index);
    let result = match call.op() {
        "Constant" => constant(call, folder)?,
        "ConstantOfShape" => filled(call)?,
        "Identity" | "Dropout" => return Ok(Value::Const(array(0)?)),
        "Cast" => cast(&*array(0)?, call.int("to", 0))?,
        "Shape" => return shape::shape_of(call),
        "Size" => Array::int(vec![], vec![array(0)?.len() as i64]),
        "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" | "Transpose" => return shape::reshape(call),
        "Gather" => shape::gather(&*array(0)?, &*array(1)?, call.int("axis", 0), call.room)?,
        "Slice" => shape::slice(call, &*array(0)?)?,
        "Split" => select::split_constant(call)?,
        "Expand" => shape::expand(&*array(0)?, &*array(1)?, call.room)?,
        "Concat" => {
            let arrays = (0..call.inputs.len()).map(array).collect::<Result<Vec<_>, _>>()?;
            shape::concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<_>>(), call.int("axis", 1), call.room)?
        }
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" => arithmetic(call)?,
        "Clip" => clip(call)?,
        "Relu" | "Sqrt" | "Neg" | "Abs" | "Exp" | "Log" | "Reciprocal" | "Floor" | "Ceil" => unary(call)?,
        "QuantizeLinear" => quant::quantize_constant(call)?,
        "DequantizeLinear" => quant::dequantize_constant(call)?,
        _ => return Err(Reason::Operator),
    };
    Ok(result.into())
}

fn constant(call: &Call, folder: Option<&Path>) -> Result<Array, Reason> {
    let attribute = call.node.attribute.first().ok_or_else(|| invalid("it has no value"))?;
    match attribute.name.as_str() {
        "value" => {
            let tensor = attribute.t.as_ref().ok_or_else(|| invalid("it has no value"))?;
            data::array(tensor, folder).map_err(|error| invalid(error.to_string()))
        }
        "value_float" => Ok(Array::real(vec![], vec![attribute.f])),
        "value_int" => Ok(Array::int(vec![], vec![attribute.i])),
        "value_floats" => Ok(Array::real(vec![attribute.floats.len()], attribute.floats.clone())),
        "value_ints" => Ok(Array::int(vec![attribute.ints.len()], attribute.ints.clone())),
        _ => Err(unsupported("its constant holds no numbers")),
    }
}

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

fn cast(array: &Array, to: i64) -> Result<Array, Reason> {
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

fn arithmetic(call: &Call) -> Result<Array, Reason> {
    let op = call.op();
    let [left, right] = elementwise::broadcast(&*call.constant(0)?, &*call.constant(1)?, call.room)?;
    if let (Data::Int(a), Data::Int(b)) = (&left.data, &right.data) {
        let values: Option<Vec<i64>> = a.iter().zip(b).map(|(&a, &b)| integer(op, a, b)).collect();
        return Ok(Array::int(left.dims, values.ok_or_else(|| invalid("an integer overflows"))?));
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
    Ok(Array::real(left.dims, values))
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

fn clip(call: &Call) -> Result<Array, Reason> {
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
    Ok(Array { dims: array.dims.clone(), data, dtype: array.dtype, grid: None })
}

fn unary(call: &Call) -> Result<Array, Reason> {
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
        return Ok(Array::int(array.dims.clone(), values));
    }
    Ok(Array::real(array.dims.clone(), array.reals().into_iter().map(function).collect()))
}
