//! Cells of some hardware, and what they grow with.

use std::ops::{Add, Mul};

/// Cells of some hardware.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::plan) struct Amount {
    pub(in crate::plan) lut: f64,
    pub(in crate::plan) ff: f64,
    pub(in crate::plan) dsp: u32,
    pub(in crate::plan) bram: f64,
    /// Flip-flops and carries that share their logic cell with no LUT; counted for the cell budget of iCE40 and Gowin.
    pub(in crate::plan) bare: f64,
}

impl Amount {
    pub(in crate::plan) fn logic(lut: f64, ff: usize) -> Self {
        Self { lut, ff: ff as f64, ..Self::default() }
    }

    pub(in crate::plan) fn with_bare(self, bare: usize) -> Self {
        Self { bare: bare as f64, ..self }
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lut: self.lut + other.lut,
            ff: self.ff + other.ff,
            dsp: self.dsp + other.dsp,
            bram: self.bram + other.bram,
            bare: self.bare + other.bare,
        }
    }
}

impl Mul<usize> for Amount {
    type Output = Self;

    fn mul(self, count: usize) -> Self {
        let times = count as f64;
        Self {
            lut: self.lut * times,
            ff: self.ff * times,
            dsp: self.dsp * count as u32,
            bram: self.bram * times,
            bare: self.bare * times,
        }
    }
}

/// The widths that the LUTs of a module grow with, all instances together.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Module, as in the Verilog source.
    pub module: &'static str,
    /// Sums of widths, each with a weight of its own.
    pub widths: Vec<usize>,
}
