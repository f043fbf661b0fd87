//! Functions that stay on the host.

use crate::float::HostFunction;
use crate::onnx::act::{Act, Kind};
use crate::onnx::attributes::Kind::Int;
use crate::onnx::call::{Call, Value, axis};
use crate::onnx::draft::Draft;
use crate::onnx::fault::{Reason, unsupported};
use crate::onnx::operator::Operator;

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::onnx(&["Softmax"]).with(&[("axis", Int)]).imports(host), Operator::onnx(&["Sigmoid"]).imports(host)];

/// `Softmax` and `Sigmoid` at the end of the network.
pub(super) fn host(_: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    if call.op() == "Sigmoid" {
        return Ok(Value::Act(Act { kind: Kind::Done(HostFunction::Sigmoid), ..act }));
    }
    let dims = act.view.dims();
    let first = axis(call.int("axis", if call.opset < 13 { 1 } else { -1 }), dims.len())?;
    let normalized = if call.opset < 13 { first..dims.len() } else { first..first + 1 };
    if dims.iter().enumerate().any(|(axis, &extent)| extent != 1 && !normalized.contains(&axis)) {
        return Err(unsupported("the host computes a softmax only over all outputs of a sample"));
    }
    Ok(Value::Act(Act { kind: Kind::Done(HostFunction::Softmax), ..act }))
}
