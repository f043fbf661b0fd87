//! Exact integer arithmetic: requantization in 64 or 128 bits where the width algebra allows, in integers of any width
//! otherwise.

use num_bigint::BigInt;

use crate::ir::{ActType, Last, Requant, Rounding};
use crate::num::{Integer, Range, requant_range};

/// An integer wide enough for every intermediate of one row.
pub(super) trait Exact: Sized + 'static {
    /// Any 64 bit value.
    fn from_wide(value: i64) -> Self;
    /// Exact sum of products.
    fn dot(levels: &[i32], values: &[i32]) -> Self;
    /// `self * mul + add`.
    fn total(self, requant: Requant) -> Self;
    /// `self >> shift`; half up becomes half to even.
    fn shifted(self, shift: u32, rounding: Rounding) -> Self;
    /// Whether the value is less than `bound`.
    fn is_below(&self, bound: i64) -> bool;
    /// Exact sum.
    fn plus(self, other: Self) -> Self;
    /// The nearest value of the type.
    fn clamp_to(self, act: ActType) -> i32;

    /// `(self * mul + add) >> shift`, rounded down.
    fn scaled(self, requant: Requant) -> Self {
        self.total(requant).shifted(requant.shift, Rounding::Floor)
    }

    /// `(self * mul + add) >> shift`, then the last shift.
    fn requant(self, requant: Requant, last: Last) -> Self {
        match last {
            Last { shift: 0, rounding } => self.total(requant).shifted(requant.shift, rounding),
            Last { shift, rounding } => self.scaled(requant).shifted(shift, rounding),
        }
    }
}

macro_rules! exact {
    ($int:ty, $mantissa:path) => {
        impl Exact for $int {
            fn from_wide(value: i64) -> Self {
                Self::from(value)
            }

            fn dot(levels: &[i32], values: &[i32]) -> Self {
                levels.iter().zip(values).map(|(&level, &value)| Self::from(level) * Self::from(value)).sum()
            }

            fn total(self, requant: Requant) -> Self {
                self * $mantissa(requant.mul) + Self::from(requant.add)
            }

            fn shifted(self, shift: u32, rounding: Rounding) -> Self {
                let result = self >> shift;
                let tie = shift > 0 && result << shift == self;
                if tie && rounding.lowers_tie(result & 1 == 1) { result - 1 } else { result }
            }

            fn is_below(&self, bound: i64) -> bool {
                *self < Self::from(bound)
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

exact!(i64, u64::cast_signed);
exact!(i128, i128::from);

impl Exact for BigInt {
    fn from_wide(value: i64) -> Self {
        value.into()
    }

    fn dot(levels: &[i32], values: &[i32]) -> Self {
        i128::dot(levels, values).into()
    }

    fn total(self, requant: Requant) -> Self {
        self * requant.mul + requant.add
    }

    fn shifted(self, shift: u32, rounding: Rounding) -> Self {
        let tie = shift > 0 && self.trailing_zeros().is_none_or(|zeros| zeros >= shift.into());
        let result = self >> shift;
        if tie && rounding.lowers_tie(result.bit(0)) { result - 1 } else { result }
    }

    fn is_below(&self, bound: i64) -> bool {
        *self < bound.into()
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn clamp_to(self, act: ActType) -> i32 {
        let beyond = if self < Self::ZERO { act.lo } else { act.hi };
        i32::try_from(self).map_or(beyond, |value| value.clamp(act.lo, act.hi))
    }
}

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
    /// The accumulator in 128 bits, requantization in as many as it takes.
    Big,
}

impl Width {
    /// The narrowest integers for an accumulator, its requantization and the last shift, with a bit to spare for one more
    /// addition.
    pub(super) fn of(acc: Range, requant: Requant, last: Last) -> Self {
        let bits =
            if acc.signed_bits() <= 64 { total_bits::<i128>(acc, requant) } else { total_bits::<BigInt>(acc, requant) };
        match (acc.signed_bits(), bits) {
            (0..=32, 0..=63) => Self::Narrow,
            (_, 0..=63) => Self::Wide,
            (_, 0..=127) => Self::Huge,
            _ => Self::Big,
        }
        .max(Self::of_shift(requant.shift.max(last.shift)))
    }

    /// The narrowest integers that can be shifted by so many places.
    fn of_shift(shift: u32) -> Self {
        match shift {
            0..=63 => Self::Narrow,
            64..=127 => Self::Huge,
            _ => Self::Big,
        }
    }
}

/// Bits of the accumulator, of its product, which is an intermediate of its own, and of the sum: `add` may bring the product
/// back into range.
fn total_bits<T: Integer>(acc: Range, requant: Requant) -> u32 {
    let product = requant_range::<T>(acc, Requant { add: 0, ..requant }).signed_bits();
    requant_range::<T>(acc, requant).signed_bits().max(product).max(acc.signed_bits())
}
