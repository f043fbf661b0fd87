//! Where a seed's core has its program and its weights.

use rowsmith::plan::{Loading, Weights};
use rowsmith::target::Dram;

use super::seeded::Random;

/// Where networks allow it, weights come from DRAM in one core of six.
pub fn loading(seed: u64) -> [Loading; 2] {
    let own = [Loading::BITSTREAM, Loading::BOTH, Loading::BITSTREAM, Loading::LOADER][(seed % 4) as usize];
    [if seed % 6 == 5 { Loading { weights: Weights::Dram, ..own } } else { own }, own]
}

/// A DRAM of any kind, often slower than the arrays.
pub fn dram(seed: u64) -> Dram {
    let mut random = Random(seed);
    Dram {
        source: "a seed".to_owned(),
        ports: random.within(1, 4) as u32,
        bytes_per_cycle: 0.5 + 0.01 * random.within(0, 1500) as f64,
        latency: random.within(0, 100) as u32,
        refresh_interval: random.within(60, 500) as u32,
        refresh_cycles: random.within(0, 30) as u32,
    }
}
