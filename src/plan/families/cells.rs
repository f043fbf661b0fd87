//! Cells in use, as the families' files count them.

use std::iter::Sum;
use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

/// Cells in use. Carry chains are listed apart: they sit in cells whose LUT is counted or, on iCE40, may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Use {
    /// Look-up tables, with those that form carry chains (ECP5, Gowin, Nexus), distributed RAM and shift registers.
    ///
    /// iCE40: only `SB_LUT4`. An `SB_CARRY` without a LUT in its cell takes a cell too, so the cells after packing
    /// lie between `max(lut, carry)` and `lut + carry`.
    pub lut: u64,
    /// Of these, the ones used as distributed RAM or shift registers.
    pub lutram: u64,
    /// Flip-flops and latches.
    pub ff: u64,
    /// Multiplier blocks.
    pub dsp: f64,
    /// Block RAM in the family's blocks; on 7 series a half block of 18 kb counts 0.5.
    pub bram: f64,
    /// iCE40 single-port RAM of 256 kb.
    pub spram: u64,
    /// Carry cells: `CARRY4`, `CCU2C`, `SB_CARRY`, `ALU`, `CCU2`.
    pub carry: u64,
}

impl Add for Use {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lut: self.lut + other.lut,
            lutram: self.lutram + other.lutram,
            ff: self.ff + other.ff,
            dsp: self.dsp + other.dsp,
            bram: self.bram + other.bram,
            spram: self.spram + other.spram,
            carry: self.carry + other.carry,
        }
    }
}

impl Mul<u64> for Use {
    type Output = Self;

    fn mul(self, count: u64) -> Self {
        Self {
            lut: self.lut * count,
            lutram: self.lutram * count,
            ff: self.ff * count,
            dsp: self.dsp * count as f64,
            bram: self.bram * count as f64,
            spram: self.spram * count,
            carry: self.carry * count,
        }
    }
}

impl Sum for Use {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), Add::add)
    }
}

impl Use {
    /// Nothing.
    pub(super) const FREE: Self = Self { lut: 0, lutram: 0, ff: 0, dsp: 0.0, bram: 0.0, spram: 0, carry: 0 };

    pub(super) const fn lut(lut: u64) -> Self {
        Self { lut, ..Self::FREE }
    }

    pub(super) const fn lutram(lut: u64) -> Self {
        Self { lut, lutram: lut, ..Self::FREE }
    }

    pub(super) const fn ff() -> Self {
        Self { ff: 1, ..Self::FREE }
    }

    pub(super) const fn dsp(dsp: f64) -> Self {
        Self { dsp, ..Self::FREE }
    }

    pub(super) const fn bram(bram: f64) -> Self {
        Self { bram, ..Self::FREE }
    }

    pub(super) const fn carry(lut: u64) -> Self {
        Self { lut, carry: 1, ..Self::FREE }
    }
}
