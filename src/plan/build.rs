//! How an array is built on a family: products per multiplier, chains of DSP blocks, latency.

use super::{Lane, Operand, clog2};
use crate::target::Family;
use serde::Serialize;

/// What an array is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ArrayBuild {
    /// Rows that share a multiplier; 1 in LUTs.
    pub pack_rows: usize,
    /// Pixels that share a multiplier; 1 in LUTs.
    pub pack_px: usize,
    /// Chains of multiply-adds that an input vector is cut into; 1 where sums are made in LUTs.
    pub chains: usize,
    /// Whose cells are instantiated (`rws_array`'s CELLS); "none" leaves everything to synthesis.
    pub cells: &'static str,
    /// Cycles from a lane's operands to its accumulator.
    pub latency: u64,
    /// Rows that share a register of the activations; 0 where lanes take them as they come.
    pub copy_rows: usize,
}

/// Lanes with four-bit codes beside `sp2(4;2,1)`.
const W4_FIXED: Lane = Lane::Fixed { bits: 4 };
const W4_POT: Lane = Lane::Sp2 { m1: 3, m2: 0 };
const W4_AUSN: Lane = Lane::Ausn { main: 2, sup: 1 };
/// Rows of LUT lanes near enough to each other for one register of the activations; those of ECP5 take twice the LUTs, and
/// its wires are slow.
const fn copy_rows(family: Family) -> usize {
    if matches!(family, Family::Ecp5) { 1 } else { 4 }
}
/// Whose multiplier is instantiated alone, with its own registers; "none" leaves it to synthesis.
pub fn multiplier_cells(family: Family) -> &'static str {
    match family {
        Family::Ecp5 | Family::Gowin | Family::Nexus => family.name(),
        Family::Ice40 | Family::Xc7 => "none",
    }
}

impl ArrayBuild {
    /// The build of a lane kind with the fewest DSP blocks per product, and among those the fewest LUTs.
    pub fn of(lane: Lane, family: Family, ci: usize, px: usize, operand: Operand) -> Self {
        let tree = u64::from(clog2(ci));
        let plain = |cells, latency| Self { pack_rows: 1, pack_px: 1, chains: 1, cells, latency, copy_rows: 0 };
        let copied = |cells, latency| Self { copy_rows: copy_rows(family), ..plain(cells, latency) };
        match (lane, family) {
            // A chain has two links at least.
            (Lane::Dsp { bits }, Family::Xc7) if ci > 1 => dsp48(bits, ci, px, operand),
            (Lane::Dsp { bits }, _) => {
                let pair = Lane::Dsp { bits }.product_bits(operand.signed_bits()) + clog2(ci) + u32::from(bits)
                    <= family.dsp_ports().0;
                // Multipliers stand far apart: where they are instantiated, their own registers take what comes from afar, on
                // ECP5 with others on the way to the sums.
                let cells = multiplier_cells(family);
                let registers = u64::from(cells != "none") + u64::from(family == Family::Ecp5);
                let build = plain(cells, 3 + tree + registers);
                Self { pack_rows: 1 + usize::from(pair), ..build }
            }
            (_, Family::Xc7) => copied("xc7", 3 + ternary_levels(ci.div_ceil(2))),
            (Lane::Sp2 { m1: 2, m2: 1 }, Family::Ecp5) => copied("ecp5", 2 + tree.max(1)),
            (W4_FIXED | W4_POT | W4_AUSN, Family::Ecp5) => copied("ecp5", 3 + tree.max(1)),
            (Lane::Sp2 { m1: 2, m2: 1 } | W4_FIXED, Family::Ice40 | Family::Gowin | Family::Nexus) => {
                plain(family.name(), 2 + tree.max(1))
            }
            (_, Family::Ice40 | Family::Ecp5 | Family::Gowin | Family::Nexus) => plain("none", 2 + tree),
        }
    }

    /// Cycles from the core's operands to the accumulators, of the array alone: with the register that rows share.
    pub fn arrival(self) -> u64 {
        self.latency + u64::from(self.copy_rows > 0)
    }

    /// Registers of the activations that so many rows share; 0 where lanes take them as they come.
    pub fn copies(self, rows: usize) -> usize {
        if self.copy_rows > 0 { rows.div_ceil(self.copy_rows) } else { 0 }
    }

    /// DSP blocks of the rows of a DSP array.
    pub fn dsp_blocks(self, rows: usize, ci: usize, px: usize) -> usize {
        let lanes = rows.div_ceil(self.pack_rows) * px.div_ceil(self.pack_px);
        let fields = self.pack_rows * self.pack_px;
        let sums = if self.cells == "xc7" {
            let adders = if self.chains > 2 { self.chains / 2 } else { 0 };
            adders + fields.div_ceil(2)
        } else {
            0
        };
        lanes * (ci + sums)
    }

    /// Rows of a DSP array that `blocks` DSP blocks are enough for.
    pub fn rows_within(self, blocks: usize, ci: usize, px: usize) -> usize {
        blocks / self.dsp_blocks(self.pack_rows, ci, px).max(1) * self.pack_rows
    }
}

/// Levels of `rws_xc7_tree` above `n` sums, the last one with the accumulator.
fn ternary_levels(n: usize) -> u64 {
    if n <= 2 { 0 } else { 1 + ternary_levels(n / 3 + n % 3) }
}

/// The packing of `rws_dsp_lane` with the fewest blocks per product. Its conditions of exactness are repeated here; the
/// module refuses what breaks them.
fn dsp48(bits: u8, ci: usize, px: usize, operand: Operand) -> ArrayBuild {
    let (port_a, port_b) = Family::Xc7.dsp_ports();
    let weight = u32::from(bits);
    let largest = if operand.signed { 1_u64 << (operand.bits - 1) } else { (1 << operand.bits) - 1 };
    let product = ((1 << (weight - 1)) - 1) * largest;
    let field = |rows: usize, pack_px: usize| match (rows, pack_px) {
        (1, 1) => port_a,
        (rows, 1) => (port_a - weight) / (rows as u32 - 1),
        (rows, _) => {
            let wide = (port_a - 1 - operand.bits) / rows as u32;
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
        ArrayBuild { pack_rows, pack_px, chains, cells: "xc7", latency: latency as u64, copy_rows: 0 }
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
