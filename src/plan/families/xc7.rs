//! AMD 7 series: LUTs of six inputs that add three numbers, and chains of DSP blocks.

use super::arrays::{multipliers, plain};
use super::cells::Use;
use super::facts::{CoreArrays, FamilyFacts, Flow};
use super::lanes::{Size, width};
use super::ram::{RamCell, block, distributed};
use crate::plan::cost::Amount;
use crate::plan::{ArrayBuild, Lane, clog2};
use crate::target::Family;

const CELLS: &str = "xc7";

pub(super) const FACTS: FamilyFacts = FamilyFacts {
    array,
    multiplier_cells: "none",
    scales_in_dsp: true,
    dsp_adder: 48,
    memory_latency: 2,
    near: None,
    tables: None,
    adder: |width| width,
    // The top bit is the carry out.
    tree_adder: |width| width - 1,
    accumulator: |width| width,
    least_lane: Some(|leaf, inputs| inputs * (leaf / 2 + 1)),
    lane,
    triples: |lane| matches!(lane, Lane::Fixed { .. } | Lane::Ausn { .. }),
    shift_registers: true,
    // A LUT6 is a multiplexer of four.
    picker: |values| (values - 1).div_ceil(3).max(1),
    ram: &RAM,
    chunk_picker: |chunks| chunks.div_ceil(4),
    budget: |all| all.lut,
    modules,
    portable_products: |lane| !is_small(lane),
    flow: Flow {
        // Pads and clock buffers belong to the design around the core.
        synth: "synth_xilinx -family xc7 -noiopad -noclkbuf",
        kept: "",
        flat: " -flatten",
        rules: None,
        pads: None,
        vivado: true,
    },
    cell,
};

fn array(lane: Lane, ci: usize, px: usize, act: u32) -> ArrayBuild {
    match lane {
        // A chain has two links at least.
        Lane::Dsp { bits } if ci > 1 => dsp48(bits, ci, px, act),
        Lane::Dsp { bits } => multipliers(bits, ci, act, Family::Xc7.dsp_ports().0, "none", 0),
        // Four rows are near enough to each other for one register of the activations.
        _ => ArrayBuild { copy_rows: 4, ..plain(CELLS, 3 + ternary_levels(ci.div_ceil(2))) },
    }
}

/// Levels of `rws_xc7_tree` above `n` sums, the last one with the accumulator.
fn ternary_levels(n: usize) -> u64 {
    if n <= 2 { 0 } else { 1 + ternary_levels(n / 3 + n % 3) }
}

/// The packing of `rws_dsp_lane` with the fewest blocks per product. Its conditions of exactness are repeated here; the
/// module refuses what breaks them.
fn dsp48(bits: u8, ci: usize, px: usize, act: u32) -> ArrayBuild {
    let (port_a, port_b) = Family::Xc7.dsp_ports();
    let weight = u32::from(bits);
    let product = ((1_u64 << (weight - 1)) - 1) * ((1 << act) - 1);
    let field = |rows: usize, pack_px: usize| match (rows, pack_px) {
        (1, 1) => port_a,
        (rows, 1) => (port_a - weight) / (rows as u32 - 1),
        (rows, _) => {
            let wide = (port_a - 1 - act) / rows as u32;
            if rows == 2 { wide.min(port_b - weight) } else { wide }
        }
    };
    let exact = |rows: usize, pack_px: usize, chains: usize| {
        let slots = ci.div_ceil(chains) as u64;
        let fields = rows * pack_px;
        let fits = fields == 1 || (slots * product) >> (field(rows, pack_px) - 1) == 0;
        let sums = fields <= 2 || chains == 2 || slots * (chains as u64 / 2) * product <= 2047;
        chains <= ci && fits && sums
    };
    let build = |pack_rows, pack_px, chains: usize| {
        let latency = ci.div_ceil(chains) + 4 + if chains > 2 { 1 + chains / 4 } else { 0 };
        ArrayBuild { pack_rows, pack_px, chains, cells: CELLS, latency: latency as u64, copy_rows: 0 }
    };
    let price = |b: ArrayBuild| b.dsp_blocks(b.pack_rows, ci, b.pack_px) as f64 / (b.pack_rows * b.pack_px) as f64;
    let packings = [(1, 1), (2, 1), (3, 1), (2, 2)].into_iter().filter(|(_, pack_px)| *pack_px <= px);
    packings
        .flat_map(|(rows, pack_px)| [2, 4, 8, 16].map(|chains| (rows, pack_px, chains)))
        .filter(|&(rows, pack_px, chains)| exact(rows, pack_px, chains))
        .map(|(rows, pack_px, chains)| build(rows, pack_px, chains))
        // One product per block, in two chains, is always exact.
        .fold(build(1, 1, 2), |best, next| if price(next) < price(best) { next } else { best })
}

/// Whether `rws_xc7_product` has cells for the codes of a lane: those of four bits.
fn is_small(lane: Lane) -> bool {
    lane.code_bits() == 4 && !matches!(lane, Lane::Ausn { main, .. } if main != 2)
}

fn modules(core: CoreArrays) -> Vec<(&'static str, bool)> {
    let celled = core.celled().next().is_some();
    let product = |module: &str| core.celled().any(|lane| lane.module_name() == module && is_small(lane));
    vec![
        ("rws_dsp_block", core.chained()),
        ("rws_xc7_lane", celled),
        // A tree of two sums is an accumulator alone.
        ("rws_xc7_sum3", celled && core.ci > 4),
        ("rws_xc7_product_sp2", product("sp2")),
        ("rws_xc7_product_pot", product("pot")),
        ("rws_xc7_product_fixed", product("fixed")),
        ("rws_xc7_product_ausn", product("ausn")),
    ]
}

fn lane(lane: Lane, size: Size) -> Amount {
    let width = width(lane, size);
    let pairs = size.inputs.div_ceil(2);
    // Whether the pair adder of a product gates its operands.
    let is_gated = matches!(lane, Lane::Sp2 { m1: 3, m2: 0 } | Lane::Ausn { main: 2, sup: 1 });
    let gates = if is_gated { 3 } else { 0 };
    let act = size.act as f64;
    let product = match lane {
        Lane::Sp2 { m1: 2, m2: 1 } => act + 1.0,
        Lane::Sp2 { m1: 3, m2: 0 } => 1.5 * act + 1.5,
        Lane::Fixed { bits: 4 } => act + 2.0,
        Lane::Ausn { main: 2, sup: 1 } => 1.5 * act + 2.5,
        _ => 1.5 * width as f64,
    };
    Amount::logic(product, width + 1 + gates) * size.inputs
        + Amount::logic(width as f64, width + 1) * pairs
        + ternary_tree(pairs, width, size.inputs)
        + Amount::logic(size.acc as f64, size.acc)
}

/// Ternary levels until two numbers are left for the accumulator.
fn ternary_tree(count: usize, unit: usize, inputs: usize) -> Amount {
    let (mut count, mut terms, mut sum) = (count, 2, Amount::default());
    while count > 2 {
        let (triples, rest) = (count / 3, count % 3);
        let width = unit + clog2(terms) as usize;
        terms = (3 * terms).min(2 * inputs.div_ceil(2));
        let next = unit + clog2(terms) as usize;
        let adder = width + usize::from(next > width);
        sum = sum + Amount::logic(adder as f64, next) * triples + Amount::logic(0.0, width) * rest;
        count = triples + rest;
    }
    sum
}

/// `RAM32M`, `RAM64M`, `RAMB18E1`, `RAMB36E1`.
const RAM: [RamCell; 15] = [
    distributed(32, 6, 8.0, 7.0),
    distributed(64, 3, 8.0, 7.0),
    block(512, 36, 9, 129.0, 0.5),
    block(1024, 18, 9, 129.0, 0.5),
    block(2048, 9, 9, 129.0, 0.5),
    block(4096, 4, 4, 129.0, 0.5),
    block(8192, 2, 2, 129.0, 0.5),
    block(16384, 1, 1, 129.0, 0.5),
    block(512, 72, 9, 257.0, 1.0),
    block(1024, 36, 9, 257.0, 1.0),
    block(2048, 18, 9, 257.0, 1.0),
    block(4096, 9, 9, 257.0, 1.0),
    block(8192, 4, 4, 257.0, 1.0),
    block(16384, 2, 2, 257.0, 1.0),
    block(32768, 1, 1, 257.0, 1.0),
];

/// After UG474 (distributed RAM and shift registers) and UG473 (block RAM).
fn cell(cell: &str) -> Option<Use> {
    Some(match cell {
        // `LUT6_2` is one LUT with both outputs.
        "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" => Use::lut(1),
        "CARRY4" => Use::carry(0),
        "SRL16" | "SRL16E" | "SRLC16E" | "SRLC32E" | "RAM32X1S" | "RAM64X1S" => Use::lutram(1),
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => Use::lutram(2),
        "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => Use::lutram(4),
        "FDRE" | "FDSE" | "FDCE" | "FDPE" | "FDRE_1" | "FDSE_1" | "FDCE_1" | "FDPE_1" | "LDCE" | "LDPE" => Use::ff(),
        "DSP48E1" => Use::dsp(1.0),
        "RAMB18E1" | "FIFO18E1" => Use::bram(0.5),
        "RAMB36E1" | "FIFO36E1" => Use::bram(1.0),
        // An inverter is absorbed by the LUT, flip-flop or block it feeds; multiplexers sit beside the LUTs.
        "INV" | "MUXF7" | "MUXF8" | "GND" | "VCC" | "BUFG" | "IBUF" | "OBUF" => Use::FREE,
        _ => return None,
    })
}
