//! Types behind a function of the host: it rounds its results as the file says.

use super::quant::{self, positive};
use crate::float::ActQuant;
use crate::ir::OutputSteps;
use crate::onnx::act::{Act, Kind, Typed};
use crate::onnx::call::{Call, Value};
use crate::onnx::fault::{Reason, unsupported};

/// `QuantizeLinear`, `DequantizeLinear` and `Quant` of what the host computes.
pub(super) fn import(call: &Call) -> Result<Value, Reason> {
    match call.op() {
        "QuantizeLinear" => quantized(call),
        "DequantizeLinear" => dequantized(call),
        _ => {
            let ActQuant { scale, offset, lo, hi, rounding, .. } = quant::prescribed(call)?;
            if offset != 0.0 || rounding != crate::float::Rounding::HalfEven {
                return Err(unsupported(
                    "behind a Softmax or Sigmoid, only rounding to even multiples of the scale is supported",
                ));
            }
            typed(call, scale, [lo.into(), hi.into()], None)
        }
    }
}

/// Integers with the scale and zero point of the operands 1 and 2.
pub(super) fn quantized(call: &Call) -> Result<Value, Reason> {
    let scale = call.constant(1)?.uniform().ok_or_else(|| unsupported("a scale for each channel is not supported"))?;
    let (zero, (lo, hi)) = quant::integers(call)?;
    typed(call, positive(scale)?, [lo.saturating_sub(zero), hi.saturating_sub(zero)], Some(zero))
}

fn typed(call: &Call, scale: f32, clamp: [i64; 2], codes: Option<i64>) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let steps = OutputSteps { scale: scale.into(), clamp };
    let function = match act.kind {
        Kind::Done(function) => function,
        // The same type again changes nothing.
        Kind::Typed(Typed { function, steps: first, codes: None }) if first == steps => function,
        _ => return Err(unsupported("it follows another type behind a Softmax or Sigmoid")),
    };
    Ok(Value::Act(Act { kind: Kind::Typed(Typed { function, steps, codes }), ..act }))
}

/// Integers as real numbers.
fn dequantized(call: &Call) -> Result<Value, Reason> {
    let act = call.any_act(0)?;
    let (scale, zero) = (call.constant(1)?.uniform().map(f64::from), quant::zero_point(call)?);
    match act.kind {
        Kind::Typed(typed) if typed.codes == Some(zero) && scale == Some(typed.steps.scale) => {
            Ok(Value::Act(Act { kind: Kind::Typed(Typed { codes: None, ..typed }), ..act }))
        }
        _ => Err(unsupported("its scale or zero point is not that of the QuantizeLinear before it")),
    }
}
