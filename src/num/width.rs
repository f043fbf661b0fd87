//! Width algebra: the value ranges of every intermediate, for the planner, the golden model and the emitter alike.
//!
//! Accumulators have at most 112 bits, whatever the number of terms is: 20 for a level, 32 for a value, 60 for the number
//! of terms. Behind a mantissa they may have more than 128, so that ranges are of `i128` or of [`BigInt`].

use std::ops::{Add, Mul};

use num_bigint::BigInt;

use super::Scheme;
use crate::ir::{ActType, Requant, Tensor};

/// A closed range of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T = i128> {
    /// Smallest value.
    pub min: T,
    /// Largest value.
    pub max: T,
}

/// An integer that the width algebra computes with.
pub trait Integer: Ord + From<i128> + Add<Output = Self> + Mul<Output = Self> {
    /// Bits of the two's complement number.
    fn signed_bits(&self) -> u32;
}

impl Integer for i128 {
    fn signed_bits(&self) -> u32 {
        129 - (if *self < 0 { !self } else { *self }).leading_zeros()
    }
}

impl Integer for BigInt {
    fn signed_bits(&self) -> u32 {
        let magnitude = if *self < Self::ZERO { (!self).bits() } else { self.bits() };
        1 + magnitude as u32
    }
}

impl<T: Integer> Range<T> {
    /// The range that holds every value of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }

    /// Bits of the two's complement number that holds every value of the range.
    pub fn signed_bits(&self) -> u32 {
        self.min.signed_bits().max(self.max.signed_bits())
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

/// Range of a dot product of these levels with any of the values.
pub fn row_range(levels: &[i32], values: Range) -> Range {
    let products = levels.iter().map(|&level| {
        let (a, b) = (i128::from(level) * values.min, i128::from(level) * values.max);
        Range { min: a.min(b), max: a.max(b) }
    });
    products
        .fold(Range { min: 0, max: 0 }, |sum, product| Range { min: sum.min + product.min, max: sum.max + product.max })
}

/// Range of a sum of `terms` of the values.
pub fn sum_range(values: Range, terms: usize) -> Range {
    let terms = terms as i128;
    Range { min: values.min * terms, max: values.max * terms }
}

/// Range of `acc * mul + add`, before the shift. [`BigInt`] holds all of them, `i128` those of accumulators of up to 64 bits.
pub fn requant_range<T: Integer>(acc: Range, requant: Requant) -> Range<T> {
    scaled_range(acc, requant.mul.into(), requant.add.into())
}

/// The same for constants of any width.
pub fn scaled_range<T: Integer>(acc: Range, mul: i128, add: i128) -> Range<T> {
    let scaled = |value: i128| T::from(value) * T::from(mul) + T::from(add);
    Range { min: scaled(acc.min), max: scaled(acc.max) }
}
