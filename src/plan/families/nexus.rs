//! Lattice Nexus: carries in pairs, and chains that begin with a pair of their own.

use super::alu;
use super::cells::Use;
use super::facts::{FamilyFacts, Flow};
use super::lanes::gated;
use super::ram::BLOCKS_OF_18K;
use crate::plan::Lane;
use crate::target::Family;

const CELLS: &str = "nexus";

pub(super) const FACTS: FamilyFacts = FamilyFacts {
    array: |lane, ci, _px, act| alu::array(lane, ci, act, Family::Nexus.dsp_ports().0, CELLS),
    multiplier_cells: CELLS,
    scales_in_dsp: true,
    dsp_adder: 0,
    memory_latency: 2,
    near: None,
    tables: None,
    adder,
    tree_adder: adder,
    accumulator: |width| gated(adder(width), width),
    least_lane: None,
    lane: |lane, size| alu::lane(lane, size, |slots| slots.next_multiple_of(2)),
    triples: |lane| matches!(lane, Lane::Fixed { .. }),
    shift_registers: false,
    picker: |values| values - 1,
    ram: &BLOCKS_OF_18K,
    chunk_picker: |chunks| chunks.div_ceil(2),
    budget: |all| all.lut,
    modules: |core| vec![("rws_alu_lane", core.celled().next().is_some())],
    portable_products: |_| false,
    flow: Flow {
        synth: "synth_nexus -family lifcl -nowidelut",
        kept: " -noflatten",
        flat: "",
        rules: Some(CHAINS),
        pads: None,
        vivado: false,
    },
    cell,
};

fn adder(width: usize) -> usize {
    width.next_multiple_of(2) + 2
}

/// Carry cells at the end of a chain must have no carry input. Yosys's mapping leaves it open, but abc9, up to 0.70 at
/// least, ties it to 0 (its issue 4081), and nextpnr refuses that.
const CHAINS: &str = "read_verilog -icells <<EOT
(* techmap_celltype = \"CCU2\" *)
module chain_end(input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
    parameter INJECT = \"NO\";
    parameter INIT0 = \"0x0000\";
    parameter INIT1 = \"0x0000\";
    parameter _TECHMAP_CONSTMSK_CIN_ = 0;
    parameter _TECHMAP_CONSTVAL_CIN_ = 0;
    wire _TECHMAP_FAIL_ = !(_TECHMAP_CONSTMSK_CIN_ && !_TECHMAP_CONSTVAL_CIN_);
    CCU2 #(.INJECT(INJECT), .INIT0(INIT0), .INIT1(INIT1)) _TECHMAP_REPLACE_ (.A0(A0), .B0(B0), .C0(C0), .D0(D0),
        .A1(A1), .B1(B1), .C1(C1), .D1(D1), .S0(S0), .S1(S1), .COUT(COUT));
endmodule
EOT
design -stash chains
";

/// After FPGA-DS-02049.
fn cell(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT4" => Use::lut(1),
        // Two LUTs: with the carry logic, or with the multiplexer between them.
        "CCU2" => Use::carry(2),
        "WIDEFN9" => Use::lut(2),
        // As on ECP5.
        "DPR16X4" => Use::lutram(4),
        "FD1P3BX" | "FD1P3DX" | "FD1P3IX" | "FD1P3JX" => Use::ff(),
        "MULT18X18" => Use::dsp(1.0),
        "MULT9X9" => Use::dsp(0.5),
        "DP16K" | "PDP16K" | "PDPSC16K" => Use::bram(1.0),
        // An inverter is absorbed by the LUT, flip-flop or block it feeds; constants, pads.
        "INV" | "VHI" | "VLO" | "IB" | "OB" => Use::FREE,
        _ => return None,
    })
}
