//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

use super::logic;
use crate::plan::{Core, CoreShape};
use crate::target::Family;
use serde::Serialize;
use std::ops::{Add, Mul};

/// Estimated use of one module, all instances together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleCost {
    /// Module, as in the Verilog source.
    pub module: String,
    /// LUTs of the family's native size.
    pub lut: f64,
    /// Flip-flops.
    pub ff: f64,
    /// DSP blocks.
    pub dsp: u32,
    /// Block RAM.
    pub bram: f64,
}

impl ModuleCost {
    /// The module under which the cells of a module of the Verilog source are estimated: lanes are estimated whole.
    pub fn holder(module: &str) -> &str {
        const PARTS: [(&str, &str); 21] = [
            ("rws_dsp_product", "rws_dsp_product"),
            ("rws_ecp5_mult", "rws_dsp_product"),
            ("rws_dsp_", "rws_dsp_array"),
            ("rws_lane_dsp", "rws_dsp_array"),
            ("rws_lane", "rws_lane"),
            ("rws_operand", "rws_lane"),
            ("rws_xc7_", "rws_lane"),
            ("rws_ecp5_", "rws_lane"),
            ("rws_ice40_", "rws_lane"),
            ("rws_gowin_mult", "rws_dsp_product"),
            ("rws_nexus_mult", "rws_dsp_product"),
            ("rws_alu_", "rws_lane"),
            ("rws_gowin_", "rws_lane"),
            ("rws_nexus_", "rws_lane"),
            ("rws_loops", "rws_seq"),
            ("rws_pick", "rws_select"),
            ("rws_drain_", "rws_drain"),
            ("rws_lut_rows", "rws_array"),
            ("rws_scale", "rws_requant"),
            ("rws_clamp", "rws_requant"),
            ("rws_even", "rws_requant"),
        ];
        PARTS.iter().find(|(part, _)| module.starts_with(part)).map_or(module, |(_, holder)| holder)
    }
}

/// Estimated use of a core.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// LUTs as the synthesis report counts them: on iCE40 `SB_LUT4` only.
    pub lut: u32,
    /// LUTs to compare with a device's budget. On ECP5, Nexus and 7 series this is `lut`. An iCE40 logic cell is one LUT, one
    /// carry and one flip-flop in a fixed row: a register that is fed by another register (delay lines, descriptor,
    /// hold registers) and a comparator's carry, which has no LUT beside it, take a cell each. They are counted from
    /// the source, without hope that the packer finds a neighbour for them. The same is true of Gowin, where moreover six
    /// LUTs of eight only have a register.
    pub cells: u32,
    /// Flip-flops.
    pub ff: u32,
    /// DSP blocks.
    pub dsp: u32,
    /// Block RAM in the family's blocks; halves occur on 7 series.
    pub bram: f64,
    /// The parts.
    pub modules: Vec<ModuleCost>,
}

/// Cells of some hardware.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Amount {
    pub(super) lut: f64,
    pub(super) ff: f64,
    pub(super) dsp: u32,
    pub(super) bram: f64,
    /// Flip-flops and carries that share their logic cell with no LUT; counted for the cell budget of iCE40 and Gowin.
    pub(super) bare: f64,
}

/// The widths that the LUTs of a module grow with, all instances together.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// Module, as in the Verilog source.
    pub module: &'static str,
    /// Sums of widths, each with a weight of its own.
    pub widths: Vec<usize>,
}

impl Amount {
    pub(super) fn logic(lut: f64, ff: usize) -> Self {
        Self { lut, ff: ff as f64, ..Self::default() }
    }

    pub(super) fn with_bare(self, bare: usize) -> Self {
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

impl Resources {
    /// Estimates a planned core.
    pub fn estimate(core: &Core) -> Self {
        let (parts, _) = logic::parts(core);
        let total = parts.iter().fold(Amount::default(), |sum, (_, amount)| sum + *amount);
        let cells = match core.target.family {
            Family::Ice40 => total.lut + total.bare,
            Family::Gowin => (total.lut + total.bare).max(total.ff / Family::Gowin.ffs_per_lut()),
            Family::Ecp5 | Family::Xc7 | Family::Nexus => total.lut,
        };
        let named = |(module, amount): &(&str, Amount)| ModuleCost {
            module: (*module).to_owned(),
            lut: amount.lut.round(),
            ff: amount.ff.round(),
            dsp: amount.dsp,
            bram: amount.bram,
        };
        Self {
            lut: total.lut.round() as u32,
            cells: cells.round() as u32,
            ff: total.ff.round() as u32,
            dsp: total.dsp,
            bram: total.bram,
            modules: parts.iter().map(named).collect(),
        }
    }

    /// What the LUTs of a core's modules are weighted sums of.
    pub fn terms(core: &Core) -> Vec<Term> {
        logic::parts(core).1
    }

    /// LUTs and DSP blocks below which the arrays of a shape cannot stay, whatever the network.
    pub fn arrays_at_least(shape: &CoreShape, family: Family) -> (f64, f64) {
        let (lut, dsp) = logic::arrays_at_least(shape, family);
        (lut, dsp.into())
    }
}
