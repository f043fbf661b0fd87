//! M, B and S of rows, in the form in which a core holds them.

use super::Lane;
use super::graph::{Step, StepGraph};
use crate::ir::{Negative, Requant, Rounding, RowMatrix};
use crate::num::{Integer, Range, scaled_range};

/// M, B and S as the core holds them. Dot products have at most 48 bits (`support.rs`), sums of
/// lanes a few more, and mantissas 64, so that every product and every constant is far from the end of 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constants {
    /// Mantissa M.
    pub mul: u64,
    /// Constant B.
    pub add: i128,
    /// Shift S.
    pub shift: u32,
    /// Bits of the shift, the upper ones, in which a half is looked for; 0 for all.
    pub guard: u32,
}

impl Constants {
    /// Constants of both in one, where these do not shift.
    fn then(self, next: Requant) -> Self {
        if next == Requant::IDENTITY {
            return self;
        }
        debug_assert_eq!(self.shift, 0, "only what is whole is scaled");
        Self {
            mul: self.mul * next.mul,
            add: self.add * i128::from(next.mul) + i128::from(next.add),
            shift: next.shift,
            guard: 0,
        }
    }
}

impl From<Requant> for Constants {
    fn from(Requant { mul, add, shift }: Requant) -> Self {
        Self { mul, add: add.into(), shift, guard: 0 }
    }
}

impl Constants {
    /// Those of a row on a lane's grid, whose sums have an offset beyond the dot product.
    pub(super) fn with_offset(self, grid_shift: u32, offset: i64) -> Self {
        let add = (self.add << grid_shift) - i128::from(offset) * i128::from(self.mul);
        Self { mul: self.mul, add, shift: self.shift + grid_shift, ..self }
    }

    /// The same function with a larger shift, as far as the widths of the mantissa and the constant allow.
    #[must_use]
    pub fn lift(self, shift_min: u32) -> Self {
        let by = shift_min.saturating_sub(self.unguarded());
        let mul = if self.mul == 0 { 0 } else { self.mul << by };
        Self { mul, add: self.add << by, shift: self.shift + by, ..self }
    }

    /// Whether a shift can be reached without numbers beyond those of any core.
    pub(super) fn can_lift(&self, shift_min: u32) -> bool {
        let by = shift_min.saturating_sub(self.unguarded());
        by <= self.mul.leading_zeros() && signed_bits(self.add) + by <= LIFTED_BITS.max(signed_bits(self.add))
    }

    /// Bits of the shift that are dropped without a look.
    pub(super) fn unguarded(&self) -> u32 {
        self.shift - self.guard
    }

    /// Range of `acc * M + B`, and of `acc * M` alone.
    pub(super) fn total(&self, acc: Range) -> Range {
        scaled_range(acc, self.mul.into(), self.add).union(scaled_range(acc, self.mul.into(), 0))
    }
}

/// Constants of a value: one set, or two of which the second is for accumulators below a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// The set, or the first one.
    own: Constants,
    /// The second one and its bound.
    bend: Option<(i128, Constants)>,
}

impl Curve {
    /// Constants of dot products or pooled values in a step of a graph: what its result is stored with is folded in.
    pub(super) fn of(requant: Requant, negative: Option<Negative>, step: &Step, graph: &StepGraph) -> Self {
        let settled = |requant| settle(requant, step, graph.result_offset(step));
        let bend = negative.map(|negative| (negative.below.into(), settled(negative.requant)));
        Self { own: settled(requant), bend }
    }

    /// Constants of a row on a lane: the lane's grid and what its sums have beyond the dot product folded in; `None` where the lane
    /// cannot take the row. Arrays read `act` bits at once.
    pub fn of_row(
        matrix: &RowMatrix,
        row: usize,
        lane: Lane,
        act: u32,
        step: &Step,
        graph: &StepGraph,
    ) -> Option<Self> {
        let (grid, reading) = (lane.grid_shift(matrix.schemes[row])?, graph.tensor(step.source).reading(act));
        let beyond = matrix.row(row).iter().map(|&level| lane.offset(level << grid, reading)).sum();
        Some(Self::of(matrix.requant[row], matrix.negative_of(row), step, graph).with_offset(grid, beyond))
    }

    /// Constants of a step's pooled values.
    pub fn of_pool(step: &Step, graph: &StepGraph) -> Self {
        let beyond = step.terms() as i64 * graph.tensor(step.source).offset;
        Self::of(step.requant, step.negative, step, graph).with_offset(0, beyond)
    }

    /// All sets.
    pub fn sets(self) -> impl Iterator<Item = Constants> {
        std::iter::once(self.own).chain(self.bend.map(|(_, constants)| constants))
    }

    /// Those of a row on a lane, as [`Constants::with_offset`].
    #[must_use]
    pub(super) fn with_offset(self, grid_shift: u32, offset: i64) -> Self {
        let bound = |below: i128| (below << grid_shift) + i128::from(offset);
        Self {
            own: self.own.with_offset(grid_shift, offset),
            bend: self.bend.map(|(below, second)| (bound(below), second.with_offset(grid_shift, offset))),
        }
    }

    /// Both sets and the bound for accumulators of so many bits. Where a bound is beyond all of them, one set is both.
    pub fn within(self, acc_bits: u32) -> ([Constants; 2], i128) {
        let half = 1 << (acc_bits - 1);
        match self.bend {
            None => ([self.own; 2], -half),
            Some((below, second)) if below >= half => ([second; 2], -half),
            Some((below, second)) => ([self.own, second], below.max(-half)),
        }
    }
}

/// Constants of a step's residual, on the grid of the sum before its shift.
pub fn residual(step: &Step, graph: &StepGraph) -> Option<Constants> {
    let residual = step.residual?;
    let sum = i128::from(graph.tensor(step.output).offset) << residual.shift;
    Some(between(residual.requant, graph.tensor(residual.tensor).offset, sum))
}

/// Constants of a step's second result.
pub fn second(step: &Step, graph: &StepGraph) -> Option<Constants> {
    let second = step.second?;
    let [first, own] = [step.output, second.output].map(|id| graph.tensor(id).offset);
    Some(between(second.requant, first, own.into()))
}

/// Constants from stored values to stored values: what the former are stored with is taken away, what the latter are is added.
fn between(requant: Requant, from: i64, to: i128) -> Constants {
    let Constants { mul, add, shift, guard } = requant.into();
    Constants { mul, add: add + (to << shift) - i128::from(from) * i128::from(mul), shift, guard }
}

/// A step's constants in the form in which they can be lifted, for results that are stored with an offset. A zero mantissa makes a constant of any input; clamped before
/// the shift it is short. Where halves go to even, a shift of 0 would no longer be one: twice the total and one more, halved,
/// discards a one and is never a half.
pub(super) fn settle(requant: Requant, step: &Step, offset: i64) -> Constants {
    let mut settled = Constants::from(requant).then(step.then);
    settled = Constants { shift: settled.shift + step.guard, guard: step.guard, ..settled };
    settled.add += i128::from(offset) << settled.shift;
    if settled.mul == 0 {
        let add = match step.guard {
            0 => shifted(settled.add, settled.shift, step.rounding),
            guard => shifted(settled.add >> settled.unguarded(), guard, step.rounding),
        };
        let [least, most] = [step.clamp.0, step.clamp.1].map(|bound| i128::from(bound) + i128::from(offset));
        let add = add.clamp(least, most);
        settled = Constants { mul: 0, add, shift: 0, guard: 0 };
    }
    if step.rounding == Rounding::HalfEven && settled.shift == 0 {
        settled = Constants { mul: 2 * settled.mul, add: 2 * settled.add + 1, shift: 1, guard: step.guard.min(1) };
    }
    settled
}

/// `value >> shift` as a layer rounds it.
pub fn shifted(value: i128, shift: u32, rounding: Rounding) -> i128 {
    let result = value >> shift;
    let tie = shift > 0 && result << shift == value;
    if tie && rounding.lowers_tie(result & 1 == 1) { result - 1 } else { result }
}

/// Constants B are not lifted beyond this width, which would only widen sums; wider ones stay as they are.
pub(super) const LIFTED_BITS: u32 = 63;

/// Bits of an unsigned number.
pub(super) fn unsigned_bits(value: u64) -> u32 {
    (64 - value.leading_zeros()).max(1)
}

/// Bits of a number in two's complement.
pub(super) fn signed_bits(value: impl Into<i128>) -> u32 {
    Integer::signed_bits(&value.into())
}
