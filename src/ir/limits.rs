//! Numbers of a network within their limits, from integers of any size as they stand in files.

use super::{ActType, Fault, Padding, Requant, Shape, Window};
use crate::num::{Levels, Scheme};

/// Most elements of one tensor.
const ELEMENT_LIMIT: u64 = 1 << 28;
/// Largest kernel, stride or factor.
const WINDOW_LIMIT: u64 = 1 << 15;
/// Largest shift: the widest accumulator has 80 bits, and a mantissa may be long beside it.
const SHIFT_MAX: i64 = 127;
/// How far an offset may be from that of the zero point, in integer steps.
const OFFSET_TOLERANCE: f64 = 1e-4;

/// Refuses numbers beyond 1 to `limit`.
fn sized(what: &'static str, value: u128, limit: u64) -> Result<(), Fault> {
    if (1..=u128::from(limit)).contains(&value) { Ok(()) } else { Err(Fault::Size { what, value, limit }) }
}

fn elements(extents: &[u64]) -> u128 {
    extents.iter().fold(1u128, |product, &extent| product.saturating_mul(extent.into()))
}

/// A finite number.
pub(crate) fn finite(key: &'static str, value: f64) -> Result<f64, Fault> {
    if value.is_finite() { Ok(value) } else { Err(Fault::NotFinite { key, value }) }
}

/// A scale is positive and finite, if it is known.
pub(crate) fn scale(scale: Option<f64>) -> Result<Option<f64>, Fault> {
    match scale {
        Some(scale) if !(scale.is_finite() && scale > 0.0) => Err(Fault::Scale { scale }),
        _ => Ok(scale),
    }
}

/// The real value of integer 0 that a zero point implies; one that is stated must agree with it.
pub(crate) fn offset(stated: Option<f64>, zero_point: i32, scale: Option<f64>) -> Result<Option<f64>, Fault> {
    let stated = stated.map(|offset| finite("offset", offset)).transpose()?;
    let meant = scale.map(|scale| 0.0 - scale * f64::from(zero_point));
    if let (Some(offset), Some(meant), Some(scale)) = (stated, meant, scale)
        && (offset - meant).abs() > scale * OFFSET_TOLERANCE
    {
        return Err(Fault::Offset { offset, zero_point: zero_point.into(), meant });
    }
    Ok(stated.or(meant))
}

/// Refuses weight matrices beyond the limit.
pub(crate) fn weights(extents: &[usize]) -> Result<(), Fault> {
    let extents: Vec<u64> = extents.iter().map(|&extent| extent as u64).collect();
    sized("the number of weights", elements(&extents), ELEMENT_LIMIT)
}

/// Factors of an enlargement, vertically and horizontally.
pub(crate) fn factor(factor: [u64; 2]) -> Result<[usize; 2], Fault> {
    sized("the vertical factor", factor[0].into(), WINDOW_LIMIT)?;
    sized("the horizontal factor", factor[1].into(), WINDOW_LIMIT)?;
    Ok(factor.map(|f| f as usize))
}

/// Groups that divide channels and rows evenly.
pub(crate) fn groups(groups: u64, channels: usize, rows: usize) -> Result<usize, Fault> {
    let divides = |count: usize| (count as u64).checked_rem(groups) == Some(0);
    if divides(channels) && divides(rows) { Ok(groups as usize) } else { Err(Fault::Groups { groups, channels, rows }) }
}

/// A shift in range.
pub(crate) fn shift(value: i64) -> Result<u32, Fault> {
    if (0..=SHIFT_MAX).contains(&value) {
        Ok(value as u32)
    } else {
        Err(Fault::Requant { constant: "shift", value, allowed: "from 0 to 127" })
    }
}

/// A level of a scheme.
pub(crate) fn level(scheme: Scheme, levels: &Levels, column: usize, value: i64) -> Result<i32, Fault> {
    let level = i32::try_from(value).ok().filter(|&level| levels.contains(level));
    level.ok_or_else(|| off_grid(scheme, column, value))
}

fn off_grid(scheme: Scheme, column: usize, value: i64) -> Fault {
    let grid = scheme.magnitudes();
    let above = grid.partition_point(|&level| u64::from(level.unsigned_abs()) < value.unsigned_abs());
    let sign = value.signum();
    let neighbours: Vec<String> = [above.checked_sub(1), Some(above)]
        .into_iter()
        .flatten()
        .filter_map(|index| grid.get(index))
        .map(|&level| (sign * i64::from(level)).to_string())
        .collect();
    let (scheme, nearest) = (scheme.to_string(), neighbours.join(" and "));
    Fault::Level { column, value, scheme, nearest }
}

impl Requant {
    /// Constants in range.
    pub(crate) fn within(mul: i64, add: i64, shift: i64) -> Result<Self, Fault> {
        let refused = |_| Fault::Requant { constant: "mul", value: mul, allowed: "from 0 to 2^63 - 1" };
        Ok(Self { mul: u64::try_from(mul).map_err(refused)?, add, shift: self::shift(shift)? })
    }
}

impl ActType {
    /// A type of so many bits; the default clamp is the full range, symmetric if signed.
    pub(crate) fn within(bits: i64, signed: bool, clamp: Option<[i64; 2]>) -> Result<Self, Fault> {
        if !(2..=if signed { 32 } else { 31 }).contains(&bits) {
            return Err(Fault::Bits { bits });
        }
        let full = Self { bits: bits as u32, signed, lo: 0, hi: 0 };
        let (lowest, highest) = full.range();
        let [lo, hi] = clamp.unwrap_or([if signed { -highest } else { 0 }, highest]);
        if lo < lowest || hi > highest || lo > hi {
            return Err(full.misfit(lo, hi));
        }
        Ok(Self { lo: lo as i32, hi: hi as i32, ..full })
    }

    /// The same type with values below the zero point clamped to it.
    pub(crate) fn rectified(self, zero_point: i32) -> Result<Self, Fault> {
        let lo = self.lo.max(zero_point);
        if lo > self.hi { Err(self.misfit(lo.into(), self.hi.into())) } else { Ok(Self { lo, ..self }) }
    }

    /// The integer that stands for 0: any of the type, be it outside the clamp.
    pub(crate) fn zero_point(self, value: i64) -> Result<i32, Fault> {
        let (lowest, highest) = self.range();
        if (lowest..=highest).contains(&value) {
            Ok(value as i32)
        } else {
            Err(Fault::ZeroPoint { value, bits: self.bits, kind: self.kind() })
        }
    }

    fn misfit(self, lo: i64, hi: i64) -> Fault {
        Fault::Clamp { lo, hi, bits: self.bits, kind: self.kind() }
    }

    fn kind(self) -> &'static str {
        if self.signed { "signed" } else { "unsigned" }
    }

    /// Smallest and largest integer of the type, whatever its clamp.
    fn range(self) -> (i64, i64) {
        if self.signed { (-(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1) } else { (0, (1 << self.bits) - 1) }
    }
}

impl Shape {
    /// A shape whose every extent and product is within the limits.
    pub(crate) fn within(extents: [u64; 3]) -> Result<Self, Fault> {
        let [channels, height, width] = extents;
        for (what, value) in [("the number of channels", channels), ("the height", height), ("the width", width)] {
            sized(what, value.into(), ELEMENT_LIMIT)?;
        }
        sized("the number of elements", elements(&extents), ELEMENT_LIMIT)?;
        Ok(Self { channels: channels as usize, height: height as usize, width: width as usize })
    }

    /// The shape after a window: `floor((size + padding - kernel) / stride) + 1` each way.
    pub(crate) fn slid(self, window: &Window, channels: usize) -> Result<Self, Fault> {
        let Padding { top, left, bottom, right } = window.padding;
        let height = steps("height", self.height + top + bottom, window.kernel[0], window.stride[0])?;
        let width = steps("width", self.width + left + right, window.kernel[1], window.stride[1])?;
        Self::within([channels as u64, height, width])
    }

    /// This shape, if all operands have it as far as `part` goes.
    pub(super) fn same_as(self, operands: &[Self], part: impl Fn(Self) -> Self) -> Result<Self, Fault> {
        let text = |s: Self| format!("{}x{}x{}", s.channels, s.height, s.width);
        match operands.iter().find(|&&other| part(other) != part(self)) {
            Some(other) => Err(Fault::Operands { left: text(self), right: text(*other) }),
            None => Ok(self),
        }
    }

    /// The shape after every pixel is repeated.
    pub(crate) fn enlarged(self, factor: [usize; 2]) -> Result<Self, Fault> {
        Self::within([self.channels, self.height * factor[0], self.width * factor[1]].map(|n| n as u64))
    }
}

fn steps(axis: &'static str, size: usize, kernel: usize, stride: usize) -> Result<u64, Fault> {
    match size.checked_sub(kernel) {
        Some(rest) => Ok((rest / stride + 1) as u64),
        None => Err(Fault::EmptyResult { kernel: kernel as u64, axis, size: size as u64 }),
    }
}

impl Window {
    /// A window within the limits; padding is top, left, bottom, right.
    pub(crate) fn within(kernel: [u64; 2], stride: [u64; 2], padding: [u64; 4]) -> Result<Self, Fault> {
        for (what, value) in [("the kernel height", kernel[0]), ("the kernel width", kernel[1])] {
            sized(what, value.into(), WINDOW_LIMIT)?;
        }
        for (what, value) in [("the vertical stride", stride[0]), ("the horizontal stride", stride[1])] {
            sized(what, value.into(), WINDOW_LIMIT)?;
        }
        let sides = [("top", kernel[0]), ("left", kernel[1]), ("bottom", kernel[0]), ("right", kernel[1])];
        for ((side, kernel), padding) in sides.into_iter().zip(padding) {
            if padding >= kernel {
                return Err(Fault::Padding { padding, kernel, side });
            }
        }
        let [top, left, bottom, right] = padding.map(|pixels| pixels as usize);
        let padding = Padding { top, left, bottom, right };
        Ok(Self { kernel: kernel.map(|k| k as usize), stride: stride.map(|s| s as usize), padding })
    }
}
