//! Grids on which the values of a tensor lie that has no type of its own in the file: those of accumulators, sums and averages.

use super::spec::ActSpec;
use crate::float::Clip;
use crate::ir::ActType;

/// Widest result.
pub(super) const BITS: u32 = 31;
/// Widest tensor that a core stores.
const CORE_BITS: u32 = 8;
/// Halvings of a step that are tried to make constants whole.
pub(super) const HALVINGS: i32 = 24;

/// Steps that a grid has at least to be as fine as single precision, in powers of two: of its largest value, and of its operands.
const FINE: [i32; 2] = [27, 22];

/// Relative error of units in double precision.
const WHOLE: f64 = 1e-13;

/// Every value is `unit * n`, n a whole number in `low..=high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    pub unit: f64,
    pub low: i64,
    pub high: i64,
}

/// Values that have no grid in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    /// Least and largest.
    pub limits: [f64; 2],
    /// The largest step of what they are computed from.
    pub coarsest: f64,
}

impl Grid {
    /// The grid of a type in which an integer stands for the real 0, or two are equally near to it.
    pub fn of(spec: &ActSpec) -> Option<Self> {
        if spec.has_zero() {
            let steps = |integer: i32| i64::from(integer) - i64::from(spec.zero_point);
            return Some(Self { unit: spec.scale, low: steps(spec.act.lo), high: steps(spec.act.hi) });
        }
        let unit = spec.scale / 2.0;
        let steps = |integer: i32| multiple_of(spec.value(integer), unit);
        Some(Self { unit, low: steps(spec.act.lo)?, high: steps(spec.act.hi)? })
    }

    /// Bits of the narrowest integer type.
    pub fn bits(&self) -> u32 {
        let magnitude = |value: i64| 64 - (if value < 0 { !value } else { value }).leading_zeros();
        let sign = u32::from(self.low < 0);
        (magnitude(self.low).max(magnitude(self.high)) + sign).max(2)
    }

    /// The integer type that holds the values as they are: from a zero point where a core stores more bits otherwise.
    pub fn spec(&self) -> ActSpec {
        let around = Self { low: 0, high: self.high.max(0) - self.low.min(0), ..*self };
        let (grid, zero) = match self.bits() {
            bits if bits > CORE_BITS && around.bits() < bits => (around, -self.low.min(0)),
            _ => (*self, 0),
        };
        let (lo, hi) = ((self.low + zero) as i32, (self.high + zero) as i32);
        let plain = ActSpec::plain(ActType { bits: grid.bits(), signed: grid.low < 0, lo, hi }, self.unit);
        ActSpec { kept: true, offset: 0.0 - self.unit * zero as f64, zero_point: zero as i32, ..plain }
    }

    /// A grid for results that have none in common: steps too small to tell in single precision.
    pub fn fine(span: Span, clip: Clip) -> Option<Self> {
        let Span { limits: [low, high], coarsest } = span;
        let least = (low.abs().max(high.abs()) * f64::from(-FINE[0]).exp2()).max(coarsest * f64::from(-FINE[1]).exp2());
        let unit = least.log2().ceil().exp2();
        let limited = |value: f64| (value.max(clip.lo.into()).min(clip.hi.into()) / unit).round() as i64;
        let grid = Self { unit, low: limited(low), high: limited(high) };
        (unit.is_normal() && grid.bits() <= BITS).then_some(grid)
    }

    /// Least and largest value.
    pub fn limits(&self) -> [f64; 2] {
        [self.low, self.high].map(|steps| self.unit * steps as f64)
    }

    /// The grid between limits, as fine as it takes to have them. Limits beyond all values leave one value.
    pub fn clipped(self, clip: Clip) -> Option<Self> {
        let [low, high] = self.limits();
        let bounds = [clip.lo, clip.hi].map(f64::from);
        let within = [(bounds[0] > low).then_some(bounds[0]), (bounds[1] < high).then_some(bounds[1])];
        let unit = common(within.iter().flatten().map(|bound| bound.abs()).chain([self.unit]))?;
        let times = multiple(self.unit, unit)?;
        let limited = |steps: i64, end: f64| match end.max(bounds[0]).min(bounds[1]) {
            bound if bound.to_bits() == end.to_bits() => steps.checked_mul(times),
            bound => multiple(bound, unit),
        };
        Some(Self { unit, low: limited(self.low, low)?, high: limited(self.high, high)? })
    }
}

/// The largest of positive numbers.
pub(super) fn largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, f64::max)
}

/// Least and largest dot product of levels with values between limits, if they have at most 62 bits.
pub(super) fn reach(levels: &[i32], [low, high]: [i64; 2]) -> Option<[i64; 2]> {
    let product = |level: i64, up: bool| i128::from(level) * i128::from(if (level > 0) == up { high } else { low });
    let sum = |up: bool| levels.iter().map(|level| product(i64::from(*level), up)).sum::<i128>();
    let short = |end: &i128| end.unsigned_abs() < 1 << 61;
    let ends = [sum(false), sum(true)];
    ends.iter().all(short).then(|| ends.map(|end| end as i64))
}

/// The largest number that all positive numbers are whole multiples of, unless it is much smaller than one of them.
pub(super) fn common(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut result, mut largest) = (0.0, 0.0_f64);
    for number in numbers {
        largest = largest.max(number);
        let (mut a, mut b) = (number, result);
        while b > 0.0 {
            let rest = (a - b * (a / b).round()).abs();
            (a, b) = (b, if rest > WHOLE * a.max(b) { rest } else { 0.0 });
        }
        result = a;
        if result > 0.0 && largest / result > f64::from(1u32 << 16) {
            return None;
        }
    }
    (result > 0.0).then_some(result)
}

/// A positive number as a whole multiple of a unit.
pub(super) fn multiple(number: f64, unit: f64) -> Option<i64> {
    let times = number / unit;
    let near = (times - times.round()).abs() <= WHOLE * times.abs();
    (near && times.abs() < f64::from(1u32 << 31)).then_some(times.round() as i64)
}

/// A constant as a whole multiple of a unit, both rounded to single precision.
pub(super) fn multiple_of(constant: f64, unit: f64) -> Option<i64> {
    let times = (constant / unit).round();
    let near = (times * unit - constant).abs() <= constant.abs() * f64::from(f32::EPSILON);
    (near && times.abs() < f64::from(1u32 << 31)).then_some(times as i64)
}
