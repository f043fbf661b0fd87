//! Constants that meet activations: one number, or one for each channel.

use super::act::Act;
use super::array::{Array, Dims};
use super::draft::{Draft, Step};
use super::fault::{Reason, invalid, unsupported};
use super::view::{Run, indices};
use crate::float::Clip;

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
