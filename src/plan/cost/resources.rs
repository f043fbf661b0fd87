//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

use super::{Amount, Term, logic};
use crate::plan::{Core, CoreShape};
use crate::target::Family;
use serde::Serialize;

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
        const PARTS: [(&str, &str); 16] = [
            ("rws_dsp_product", "rws_dsp_product"),
            ("rws_dsp_scale", "rws_dsp_product"),
            ("rws_dsp_", "rws_dsp_array"),
            ("rws_lane_dsp", "rws_dsp_array"),
            ("rws_lane", "rws_lane"),
            ("rws_operand", "rws_lane"),
            ("rws_loops", "rws_seq"),
            ("rws_pick", "rws_select"),
            ("rws_drain_", "rws_drain"),
            ("rws_lut_rows", "rws_array"),
            ("rws_hold", "rws_array"),
            ("rws_copy", "rws_delay"),
            ("rws_requant_", "rws_requant"),
            ("rws_scale", "rws_requant"),
            ("rws_clamp", "rws_requant"),
            ("rws_even", "rws_requant"),
        ];
        // Parts of a family's cells are multipliers and parts of lanes; `alu` lanes serve two families.
        let part = module.strip_prefix("rws_").and_then(|name| name.split_once('_'));
        let is_family = |name: &str| name == "alu" || Family::ALL.iter().any(|family| family.name() == name);
        match part.filter(|(first, _)| is_family(first)) {
            Some((first, "mult")) if first != "alu" => "rws_dsp_product",
            Some(_) => "rws_lane",
            None => PARTS.iter().find(|(part, _)| module.starts_with(part)).map_or(module, |(_, holder)| holder),
        }
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

impl Resources {
    /// Estimates a planned core.
    pub fn estimate(core: &Core) -> Self {
        let (parts, _) = logic::parts(core);
        let total = parts.iter().fold(Amount::default(), |sum, (_, amount)| sum + *amount);
        let cells = (core.family().budget)(&total);
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
