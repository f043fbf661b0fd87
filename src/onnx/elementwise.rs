//! Arithmetic with constants, sums, activation functions.

use super::array::{Array, Dims, computed, offsets, strides};
use super::call::{Call, Value};
use super::conv::{POINT, channels_first, channels_last};
use super::draft::{Act, Draft, Kind, Step};
use super::fault::{Reason, invalid, unsupported};
use super::view::{Run, indices, normal};
use crate::float::{Clip, Conv, HostFunction, Op};
use crate::ir::Shape;

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
        let axis = super::call::axis(call.int("axis", 0), rank)?;
        dims.resize(dims.len().max(rank.saturating_sub(axis)), 1);
    }
    Ok(constant.reshaped(dims))
}

/// `x * mul + add`.
pub(super) fn affine(draft: &mut Draft, act: &Act, mul: Vec<f32>, add: Vec<f32>) -> Result<Act, Reason> {
    if mul.iter().chain(&add).any(|value| !value.is_finite()) {
        return Err(invalid("a constant is infinite or not a number"));
    }
    draft.elementwise(act, Step::Affine { mul, add }, Clip::NONE, None)
}

/// A constant that is broadcast to an activation: one value, or one for each channel.
pub(super) fn per_channel(draft: &mut Draft, act: Act, constant: &Array) -> Result<(Act, Vec<f32>), Reason> {
    let rank = act.view.rank();
    let surplus = constant.dims.len().saturating_sub(rank);
    let misfit = |act: &Act| {
        let dims = act.view.dims();
        invalid(format!("a constant of {} does not match {}", Dims(&constant.dims), Dims(&dims)))
    };
    if constant.dims.iter().take(surplus).any(|&extent| extent != 1) || constant.len() == 0 {
        return Err(misfit(&act));
    }
    let mut dims = vec![1; rank - (constant.dims.len() - surplus)];
    dims.extend(&constant.dims[surplus..]);
    if let Some((_, there)) = dims.iter().zip(act.view.dims()).find(|(extent, there)| **extent != 1 && *extent != there)
    {
        return Err(if there == 1 {
            unsupported(format!(
                "a constant of {} repeats the pixels or axes of {}; only one channel can become several",
                Dims(&constant.dims),
                Dims(&act.view.dims())
            ))
        } else {
            misfit(&act)
        });
    }
    if let Some(value) = constant.uniform() {
        return Ok((act, vec![value]));
    }
    let varying: Vec<usize> = (0..rank).filter(|&axis| dims[axis] > 1).collect();
    let act = match varying[..] {
        [axis] if act.free => draft.pin_channels(act, axis)?,
        _ if act.free => draft.image(act)?.0,
        _ => act,
    };
    let runs: Vec<Run> = varying.iter().flat_map(|&axis| act.view.0[axis].clone()).collect();
    let shape = draft.shape(act.tensor);
    let (act, pixels) = match spread(&runs, constant, shape.pixels(), shape.channels) {
        Some(values) => return Ok((act, values)),
        None if runs.len() == act.view.runs().count() && varying.len() == 1 => (draft.vector(act, varying[0])?, 1),
        None => return Err(unsupported("its constant differs between the pixels of a channel")),
    };
    let values = spread(&runs, constant, pixels, shape.len());
    values.map(|values| (act, values)).ok_or_else(|| unsupported("its constant does not cover all channels"))
}

/// Values in the order of channels, if the runs cover exactly the channels.
fn spread(runs: &[Run], constant: &Array, pixels: usize, channels: usize) -> Option<Vec<f32>> {
    let values = constant.reals();
    if values.len() != channels || runs.iter().any(|run| run.stride % pixels != 0) {
        return None;
    }
    let mut result = vec![0.0; channels];
    for (value, index) in values.into_iter().zip(indices(runs)) {
        *result.get_mut(index / pixels)? = value;
    }
    Some(result)
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

/// `BatchNormalization` with stored statistics.
pub(super) fn batch_norm(draft: &mut Draft, call: &Call, last: bool) -> Result<Value, Reason> {
    let mut act = call.act(0)?;
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

/// `Softmax` and `Sigmoid` at the end of the network.
pub(super) fn host(call: &Call) -> Result<Value, Reason> {
    let act = call.act(0)?;
    if call.op() == "Sigmoid" {
        return Ok(Value::Act(Act { kind: Kind::Done(HostFunction::Sigmoid), ..act }));
    }
    let dims = act.view.dims();
    let first = super::call::axis(call.int("axis", if call.opset < 13 { 1 } else { -1 }), dims.len())?;
    let normalized = if call.opset < 13 { first..dims.len() } else { first..first + 1 };
    if dims.iter().enumerate().any(|(axis, &extent)| extent != 1 && !normalized.contains(&axis)) {
        return Err(unsupported("the host computes a softmax only over all outputs of a sample"));
    }
    Ok(Value::Act(Act { kind: Kind::Done(HostFunction::Softmax), ..act }))
}

/// Two constants, element by element, broadcast to each other.
pub(super) fn broadcast(left: &Array, right: &Array, room: usize) -> Result<[Array; 2], Reason> {
    let rank = left.dims.len().max(right.dims.len());
    let padded = |array: &Array| [vec![1; rank - array.dims.len()], array.dims.clone()].concat();
    let (first, second) = (padded(left), padded(right));
    let mut dims = Vec::with_capacity(rank);
    for (&a, &b) in first.iter().zip(&second) {
        match (a, b) {
            (a, b) if a == b || b == 1 => dims.push(a),
            (1, b) => dims.push(b),
            _ => {
                return Err(invalid(format!("{} and {} cannot be broadcast", Dims(&left.dims), Dims(&right.dims))));
            }
        }
    }
    computed(&dims, room)?;
    let steps = |from: &[usize]| -> Vec<usize> {
        from.iter().zip(strides(from)).map(|(&extent, stride)| if extent == 1 { 0 } else { stride }).collect()
    };
    let expand = |array: &Array, from: &[usize]| array.gathered(dims.clone(), offsets(&dims, &steps(from)));
    Ok([expand(left, &first), expand(right, &second)])
}
