//! Activation types, scales and requantization constants: ranges and defaults.

use super::schema::{RequantEntry, RoundingName, TypeEntry};
use super::{Fault, Result};
use crate::ir::{ActType, Host, OutputSteps, Requant, Rounding, Tensor};

/// Bytes of a name of the user's arrays.
const MAX_HOST_NAME: usize = 1024;
/// Largest shift: the widest accumulator has 80 bits, and a mantissa may be long beside it.
const SHIFT_MAX: i64 = 127;
/// How far an offset may be from that of the zero point, in integer steps.
const OFFSET_TOLERANCE: f64 = 1e-4;

/// The integers of a tensor and their real meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct TensorType {
    pub act: ActType,
    pub scale: Option<f64>,
    pub offset: f64,
    pub zero_point: i32,
}

impl TensorType {
    /// What an entry states.
    pub(super) fn stated(entry: &TypeEntry) -> Result<Self> {
        let (act, scale) = (act_type(entry)?, scale(entry.scale)?);
        let zero_point = zero_point(entry, act)?;
        let offset = entry.offset.map(|offset| finite("offset", offset)).transpose()?;
        // A zero point that is not stated leaves the offset free: padding is the integer 0, whatever it means.
        let meant = entry.zero_point.and(scale).map(|scale| 0.0 - scale * f64::from(zero_point));
        if let (Some(offset), Some(meant), Some(scale)) = (offset, meant, scale)
            && (offset - meant).abs() > scale * OFFSET_TOLERANCE
        {
            return Err(Fault::Offset { offset, zero_point: zero_point.into(), meant }.into());
        }
        Ok(Self { act, scale, offset: offset.or(meant).unwrap_or_default(), zero_point })
    }

    /// The type of a tensor.
    pub(super) fn of(tensor: &Tensor) -> Self {
        Self { act: tensor.act, scale: tensor.scale, offset: tensor.offset, zero_point: tensor.zero_point }
    }
}

/// Numbers and layouts for the host make sense.
pub(super) fn host(host: &Host, input: &Tensor, output: &Tensor) -> Result<()> {
    for (key, name) in [("input_name", &host.input_name), ("output_name", &host.output_name)] {
        if name.as_ref().is_some_and(|name| name.is_empty() || name.len() > MAX_HOST_NAME) {
            return Err(Fault::Host { cause: format!("`{key}` is empty or longer than {MAX_HOST_NAME} bytes") }.into());
        }
    }
    for (key, numbers) in [("input_mul", &host.input_mul), ("input_add", &host.input_add)] {
        numbers.iter().try_for_each(|&number| finite(key, number).map(drop))?;
        if ![1, input.shape.channels].contains(&numbers.len()) {
            let cause = format!("`{key}` has {} numbers for {} channels", numbers.len(), input.shape.channels);
            return Err(Fault::Host { cause }.into());
        }
    }
    if let Some(OutputSteps { scale, clamp: [least, most] }) = host.steps {
        let cause = match host.function {
            None => "`output_scale` and `output_clamp` belong to a function: `output` is missing",
            Some(_) if !(scale.is_finite() && scale > 0.0) => "`output_scale` is missing or not a positive number",
            Some(_) if least > most || least.unsigned_abs().max(most.unsigned_abs()) > 1 << 31 => {
                "`output_clamp` is not a least and a largest number of steps, at most 2^31 either way"
            }
            Some(_) => "",
        };
        if !cause.is_empty() {
            return Err(Fault::Host { cause: cause.to_owned() }.into());
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
    if !(2..=if entry.signed { 32 } else { 31 }).contains(&entry.bits) {
        return Err(Fault::Bits { bits: entry.bits }.into());
    }
    let bits = entry.bits as u32;
    let (lowest, highest) = type_range(bits, entry.signed);
    let [lo, hi] = entry.clamp.unwrap_or([if entry.signed { -highest } else { 0 }, highest]);
    if lo < lowest || hi > highest || lo > hi {
        let kind = if entry.signed { "signed" } else { "unsigned" };
        return Err(Fault::Clamp { lo, hi, bits, kind }.into());
    }
    Ok(ActType { bits, signed: entry.signed, lo: lo as i32, hi: hi as i32 })
}

/// Smallest and largest integer of a type, whatever its clamp.
fn type_range(bits: u32, signed: bool) -> (i64, i64) {
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// The integer that stands for 0: any of the type, be it outside the clamp.
fn zero_point(entry: &TypeEntry, act: ActType) -> Result<i32> {
    let value = entry.zero_point.unwrap_or_default();
    let (lowest, highest) = type_range(act.bits, act.signed);
    if (lowest..=highest).contains(&value) {
        Ok(value as i32)
    } else {
        let kind = if act.signed { "signed" } else { "unsigned" };
        Err(Fault::ZeroPoint { value, bits: act.bits, kind }.into())
    }
}

/// The same type with values below the zero point clamped to it.
pub(super) fn rectified(act: ActType, zero_point: i32) -> Result<ActType> {
    let lo = act.lo.max(zero_point);
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

/// How a layer rounds.
pub(super) fn rounding(entry: Option<RoundingName>) -> Rounding {
    match entry {
        None | Some(RoundingName::Floor) => Rounding::Floor,
        Some(RoundingName::HalfEven) => Rounding::HalfEven,
        Some(RoundingName::HalfOdd) => Rounding::HalfOdd,
    }
}

/// A shift in range.
pub(super) fn shift(value: i64) -> Result<u32> {
    if (0..=SHIFT_MAX).contains(&value) {
        Ok(value as u32)
    } else {
        Err(Fault::Requant { constant: "shift", value, allowed: "from 0 to 127" }.into())
    }
}

/// Constants in range.
pub(super) fn requant(entry: RequantEntry) -> Result<Requant> {
    let RequantEntry { mul, add, shift } = entry;
    let refused = |_| Fault::Requant { constant: "mul", value: mul, allowed: "from 0 to 2^63 - 1" };
    Ok(Requant { mul: u64::try_from(mul).map_err(refused)?, add, shift: self::shift(shift)? })
}
