//! Lattice ECP5: slow wires, so that registers stand on the way to arrays and memories; carries in pairs.

use super::arrays::{FIXED_4, multipliers, plain, portable};
use super::cells::Use;
use super::facts::{FamilyFacts, Flow, Near};
use super::lanes::{Size, binary_tree, gated, width};
use super::ram::BLOCKS_OF_18K;
use crate::plan::cost::Amount;
use crate::plan::{ArrayBuild, Lane, clog2};
use crate::target::Family;

const CELLS: &str = "ecp5";

pub(super) const FACTS: FamilyFacts = FamilyFacts {
    array,
    multiplier_cells: CELLS,
    scales_in_dsp: true,
    dsp_adder: 0,
    memory_latency: 2,
    // About seven blocks of a memory; four rows between the core's operands and a copy for each row.
    near: Some(Near { bits: 256, rows: 4 }),
    tables: None,
    adder,
    tree_adder: adder,
    accumulator: |width| gated(adder(width), width),
    least_lane: None,
    lane,
    triples: |lane| matches!(lane, Lane::Ausn { .. }),
    shift_registers: false,
    picker: |values| values - 1,
    // `DP16KD`, `PDPW16KD`, `TRELLIS_DPR16X4`.
    ram: &BLOCKS_OF_18K,
    chunk_picker: |chunks| chunks - 1,
    budget: |all| all.lut,
    modules: |core| {
        let of = |module: &str| core.celled().any(|lane| lane.module_name() == module);
        let shifted = of("pot") || of("ausn");
        vec![
            ("rws_ecp5_lane", core.celled().next().is_some()),
            ("rws_ecp5_fine", shifted),
            ("rws_ecp5_window", shifted),
            ("rws_ecp5_product_sp2", of("sp2")),
            ("rws_ecp5_product_fixed", of("fixed")),
        ]
    },
    portable_products: |_| false,
    // Wide multiplexers of PFUMX and L6MUX21 take up to twice the LUTs, and tie eight of them to one place.
    flow: Flow {
        synth: "synth_ecp5 -nowidelut",
        kept: " -noflatten",
        flat: "",
        rules: None,
        pads: None,
        vivado: false,
    },
    cell,
};

fn adder(width: usize) -> usize {
    width.next_multiple_of(2)
}

fn array(lane: Lane, ci: usize, _px: usize, act: u32) -> ArrayBuild {
    let tree = u64::from(clog2(ci)).max(1);
    // Lanes take twice the LUTs of those on 7 series: each row has a register of the activations.
    let copied = |latency| ArrayBuild { copy_rows: 1, ..plain(CELLS, latency) };
    match lane {
        // Another register on the way to the sums.
        Lane::Dsp { bits } => multipliers(bits, ci, act, Family::Ecp5.dsp_ports().0, CELLS, 1),
        Lane::Sp2 { m1: 2, m2: 1 } => copied(2 + tree),
        FIXED_4 | Lane::Sp2 { m1: 3, m2: 0 } | Lane::Ausn { main: 2, sup: 1 } => copied(3 + tree),
        _ => portable(ci),
    }
}

/// A slot of a carry chain is a LUT.
fn lane(lane: Lane, size: Size) -> Amount {
    let act = size.act;
    let (lut, ff) = match lane {
        Lane::Sp2 { m2: 0, .. } => (2.5 * act as f64 + 4.5, 2 * act + 8),
        Lane::Ausn { .. } => (2.5 * act as f64 + 5.5, 2 * act + 9),
        Lane::Fixed { .. } => (2.0 * act as f64 + 3.0, 3 * act + 7),
        _ => (2.0 * act as f64 + 3.0, act + 4),
    };
    Amount::logic(lut, ff) * size.inputs
        + binary_tree(size.inputs, width(lane, size))
        + Amount::logic((size.acc + 1) as f64, size.acc)
}

/// After the data sheet and the memory guide.
fn cell(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT4" => Use::lut(1),
        // Two LUTs with the carry logic between them.
        "CCU2C" => Use::carry(2),
        // 16 words of 4 bits: two slices hold the bits in four LUTs, a third one drives the write ports.
        "TRELLIS_DPR16X4" => Use::lutram(4),
        "TRELLIS_FF" => Use::ff(),
        "MULT18X18D" => Use::dsp(1.0),
        // Half of a multiplier site: two of them share an 18x18 block.
        "MULT9X9D" => Use::dsp(0.5),
        "DP16KD" | "PDPW16KD" => Use::bram(1.0),
        // Multiplexers beside the LUTs, adders of the DSP slice that come with its multipliers, constants, pads.
        "PFUMX" | "L6MUX21" | "ALU54B" | "ALU24B" | "VHI" | "VLO" | "TRELLIS_IO" | "IB" | "OB" | "DCCA" | "GSR" => {
            Use::FREE
        }
        _ => return None,
    })
}
