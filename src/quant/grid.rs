//! Grids on which the values of a tensor lie that has no type of its own in the file: those of accumulators, sums and averages.

use std::collections::BTreeSet;

use super::spec::ActSpec;
use super::weights::prescribed_levels;
use crate::float::{self, Clip, Conv, Graph, Op};
use crate::ir::{ActType, Padding, Shape, Window};

/// Widest result.
const BITS: u32 = 31;
/// Widest tensor that a core stores.
const CORE_BITS: u32 = 8;
/// Halvings of a step that are tried to make constants whole.
const HALVINGS: i32 = 24;

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

    /// The result of a node without a type of its own, from the grids of its operands: as it is, or as single precision has it.
    pub fn result(graph: &Graph, node: usize, known: &[Option<Self>]) -> Option<Self> {
        let float::Node { op, clip, inputs, output, .. } = &graph.nodes[node];
        let known: Vec<Self> = known.iter().copied().collect::<Option<_>>()?;
        let shapes = [inputs[0], *output].map(|id| graph.tensor(id).shape);
        let exact =
            Self::exact(op, &known, shapes).and_then(|grid| grid.clipped(*clip)).filter(|grid| grid.bits() <= BITS);
        exact.or_else(|| Self::fine(op, &known, *clip))
    }

    /// The coarsest grid that has every result.
    fn exact(op: &Op, known: &[Self], [before, after]: [Shape; 2]) -> Option<Self> {
        let first = *known.first()?;
        Some(match op {
            Op::Conv(conv) => accumulator(conv, first)?,
            Op::Add => {
                let unit = common([known[0].unit, known[1].unit])?;
                let ends = |end: fn(&Self) -> i64| -> Option<i64> {
                    known.iter().map(|grid| Some(end(grid) * multiple(grid.unit, unit)?)).sum()
                };
                Self { unit, low: ends(|grid| grid.low)?, high: ends(|grid| grid.high)? }
            }
            Op::Concat => {
                let unit = common(known.iter().map(|grid| grid.unit))?;
                let ends = |end: fn(&Self) -> i64| -> Option<Vec<i64>> {
                    known.iter().map(|grid| Some(end(grid) * multiple(grid.unit, unit)?)).collect()
                };
                let (low, high) = (ends(|grid| grid.low)?, ends(|grid| grid.high)?);
                Self { unit, low: low.into_iter().min()?, high: high.into_iter().max()? }
            }
            Op::AvgPool { window, count_padding } => {
                let padded = window.padding != Padding::default();
                let (parts, low, high) = match (padded, count_padding) {
                    (false, _) => (window.kernel[0] * window.kernel[1], first.low, first.high),
                    (true, true) => (window.kernel[0] * window.kernel[1], first.low.min(0), first.high.max(0)),
                    // Averages of different numbers of pixels are multiples of a fraction that has them all.
                    (true, false) => (multiple_of_all(&pixel_counts(window, before, after))?, first.low, first.high),
                };
                let steps = |end: i64| end.checked_mul(i64::try_from(parts).ok()?);
                Self { unit: first.unit / parts as f64, low: steps(low)?, high: steps(high)? }
            }
            Op::LeakyRelu(slope) => {
                let slope = f64::from(*slope);
                let unit = common([first.unit, first.unit * slope].into_iter().filter(|unit| *unit > 0.0))?;
                let below = multiple(first.unit * slope, unit)?;
                Self { unit, low: first.low.min(0) * below, high: first.high.max(0) * multiple(first.unit, unit)? }
            }
            Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten | Op::Identity => first,
        })
    }

    /// A grid for results that have none in common: steps too small to tell in single precision.
    fn fine(op: &Op, known: &[Self], clip: Clip) -> Option<Self> {
        let first = *known.first()?;
        let ([low, high], coarsest) = match op {
            Op::Conv(conv) => accumulator_limits(conv, first)?,
            Op::Add => (sum(known.iter().map(Self::limits)), largest(known.iter().map(|grid| grid.unit))),
            Op::Concat => {
                let low = known.iter().map(|grid| grid.limits()[0]).fold(f64::INFINITY, f64::min);
                let high = known.iter().map(|grid| grid.limits()[1]).fold(f64::NEG_INFINITY, f64::max);
                ([low, high], largest(known.iter().map(|grid| grid.unit)))
            }
            Op::AvgPool { .. } => ([first.limits()[0].min(0.0), first.limits()[1].max(0.0)], first.unit),
            Op::LeakyRelu(slope) if *slope >= 0.0 => {
                let [low, high] = first.limits();
                let below = low.min(0.0) * f64::from(*slope);
                ([below, high.max(0.0)], first.unit * f64::from(slope.max(1.0)))
            }
            Op::Identity => (first.limits(), first.unit),
            _ => return None,
        };
        let least = (low.abs().max(high.abs()) * f64::from(-FINE[0]).exp2()).max(coarsest * f64::from(-FINE[1]).exp2());
        let unit = least.log2().ceil().exp2();
        let limited = |value: f64| (value.max(clip.lo.into()).min(clip.hi.into()) / unit).round() as i64;
        let grid = Self { unit, low: limited(low), high: limited(high) };
        (unit.is_normal() && grid.bits() <= BITS).then_some(grid)
    }

    /// Least and largest value.
    fn limits(&self) -> [f64; 2] {
        [self.low, self.high].map(|steps| self.unit * steps as f64)
    }

    /// The grid between limits, as fine as it takes to have them. Limits beyond all values leave one value.
    fn clipped(self, clip: Clip) -> Option<Self> {
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

/// Numbers of pixels of the image that windows hold.
pub(super) fn pixel_counts(window: &Window, before: Shape, after: Shape) -> BTreeSet<usize> {
    let inside = |axis: usize, steps: usize, pad: usize, size: usize| -> BTreeSet<usize> {
        let one = |step: usize| {
            let start = step * window.stride[axis];
            (start + window.kernel[axis]).saturating_sub(pad).min(size) - start.saturating_sub(pad).min(size)
        };
        (0..steps).map(one).collect()
    };
    let rows = inside(0, after.height, window.padding.top, before.height);
    let columns = inside(1, after.width, window.padding.left, before.width);
    rows.iter().flat_map(|rows| columns.iter().map(move |columns| rows * columns)).filter(|count| *count > 0).collect()
}

/// The least number that all are parts of.
fn multiple_of_all(numbers: &BTreeSet<usize>) -> Option<usize> {
    let divisor = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    numbers.iter().try_fold(1_usize, |all, &number| (all / divisor(all, number)).checked_mul(number))
}

/// The accumulators of all rows with their biases, on the coarsest grid that has them all.
fn accumulator(conv: &Conv, values: Grid) -> Option<Grid> {
    let quant = conv.quant.as_ref()?;
    let units: Vec<f64> = quant.scales.iter().map(|scale| f64::from(*scale) * values.unit).collect();
    let unit = common(units.iter().copied())?;
    let whole = |unit: &f64| conv.bias.iter().all(|bias| multiple_of(f64::from(*bias), *unit).is_some());
    let halved = |from: i32| (from..HALVINGS).map(|halvings| unit * f64::from(-halvings).exp2()).find(whole);
    let bias = || conv.bias.iter().map(|bias| f64::from(bias.abs()));
    let shared = || common(units.iter().copied().chain(bias())).filter(whole);
    let unit = Some(unit).filter(whole).or_else(shared).or_else(|| halved(1))?;
    let levels = prescribed_levels(conv, quant);
    let (mut low, mut high) = (0, 0);
    for row in 0..conv.rows {
        let factor = multiple(units[row], unit)?;
        let bias = multiple_of(f64::from(conv.bias[row]), unit)?;
        let [least, most] =
            reach(&levels[row * conv.columns..(row + 1) * conv.columns], [values.low.min(0), values.high.max(0)])?;
        low = low.min(least.checked_mul(factor)?.checked_add(bias)?);
        high = high.max(most.checked_mul(factor)?.checked_add(bias)?);
    }
    Some(Grid { unit, low, high })
}

/// Least and largest accumulator of all rows with their biases, and the largest step of a row.
fn accumulator_limits(conv: &Conv, values: Grid) -> Option<([f64; 2], f64)> {
    let quant = conv.quant.as_ref()?;
    let levels = prescribed_levels(conv, quant);
    let units = quant.scales.iter().map(|scale| f64::from(*scale) * values.unit);
    let mut limits = [0.0_f64; 2];
    for ((levels, unit), bias) in levels.chunks(conv.columns).zip(units.clone()).zip(&conv.bias) {
        let ends = reach(levels, [values.low.min(0), values.high.max(0)])?;
        let [low, high] = ends.map(|end| end as f64 * unit + f64::from(*bias));
        limits = [limits[0].min(low), limits[1].max(high)];
    }
    Some((limits, largest(units)))
}

fn largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0, f64::max)
}

fn sum(limits: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    limits.fold([0.0; 2], |sum, limits| [sum[0] + limits[0], sum[1] + limits[1]])
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
fn multiple(number: f64, unit: f64) -> Option<i64> {
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
