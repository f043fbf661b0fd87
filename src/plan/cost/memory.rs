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
        Family::Ice40 | Family::Ecp5 => chunks - 1,
        // Three chunks take three LUTs of Gowin per bit.
        Family::Gowin if chunks == 3 => 3,
        Family::Gowin | Family::Nexus => chunks.div_ceil(2),
        Family::Xc7 => chunks.div_ceil(4),
    };
    (width * per_bit + 2 * chunks) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Block RAM that Yosys 0.70 took for `rws_ram` of a width and depth: iCE40; ECP5, Gowin and Nexus; 7 series.
    const MEASURED: [(usize, usize, [f64; 3]); 34] = [
        (8, 16, [1.0, 0.0, 0.0]),
        (8, 2000, [4.0, 1.0, 0.5]),
        (12, 3000, [9.0, 3.0, 1.5]),
        (16, 100, [1.0, 1.0, 0.0]),
        (16, 256, [1.0, 1.0, 0.5]),
        (16, 600, [3.0, 1.0, 0.5]),
        (16, 1500, [6.0, 2.0, 1.0]),
        (20, 1100, [7.0, 3.0, 1.5]),
        (24, 2100, [14.0, 4.0, 2.0]),
        (32, 16, [2.0, 0.0, 0.0]),
        (32, 40, [2.0, 1.0, 0.0]),
        (32, 64, [2.0, 1.0, 0.0]),
        (32, 128, [2.0, 1.0, 0.5]),
        (32, 256, [2.0, 1.0, 0.5]),
        (32, 900, [8.0, 2.0, 1.0]),
        (36, 512, [5.0, 1.0, 0.5]),
        (36, 1024, [9.0, 2.0, 1.0]),
        (40, 80, [3.0, 2.0, 0.0]),
        (48, 512, [6.0, 2.0, 1.0]),
        (64, 16, [4.0, 0.0, 0.0]),
        (64, 96, [4.0, 2.0, 1.0]),
        (64, 200, [4.0, 2.0, 1.0]),
        (64, 700, [12.0, 4.0, 2.0]),
        (64, 1300, [24.0, 6.0, 3.0]),
        (64, 5000, [80.0, 20.0, 10.0]),
        (72, 600, [14.0, 4.0, 2.0]),
        (81, 42, [6.0, 0.0, 0.0]),
        (90, 100, [6.0, 3.0, 1.5]),
        (100, 1030, [32.0, 9.0, 4.5]),
        (128, 400, [16.0, 4.0, 2.0]),
        (128, 2600, [96.0, 23.0, 11.5]),
        (181, 200, [12.0, 6.0, 3.0]),
        (192, 721, [36.0, 11.0, 5.5]),
        (256, 300, [32.0, 8.0, 4.0]),
    ];

    #[test]
    fn block_ram_is_exact() {
        for (width, depth, counts) in MEASURED {
            for family in Family::ALL {
                let count = match family {
                    Family::Ice40 => counts[0],
                    Family::Ecp5 | Family::Gowin | Family::Nexus => counts[1],
                    Family::Xc7 => counts[2],
                };
                let bram = ram(family, width, depth).bram;
                assert!((bram - count).abs() < 1e-9, "{family} {width} x {depth}: {bram} estimated, {count} counted");
            }
        }
    }
}
