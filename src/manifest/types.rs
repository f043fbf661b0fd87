//! Activation types, scales and requantization constants: ranges and defaults.

use super::schema::{RequantEntry, TypeEntry};
use super::{Fault, Result};
use crate::ir::{ActType, Host, Requant, Tensor};

const MUL_MAX: i64 = 65_535;
const SHIFT_MAX: i64 = 40;
const ADD_LIMIT: i64 = 1 << 62;

/// The integers of a tensor and their real meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct TensorType {
    pub act: ActType,
    pub scale: Option<f64>,
    pub offset: f64,
}

impl TensorType {
    /// What an entry states.
    pub(super) fn stated(entry: &TypeEntry) -> Result<Self> {
        let offset = finite("offset", entry.offset.unwrap_or_default())?;
        Ok(Self { act: act_type(entry)?, scale: scale(entry.scale)?, offset })
    }

    /// The type of a tensor.
    pub(super) fn of(tensor: &Tensor) -> Self {
        Self { act: tensor.act, scale: tensor.scale, offset: tensor.offset }
    }
}

/// Numbers and layouts for the host make sense.
pub(super) fn host(host: &Host, input: &Tensor, output: &Tensor) -> Result<()> {
    for (key, numbers) in [("input_mul", &host.input_mul), ("input_add", &host.input_add)] {
        numbers.iter().try_for_each(|&number| finite(key, number).map(drop))?;
        if ![1, input.shape.channels].contains(&numbers.len()) {
            let cause = format!("`{key}` has {} numbers for {} channels", numbers.len(), input.shape.channels);
            return Err(Fault::Host { cause }.into());
        }
    }
    for (side, layout, tensor) in [("input", &host.input, input), ("output", &host.output, output)] {
        if let Some(fault) = layout.fault(tensor.shape.len()) {
            return Err(Fault::Host { cause: format!("`{side}_shape`, `{side}_split`, `{side}_axes`: {fault}") }.into());
        }
    }
    Ok(())
}

fn finite(key: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(Fault::NotFinite { key, value }.into()) }
}

/// The integer type that an entry describes; the default clamp is the full range, symmetric if signed.
fn act_type(entry: &TypeEntry) -> Result<ActType> {
    if !(2..=8).contains(&entry.bits) {
        return Err(Fault::Bits { bits: entry.bits }.into());
    }
    let bits = entry.bits as u32;
    let (lowest, highest) =
        if entry.signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) };
    let [lo, hi] = entry.clamp.unwrap_or([if entry.signed { -highest } else { 0 }, highest]);
    if lo < lowest || hi > highest || lo > hi {
        let kind = if entry.signed { "signed" } else { "unsigned" };
        return Err(Fault::Clamp { lo, hi, bits, kind }.into());
    }
    Ok(ActType { bits, signed: entry.signed, lo: lo as i32, hi: hi as i32 })
}

/// The same type with negative values clamped to zero.
pub(super) fn rectified(act: ActType) -> Result<ActType> {
    let lo = act.lo.max(0);
    if lo > act.hi {
        let kind = if act.signed { "signed" } else { "unsigned" };
        return Err(Fault::Clamp { lo: lo.into(), hi: act.hi.into(), bits: act.bits, kind }.into());
    }
    Ok(ActType { lo, ..act })
}

/// A scale is positive and finite.
fn scale(scale: Option<f64>) -> Result<Option<f64>> {
    match scale {
        Some(scale) if !(scale.is_finite() && scale > 0.0) => Err(Fault::Scale { scale }.into()),
        _ => Ok(scale),
    }
}

/// Constants in range.
pub(super) fn requant(entry: RequantEntry) -> Result<Requant> {
    let refuse = |constant, value, allowed| Err(Fault::Requant { constant, value, allowed }.into());
    match entry {
        RequantEntry { mul, .. } if !(0..=MUL_MAX).contains(&mul) => refuse("mul", mul, "0 to 65535"),
        RequantEntry { add, .. } if add <= -ADD_LIMIT || add >= ADD_LIMIT => {
            refuse("add", add, "less than 2^62 either way")
        }
        RequantEntry { shift, .. } if !(0..=SHIFT_MAX).contains(&shift) => refuse("shift", shift, "0 to 40"),
        RequantEntry { mul, add, shift } => Ok(Requant { mul: mul as u32, add, shift: shift as u32 }),
    }
}
