//! Memories as Yosys's `memory_libmap` maps them: every geometry of every RAM cell is priced, the cheapest one wins.
//!
//! A memory deeper than a cell is cut into chunks that are multiplexed. The chunks lie side by side across the cells'
//! width, each filled up to whole units that share a write enable. The planner reproduces the choice, not only the
//! capacity: it is what makes block RAM counts exact.

use super::table::{LOGIC_TABLE_LUT, RamCell, cells};
use super::{Amount, clog2};
use crate::target::Family;

/// Weight of a multiplexer or demultiplexer input in Yosys's price of a memory.
const MUX_FACTOR: f64 = 0.5;

/// One way to build a memory.
struct Choice {
    price: f64,
    cells: usize,
    chunks: usize,
    cell: RamCell,
}

/// A `WIDTH` x `DEPTH` `rws_ram`: one write port, one registered read port.
pub fn ram(family: Family, width: usize, depth: usize) -> Amount {
    let choices = cells(family).iter().map(|&cell| choose(cell, width, depth));
    let best = choices.min_by(|a, b| a.price.total_cmp(&b.price)).expect("every family has RAM cells");
    let mux = multiplexer(family, width, best.chunks);
    let select = if best.chunks > 1 { clog2(best.chunks) } else { 0 };
    // Distributed RAM reads at once: the read register is made of flip-flops.
    let ff = if best.cell.distributed { width } else { select as usize };
    Amount {
        lut: best.cells as f64 * best.cell.lut + mux,
        ff: ff as f64,
        bram: best.cells as f64 * best.cell.bram,
        ..Amount::default()
    }
}

/// A small read-only table in LUTs, with its read register.
pub fn table_in_logic(width: usize, depth: usize) -> Amount {
    let bits = (width * depth) as f64;
    Amount { lut: bits * LOGIC_TABLE_LUT, ff: width as f64, ..Amount::default() }
}

fn choose(cell: RamCell, width: usize, depth: usize) -> Choice {
    let chunks = depth.div_ceil(cell.depth);
    let count = (chunks * width.next_multiple_of(cell.unit)).div_ceil(cell.width);
    let fill = (chunks * width) as f64 / cell.width as f64;
    let price = (cell.price - cell.scale) * count as f64 + cell.scale * fill;
    let demux = if chunks > 1 { chunks } else { 0 };
    let steering = MUX_FACTOR * ((chunks - 1) * width + demux) as f64;
    Choice { price: price + steering, cells: count, chunks, cell }
}

/// LUTs that pick one chunk's data and steer the write enable.
fn multiplexer(family: Family, width: usize, chunks: usize) -> f64 {
    if chunks < 2 {
        return 0.0;
    }
    let per_bit = match family {
        Family::Ice40 => chunks - 1,
        Family::Ecp5 => chunks.div_ceil(2),
        Family::Xc7 => chunks.div_ceil(4),
    };
    (width * per_bit + 2 * chunks) as f64
}
