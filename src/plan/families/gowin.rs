//! Gowin GW1N and GW2A: six LUTs of eight have a flip-flop.

use super::alu;
use super::cells::Use;
use super::facts::{FamilyFacts, Flow};
use super::lanes::gated;
use super::ram::BLOCKS_OF_18K;
use crate::plan::Lane;
use crate::target::Family;

const CELLS: &str = "gowin";

pub(super) const FACTS: FamilyFacts = FamilyFacts {
    array: |lane, ci, _px, act| alu::array(lane, ci, act, Family::Gowin.dsp_ports().0, CELLS),
    multiplier_cells: CELLS,
    scales_in_dsp: true,
    dsp_adder: 0,
    memory_latency: 2,
    near: None,
    tables: None,
    adder: |width| width,
    tree_adder: |width| width,
    accumulator: |width| gated(width, width),
    least_lane: None,
    lane: |lane, size| alu::lane(lane, size, |slots| slots),
    triples: |lane| matches!(lane, Lane::Fixed { .. }),
    shift_registers: false,
    picker: |values| values - 1,
    ram: &BLOCKS_OF_18K,
    // Three chunks take three LUTs per bit.
    chunk_picker: |chunks| if chunks == 3 { 3 } else { chunks.div_ceil(2) },
    budget: |all| (all.lut + all.bare).max(all.ff / Family::Gowin.ffs_per_lut()),
    modules: |core| vec![("rws_alu_lane", core.celled().next().is_some())],
    portable_products: |_| false,
    flow: Flow {
        // GW1N and GW2A differ in cells that no core has. Pads would come to the ports of every module that is kept.
        // LUTs joined by multiplexers cost a third more LUTs here, a twentieth on Nexus.
        synth: "synth_gowin -family gw2a -noiopads -nowidelut",
        kept: " -noflatten",
        flat: "",
        rules: None,
        pads: Some("iopadmap -bits -inpad IBUF O:I -outpad OBUF I:O"),
        vivado: false,
    },
    cell,
};

/// After UG288 (LUTs, ALUs, distributed RAM), UG285 (block RAM) and UG287 (DSP).
fn cell(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT1" | "LUT2" | "LUT3" | "LUT4" => Use::lut(1),
        // A LUT that makes sum and carry.
        "ALU" => Use::carry(1),
        // 16 words of up to 4 bits: the slice of four LUTs is taken whole.
        "RAM16SDP1" | "RAM16SDP2" | "RAM16SDP4" => Use::lutram(4),
        "MULT18X18" => Use::dsp(1.0),
        // Half of a multiplier.
        "MULT9X9" => Use::dsp(0.5),
        "SP" | "SPX9" | "SDPB" | "SDPX9B" | "DPB" | "DPX9B" | "pROM" | "pROMX9" => Use::bram(1.0),
        // Multiplexers beside the LUTs, constants, pads.
        "MUX2_LUT5" | "MUX2_LUT6" | "MUX2_LUT7" | "MUX2_LUT8" | "VCC" | "GND" | "IBUF" | "OBUF" => Use::FREE,
        _ if cell.starts_with("DFF") => Use::ff(),
        _ => return None,
    })
}
