//! Memories as Yosys's `memory_libmap` maps them: every geometry of every RAM cell is priced, the cheapest one wins.
//!
//! A memory deeper than a cell is cut into chunks that are multiplexed. The chunks lie side by side across the cells'
//! width, each filled up to whole units that share a write enable. The planner reproduces the choice, not only the
//! capacity: it is what makes block RAM counts exact.

use super::{Amount, clog2};
use crate::plan::families::{FamilyFacts, RamCell};

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
pub(super) fn ram(family: &FamilyFacts, width: usize, depth: usize) -> Amount {
    let choices = family.ram.iter().map(|&cell| choose(cell, width, depth));
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

/// Words that are read at once: distributed RAM, or flip-flops with a multiplexer of a LUT for every two of them.
pub(super) fn registers(family: &FamilyFacts, width: usize, depth: usize) -> Amount {
    match family.ram.iter().find(|cell| cell.distributed) {
        Some(&cell) => {
            let best = choose(cell, width, depth);
            Amount::logic(best.cells as f64 * cell.lut + multiplexer(family, width, best.chunks), 0)
        }
        None => Amount::logic((width * depth) as f64 / 2.0, width * depth),
    }
}

/// A small read-only table in LUTs of so many per bit, with its read register.
pub(super) fn table_in_logic(width: usize, depth: usize, lut: f64) -> Amount {
    Amount { lut: (width * depth) as f64 * lut, ff: width as f64, ..Amount::default() }
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
fn multiplexer(family: &FamilyFacts, width: usize, chunks: usize) -> f64 {
    if chunks < 2 {
        return 0.0;
    }
    let per_bit = (family.chunk_picker)(chunks);
    (width * per_bit + 2 * chunks) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::families::facts;
    use crate::target::Family;

    /// Block RAM that Yosys 0.70 took for `rws_ram` of a width and depth, by family.
    const MEASURED: &str = include_str!("block-ram.csv");

    #[test]
    fn block_ram_is_exact() {
        let (names, lines) = MEASURED.split_once('\n').unwrap();
        let mut compared = 0;
        for line in lines.lines() {
            let (width, rest) = line.split_once(',').unwrap();
            let (depth, counts) = rest.split_once(',').unwrap();
            for (name, count) in names.split(',').skip(2).zip(counts.split(',')) {
                let family = Family::ALL.into_iter().find(|family| family.name() == name).unwrap();
                let (width, depth, count): (_, _, f64) =
                    (width.parse().unwrap(), depth.parse().unwrap(), count.parse().unwrap());
                let bram = ram(facts(family), width, depth).bram;
                assert!((bram - count).abs() < 1e-9, "{family} {width} x {depth}: {bram} estimated, {count} counted");
                compared += 1;
            }
        }
        assert_eq!(compared, 34 * Family::ALL.len());
    }
}
