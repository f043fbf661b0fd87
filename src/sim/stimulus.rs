//! Images for a simulation, drawn at random.

use crate::ir::Network;

/// Images of uniformly random values; the same seed gives the same images.
pub fn random_images(network: &Network, count: usize, seed: u64) -> Vec<Vec<i32>> {
    let input = network.tensor(network.input);
    let span = (i64::from(input.act.hi) - i64::from(input.act.lo) + 1) as u64;
    let mut state = seed;
    let mut next = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    (0..count)
        .map(|_| (0..input.shape.len()).map(|_| (i64::from(input.act.lo) + (next() % span) as i64) as i32).collect())
        .collect()
}
