//! Normalization.

use crate::onnx::array::{Array, Dims};
use crate::onnx::attributes::Kind::{Float, Int};
use crate::onnx::broadcast::{affine, per_channel};
use crate::onnx::call::{Call, Value};
use crate::onnx::domain::Domain;
use crate::onnx::draft::Draft;
use crate::onnx::fault::{Reason, invalid, unsupported};
use crate::onnx::operator::Operator;
use crate::onnx::view::{channels_first, channels_last};

/// Operators of this file.
pub(super) const OPERATORS: &[Operator] =
    &[Operator::of(&["BatchNormalization"], &[Domain::Onnx, Domain::ChannelsLast])
        .with(&[("epsilon", Float), ("is_test", Int), ("momentum", Float), ("spatial", Int), ("training_mode", Int)])
        .imports(batch_norm)];

/// `BatchNormalization` with stored statistics.
fn batch_norm(draft: &mut Draft, call: &Call) -> Result<Value, Reason> {
    let (mut act, last) = (call.act(0)?, call.is_channels_last());
    if last && act.view.rank() > 2 {
        act.view = act.view.transposed(&channels_first(act.view.rank()));
    }
    let dims = act.view.dims();
    let parameters = (1..5).map(|operand| call.constant(operand)).collect::<Result<Vec<_>, _>>()?;
    let channels = parameters[0].len();
    if parameters.iter().any(|array| array.dims != [channels]) {
        return Err(invalid("its parameters differ in length"));
    }
    if dims.len() < 2 || dims[1] != channels {
        let found = dims.get(1).copied().unwrap_or(0);
        let text = format!("{channels} channels are normalized, but axis 1 of its input ({}) has {found}", Dims(&dims));
        return Err(invalid(text));
    }
    if call.int("training_mode", 0) != 0 {
        return Err(unsupported("training mode is not supported"));
    }
    if call.int("spatial", 1) == 0 && dims.len() > 2 {
        return Err(unsupported("statistics for each pixel (`spatial` = 0) are not supported"));
    }
    let [scale, bias, mean, variance] = [0, 1, 2, 3].map(|index| parameters[index].reals());
    let epsilon = f64::from(call.float("epsilon", 1e-5));
    let mut extents = vec![1; dims.len()];
    extents[1] = channels;
    let factor = |c: usize| f64::from(scale[c]) / (f64::from(variance[c]) + epsilon).sqrt();
    let mul = (0..channels).map(|c| factor(c) as f32).collect();
    let add = (0..channels).map(|c| (f64::from(bias[c]) - f64::from(mean[c]) * factor(c)) as f32).collect();
    let (act, mul) = per_channel(draft, act, &Array::real(extents.clone(), mul))?;
    let (act, add) = per_channel(draft, act, &Array::real(extents, add))?;
    let mut result = affine(draft, &act, mul, add)?;
    if last && dims.len() > 2 {
        result.view = result.view.transposed(&channels_last(dims.len()));
    }
    Ok(Value::Act(result))
}
