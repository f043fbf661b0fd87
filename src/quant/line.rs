//! Straight lines that are rounded to integers, and the constants that meet them: all of one layer share its last shift.

use std::cell::OnceCell;

use super::exact::{LONG_BITS, MUL_BITS, Stair, without_ties};
use super::grid::multiple_of;
use super::scale::requant;
use super::spec::ActSpec;
use crate::float;
use crate::ir::{Last, Requant, Rounding};

/// Bits of a mantissa that is only near: more do not make it exact.
pub(super) const NEAR_BITS: u32 = 16;
/// Most results of a step function whose thresholds are all looked for.
const RESULTS: i64 = 1 << 17;
/// Fractional bits of a constant before a prescribed type.
const FINE_SHIFT: u32 = 20;
/// Larger constants saturate every result.
const MAX_ADD: f64 = (1u64 << 58) as f64;
/// Thresholds of a layer that are kept.
const KEPT: usize = 1 << 24;
/// Longest mantissa of the manifest.
const MAX_MUL: u64 = i64::MAX as u64;
/// Most bits that a common shift rounds off.
const GUARD_BITS: u32 = 24;

/// A function from an integer to an integer of the result: `unit * x + constant`, in single precision, then rounded.
#[derive(Clone)]
pub(super) struct Line<'a> {
    /// Integers that occur.
    pub range: [i64; 2],
    /// Real value of a step.
    pub unit: f64,
    /// Steps from the integer 0 to the origin of `unit`.
    pub zero: f64,
    /// Added behind the multiplication.
    pub constant: f32,
    /// What follows.
    pub then: Then,
    pub output: &'a ActSpec,
}

/// What follows a sum of products before it is rounded.
#[derive(Clone, Copy)]
pub(super) enum Then {
    Nothing,
    Times(f32),
    Over(f32),
}

impl Then {
    fn apply(self, value: f32) -> f32 {
        match self {
            Self::Nothing => value,
            Self::Times(factor) => value * factor,
            Self::Over(divisor) => value / divisor,
        }
    }

    fn factor(self) -> f64 {
        match self {
            Self::Nothing => 1.0,
            Self::Times(factor) => factor.into(),
            Self::Over(divisor) => 1.0 / f64::from(divisor),
        }
    }
}

/// Constants of all lines of a layer.
#[derive(Debug)]
pub(super) struct Fitted {
    /// By line.
    pub requants: Vec<Requant>,
    /// What they share.
    pub last: Last,
    /// Whether every line is met everywhere.
    pub exact: bool,
}

impl Line<'_> {
    /// The value that an integer stands for.
    pub fn real(&self, at: i64) -> f32 {
        (self.unit * (at as f64 + self.zero)) as f32 + self.constant
    }

    fn ratio(&self) -> f64 {
        self.unit * self.then.factor() / self.output.scale
    }

    /// The result for 0, in steps.
    fn result_of_zero(&self) -> f64 {
        let value = (self.unit * self.zero + f64::from(self.constant)) * self.then.factor();
        (value - self.output.offset) / self.output.scale
    }

    fn stair(&self) -> Stair {
        let output = self.output;
        let value = |at: i64| output.quantize(self.then.apply(self.real(at)));
        Stair::of(self.range, [output.act.lo, output.act.hi], value)
    }

    /// The shortest constants that are exact everywhere with this last shift, with mantissas of at most so many bits.
    pub fn exact(&self, last: Last, bits: u32) -> Option<Requant> {
        self.stair().constants(self.ratio(), last, bits)
    }

    /// A grid that has all values as they are takes no rounding.
    fn whole(&self) -> Option<Requant> {
        let ratio = self.ratio();
        let whole = ratio.round();
        let near = (0.0..f64::from(LONG_BITS).exp2()).contains(&whole) && (ratio - whole).abs() <= 1e-12 * ratio;
        let add = self.result_of_zero();
        let add = if add.fract() == 0.0 { add as i64 } else { multiple_of(add, 1.0)? };
        near.then_some(Requant { mul: whole as u64, add, shift: 0 })
    }

    /// The nearest constants.
    pub fn near(&self, bits: u32) -> Requant {
        let floor = self.output.rounding == float::Rounding::Floor;
        let short = requant(self.ratio(), self.result_of_zero(), floor, bits);
        if !self.output.prescribed {
            return short;
        }
        // A prescribed type may have few steps, and parts of them decide: the constant keeps its bits.
        let room = MUL_BITS.saturating_sub(u64::BITS - short.mul.leading_zeros());
        let up = FINE_SHIFT.saturating_sub(short.shift).min(room);
        let unit = f64::from(short.shift + up).exp2();
        let half = if floor { 0.0 } else { 0.5 };
        let add = (((self.result_of_zero() + half) * unit).floor()).clamp(-MAX_ADD, MAX_ADD);
        Requant { mul: short.mul << up, add: add as i64, shift: short.shift + up }
    }

    /// The nearest constants, with a mantissa as long as it pays.
    fn nearest(&self, last: Last) -> Requant {
        // Integers and results of many bits tell more than a short mantissa.
        let long = !self.output.prescribed || self.range[1] - self.range[0] >= RESULTS || many_results(self.output);
        let Requant { mul, add, shift } = self.near(if long { MUL_BITS } else { NEAR_BITS });
        match last {
            Last { shift: 0, rounding: Rounding::Floor } => Requant { mul, add, shift },
            Last { shift: 0, .. } => without_ties(Requant { mul, add, shift }),
            Last { shift: common, .. } if shift >= common => Requant { mul, add, shift: shift - common },
            Last { shift: common, .. } => {
                let up = common - shift;
                Requant { mul: mul.saturating_mul(1 << up).min(MAX_MUL), add: add.saturating_mul(1 << up), shift: 0 }
            }
        }
    }
}

/// The step functions of lines of one type. Those of a layer with few thresholds are kept.
struct Stairs<'l> {
    lines: &'l [Line<'l>],
    kept: Vec<OnceCell<Stair>>,
    guards: Vec<OnceCell<Option<u32>>>,
}

impl<'l> Stairs<'l> {
    fn of(lines: &'l [Line<'l>]) -> Self {
        let results = |line: &Line| (i64::from(line.output.act.hi) - i64::from(line.output.act.lo)) as usize;
        let few = lines.iter().map(results).fold(0, usize::saturating_add) <= KEPT;
        let kept = if few { vec![OnceCell::new(); lines.len()] } else { Vec::new() };
        Self { lines, kept, guards: vec![OnceCell::new(); lines.len()] }
    }

    fn read<T>(&self, line: usize, read: impl FnOnce(&Stair) -> T) -> T {
        match self.kept.get(line) {
            Some(kept) => read(kept.get_or_init(|| self.lines[line].stair())),
            None => read(&self.lines[line].stair()),
        }
    }

    fn exact(&self, line: usize, last: Last, bits: u32) -> Option<Requant> {
        self.read(line, |stair| stair.constants(self.lines[line].ratio(), last, bits))
    }

    /// The fewest bits behind which ties are exactly those of the file, and no other number is one.
    fn guard(&self, line: usize) -> Option<u32> {
        *self.guards[line].get_or_init(|| {
            let (ratio, rounding) = (self.lines[line].ratio(), self.lines[line].output.ties());
            let meets =
                |stair: &Stair, shift: u32| stair.constants(ratio, Last { shift, rounding }, MUL_BITS).is_some();
            self.read(line, |stair| (1..=GUARD_BITS).find(|&shift| meets(stair, shift)))
        })
    }
}

/// Whether a type has more results than are looked for one by one.
pub(super) fn many_results(output: &ActSpec) -> bool {
    i64::from(output.act.hi) - i64::from(output.act.lo) >= RESULTS
}

/// Constants of the lines of one layer, all of which have its result's type: exact ones for as many as there are.
pub(super) fn fitted(lines: &[Line]) -> Fitted {
    let Some(Line { output, .. }) = lines.first() else {
        return Fitted { requants: Vec::new(), last: Last::DOWN, exact: true };
    };
    if !output.prescribed || many_results(output) {
        return chosen(lines, &lines.iter().map(Line::whole).collect::<Vec<_>>(), Last::DOWN);
    }
    let stairs = Stairs::of(lines);
    let with = |last: Last| -> Vec<Option<Requant>> {
        (0..lines.len()).map(|line| stairs.exact(line, last, MUL_BITS)).collect()
    };
    let down = with(Last::DOWN);
    if down.iter().all(Option::is_some) {
        return chosen(lines, &down, Last::DOWN);
    }
    let ties = Last { shift: 0, rounding: output.ties() };
    let tied = with(ties);
    // Every line needs as many bits as one with ties that no single shift has.
    let guarded =
        (0..lines.len()).any(|line| down[line].is_none() && tied[line].is_none() && stairs.guard(line).is_some());
    let guard = guarded.then(|| (0..lines.len()).filter_map(|line| stairs.guard(line)).max()).flatten();
    let guarded = guard.map(|shift| Last { shift, ..ties }).map(|last| (with(last), last));
    let count = |found: &[Option<Requant>]| found.iter().flatten().count();
    let mut best = (down, Last::DOWN);
    for other in [Some((tied, ties)), guarded].into_iter().flatten() {
        if count(&other.0) > count(&best.0) {
            best = other;
        }
    }
    let (mut found, last) = best;
    for (line, found) in found.iter_mut().enumerate().filter(|(_, found)| found.is_none()) {
        *found = stairs.exact(line, last, LONG_BITS);
    }
    chosen(lines, &found, last)
}

/// The constants that were found, and the nearest for lines without.
fn chosen(lines: &[Line], found: &[Option<Requant>], last: Last) -> Fitted {
    let each = lines.iter().zip(found).map(|(line, found)| found.unwrap_or_else(|| line.nearest(last)));
    Fitted { requants: each.collect(), last, exact: found.iter().all(Option::is_some) }
}
