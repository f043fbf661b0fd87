//! RAM cells, as Yosys's `memory_libmap` knows them.

/// A RAM cell in one geometry, and the price of it that `memory_libmap` minimises.
#[derive(Clone, Copy)]
pub struct RamCell {
    /// Words.
    pub(in crate::plan) depth: usize,
    /// Data bits.
    pub(in crate::plan) width: usize,
    /// Bits that share a write enable.
    pub(in crate::plan) unit: usize,
    /// Price of a cell.
    pub(in crate::plan) price: f64,
    /// Part of the price that counts used bits instead of cells.
    pub(in crate::plan) scale: f64,
    /// LUTs of a cell.
    pub(in crate::plan) lut: f64,
    /// Block RAM of a cell, in the family's blocks.
    pub(in crate::plan) bram: f64,
    /// Whether it is made of LUTs.
    pub(in crate::plan) distributed: bool,
}

pub(super) const fn block(depth: usize, width: usize, unit: usize, price: f64, bram: f64) -> RamCell {
    RamCell { depth, width, unit, price, scale: 0.0, lut: 0.0, bram, distributed: false }
}

pub(super) const fn distributed(depth: usize, width: usize, price: f64, scale: f64) -> RamCell {
    RamCell { depth, width, unit: width, price, scale, lut: 4.0, bram: 0.0, distributed: true }
}

/// Blocks of 18 kbit and 16 words of 4 bits in LUTs: cells of three families have these geometries and prices.
pub(super) const BLOCKS_OF_18K: [RamCell; 7] = [
    distributed(16, 4, 4.0, 0.0),
    block(512, 36, 9, 128.0, 1.0),
    block(1024, 18, 9, 128.0, 1.0),
    block(2048, 9, 9, 128.0, 1.0),
    block(4096, 4, 4, 128.0, 1.0),
    block(8192, 2, 2, 128.0, 1.0),
    block(16384, 1, 1, 128.0, 1.0),
];
