//! Exact integer arithmetic: requantization in 64 bits where the width algebra allows, in 128 bits otherwise.

use crate::ir::{ActType, Layer, Requant, Rounding};
use crate::num::{Range, requant_range};

/// The last shift of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    /// Behind the requantizations, which then round down.
    pub shift: u32,
    /// How it rounds, or, if it is 0, how the requantizations do.
    pub rounding: Rounding,
}

impl Last {
    /// That of a layer.
    pub fn of(layer: &Layer) -> Self {
        Self { shift: layer.shift, rounding: layer.rounding }
    }
}

/// An integer wide enough for every intermediate of one row.
pub(super) trait Exact: Copy + 'static {
    /// Any 64 bit value.
    fn from_wide(value: i64) -> Self;
    /// Exact sum of products.
    fn dot(levels: &[i32], values: &[i32]) -> Self;
    /// `(self * mul + add) >> shift`, rounded down.
    fn scaled(self, requant: Requant) -> Self;
    /// `(self * mul + add) >> shift`, then the last shift.
    fn requant(self, requant: Requant, last: Last) -> Self;
    /// `self >> shift`; half up becomes half to even.
    fn shifted(self, shift: u32, rounding: Rounding) -> Self;
    /// Whether the value is less than `bound`.
    fn is_below(self, bound: i64) -> bool;
    /// Exact sum.
    fn plus(self, other: Self) -> Self;
    /// The nearest value of the type.
    fn clamp_to(self, act: ActType) -> i32;
}

macro_rules! exact {
    ($int:ty) => {
        impl Exact for $int {
            fn from_wide(value: i64) -> Self {
                Self::from(value)
            }

            fn dot(levels: &[i32], values: &[i32]) -> Self {
                levels.iter().zip(values).map(|(&level, &value)| Self::from(level) * Self::from(value)).sum()
            }

            fn scaled(self, requant: Requant) -> Self {
                (self * Self::from(requant.mul) + Self::from(requant.add)) >> requant.shift
            }

            fn requant(self, requant: Requant, last: Last) -> Self {
                match last {
                    Last { shift: 0, rounding } => {
                        self.scaled(Requant { shift: 0, ..requant }).shifted(requant.shift, rounding)
                    }
                    Last { shift, rounding } => self.scaled(requant).shifted(shift, rounding),
                }
            }

            fn shifted(self, shift: u32, rounding: Rounding) -> Self {
                let result = self >> shift;
                let tie = shift > 0 && result << shift == self;
                if tie && rounding.lowers_tie(result & 1 == 1) { result - 1 } else { result }
            }

            fn is_below(self, bound: i64) -> bool {
                self < Self::from(bound)
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }

            fn clamp_to(self, act: ActType) -> i32 {
                self.clamp(Self::from(act.lo), Self::from(act.hi)) as i32
            }
        }
    };
}

exact!(i64);
exact!(i128);

/// Dot product whose every partial sum is known to fit 32 bits.
pub(super) fn narrow_dot(levels: &[i32], values: &[i32]) -> i64 {
    i64::from(levels.iter().zip(values).map(|(&level, &value)| level * value).sum::<i32>())
}

/// Which integers one row needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    /// Accumulator in 32 bits, requantization in 64.
    Narrow,
    /// Everything in 64 bits.
    Wide,
    /// 128 bits.
    Huge,
}

impl Width {
    /// The narrowest integers for an accumulator and its requantization, with a bit to spare for one more addition.
    pub(super) fn of(acc: Range, requant: Requant) -> Self {
        // `acc * mul` is an intermediate of its own: `add` may bring it back into range.
        let product = requant_range(acc, Requant { add: 0, ..requant });
        let bits = requant_range(acc, requant).union(product).union(acc).signed_bits();
        match (acc.signed_bits(), bits) {
            (0..=32, 0..=63) => Self::Narrow,
            (_, 0..=63) => Self::Wide,
            _ => Self::Huge,
        }
    }
}
