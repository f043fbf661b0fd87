//! Lattice iCE40: few logic cells, whose clocks have room for a memory and logic; a cell is a LUT, a carry and a flip-flop in a
//! fixed row.

use super::arrays::{FIXED_4, celled, multipliers, portable};
use super::cells::Use;
use super::facts::{FamilyFacts, Flow, Tables};
use super::lanes::{Size, binary_tree, width};
use super::ram::{RamCell, block};
use crate::plan::cost::Amount;
use crate::plan::{ArrayBuild, Lane};
use crate::target::Family;

const CELLS: &str = "ice40";

pub(super) const FACTS: FamilyFacts = FamilyFacts {
    array,
    multiplier_cells: "none",
    // The few there are are worth more in arrays.
    scales_in_dsp: false,
    dsp_adder: 0,
    memory_latency: 1,
    near: None,
    tables: Some(Tables { words: 64, lut: 0.085 }),
    adder: |width| width,
    tree_adder: |width| width,
    accumulator: |width| 2 * width - 1,
    least_lane: None,
    lane,
    triples: |lane| matches!(lane, Lane::Fixed { .. }),
    shift_registers: false,
    picker: |values| values - 1,
    ram: &RAM,
    chunk_picker: |chunks| chunks - 1,
    budget: |all| all.lut + all.bare,
    modules: |core| vec![("rws_ice40_lane", core.celled().next().is_some())],
    portable_products: |_| false,
    flow: Flow { synth: "synth_ice40 -dsp", kept: " -noflatten", flat: "", rules: None, pads: None, vivado: false },
    cell,
};

fn array(lane: Lane, ci: usize, _px: usize, act: u32) -> ArrayBuild {
    match lane {
        Lane::Dsp { bits } => multipliers(bits, ci, act, Family::Ice40.dsp_ports().0, "none", 0),
        Lane::Sp2 { m1: 2, m2: 1 } | FIXED_4 => celled(CELLS, ci),
        _ => portable(ci),
    }
}

fn lane(lane: Lane, size: Size) -> Amount {
    let act = size.act;
    let pairs = size.inputs.div_ceil(2);
    Amount::logic(4.0 * act as f64 + 4.0, act + 3) * size.inputs
        + Amount::logic(0.0, width(lane, size) + 1) * pairs
        + binary_tree(pairs, width(lane, size) + 1)
        + Amount::logic((size.acc + 1) as f64, size.acc)
}

/// `SB_RAM40_4K`; its widest mode has a write mask per bit.
const RAM: [RamCell; 4] = [
    block(256, 16, 1, 64.0, 1.0),
    block(512, 8, 8, 64.0, 1.0),
    block(1024, 4, 4, 64.0, 1.0),
    block(2048, 2, 2, 64.0, 1.0),
];

/// After the iCE40 technology library.
fn cell(cell: &str) -> Option<Use> {
    Some(match cell {
        "SB_LUT4" => Use::lut(1),
        "SB_CARRY" => Use::carry(0),
        "SB_MAC16" => Use::dsp(1.0),
        "SB_RAM40_4K" | "SB_RAM40_4KNR" | "SB_RAM40_4KNW" | "SB_RAM40_4KNRNW" => Use::bram(1.0),
        "SB_SPRAM256KA" => Use { spram: 1, ..Use::FREE },
        "SB_IO" | "SB_GB" | "SB_GB_IO" => Use::FREE,
        _ if cell.starts_with("SB_DFF") => Use::ff(),
        _ => return None,
    })
}
