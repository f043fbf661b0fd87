//! Width algebra: the value ranges of every intermediate, for the planner, the golden model and the emitter alike.

use super::Scheme;
use crate::ir::{ActType, Requant, Tensor};

/// A closed range of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Smallest value.
    pub min: i128,
    /// Largest value.
    pub max: i128,
}

impl Range {
    /// The range that holds every value of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    /// Bits of the two's complement number that holds every value of the range.
    pub fn signed_bits(self) -> u32 {
        let magnitude = |v: i128| 128 - (if v < 0 { !v } else { v }).leading_zeros();
        1 + magnitude(self.min).max(magnitude(self.max))
    }
}

/// Range of one activation of `act`.
pub fn act_range(act: ActType) -> Range {
    Range { min: act.lo.into(), max: act.hi.into() }
}

/// Range of one value of a tensor or of its padding, the zero point.
pub fn padded_range(tensor: &Tensor) -> Range {
    act_range(tensor.act).union(Range { min: tensor.zero_point.into(), max: tensor.zero_point.into() })
}

/// Range of a dot product of `terms` products of any level of `scheme` with any of the values.
pub fn dot_range(scheme: Scheme, values: Range, terms: usize) -> Range {
    let peak = i128::from(scheme.max_magnitude()) * values.min.abs().max(values.max.abs()) * terms as i128;
    Range { min: -peak, max: peak }
}

/// Range of a sum of `terms` of the values.
pub fn sum_range(values: Range, terms: usize) -> Range {
    let terms = terms as i128;
    Range { min: values.min * terms, max: values.max * terms }
}

/// Range of `acc * mul + add`, before the shift.
pub fn requant_range(acc: Range, requant: Requant) -> Range {
    let (mul, add) = (i128::from(requant.mul), i128::from(requant.add));
    Range { min: acc.min * mul + add, max: acc.max * mul + add }
}
