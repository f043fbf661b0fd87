//! Measured figures. Every number is a count of cells that Yosys 0.70 (YoWASP wheel) gives with the hierarchy kept:
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
const ICE40_CELLS: [RamCell; 4] =
    [block(256, 16, 1, 64.0, 1.0), block(512, 8, 8, 64.0, 1.0), block(1024, 4, 4, 64.0, 1.0), block(2048, 2, 2, 64.0, 1.0)];

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
pub const LOGIC_TABLE_LUT: f64 = 0.93;

/// `rws_reset`: constant.
pub const RESET: Weights<1> = Weights {
    ice40: [12.000],
    ecp5: [23.000],
    xc7: [5.000],
};

/// `rws_axil`: constant, arrays.
pub const AXIL: Weights<2> = Weights {
    ice40: [287.256, 2.872],
    ecp5: [373.530, 3.735],
    xc7: [108.999, 3.001],
};

/// `rws_seq`: constant, `ADDR_W`, `WADDR_W`, loop counters, group counts of the arrays.
pub const SEQ: Weights<5> = Weights {
    ice40: [221.525, 0.443, 0.004, 0.000, 0.000],
    ecp5: [427.367, 0.855, 0.009, 0.000, 0.000],
    xc7: [98.695, 5.202, 3.208, 0.038, 0.033],
};

/// `rws_axis_in`: constant, `ADDR_W`, slice and pixel counters, width of a beat.
pub const AXIS_IN: Weights<4> = Weights {
    ice40: [77.436, 0.155, 0.003, 0.000],
    ecp5: [108.802, 0.218, 0.004, 0.000],
    xc7: [39.601, 1.000, 0.066, 0.000],
};

/// `rws_fetch`: constant, `ADDR_W` + `XW`, coordinates, bank addresses, rotated bits.
pub const FETCH: Weights<5> = Weights {
    ice40: [92.139, 0.132, 0.005, 0.000, 0.000],
    ecp5: [129.386, 0.185, 0.006, 0.000, 0.000],
    xc7: [58.315, 0.069, 2.623, 4.247, 0.014],
};

/// `rws_vector`: accumulator bits, operand bits.
pub const VECTOR: Weights<2> = Weights {
    ice40: [4.755, 0.119],
    ecp5: [8.284, 0.207],
    xc7: [3.199, 0.040],
};

/// `rws_select`: bits picked, array inputs beyond the first, pooling inputs beyond the first.
pub const SELECT: Weights<3> = Weights {
    ice40: [1.961, 0.039, 0.000],
    ecp5: [1.961, 0.039, 0.000],
    xc7: [0.745, 0.255, 1.058],
};

/// `rws_drain`: constant, `ADDR_W`, `XW` + `PARAM_W`, `RES_W`, counters.
pub const DRAIN: Weights<5> = Weights {
    ice40: [232.307, 0.465, 0.005, 0.000, 0.000],
    ecp5: [310.723, 0.621, 0.006, 0.000, 0.000],
    xc7: [77.160, 14.500, 0.084, 0.005, 0.000],
};

/// `rws_requant` per value: pairs of partial products, a single one, their sums, total, shifter, clamp.
pub const REQUANT: Weights<6> = Weights {
    ice40: [6.061, 0.000, 0.206, 0.001, 0.000, 0.000],
    ecp5: [7.150, 0.000, 0.243, 0.001, 0.000, 0.000],
    xc7: [4.448, 0.000, 0.076, 0.001, 0.299, 0.000],
};

/// `rws_requant` per value, residual operand: product, shifter, sums, clamp.
pub const REQUANT_RESIDUAL: Weights<4> = Weights {
    ice40: [0.000, 0.000, 0.000, 0.000],
    ecp5: [0.000, 0.000, 0.000, 0.000],
    xc7: [0.000, 0.000, 0.000, 0.000],
};

/// `rws_axis_out`: constant, room counters, addresses and beats.
pub const AXIS_OUT: Weights<3> = Weights {
    ice40: [41.168, 0.165, 0.001],
    ecp5: [52.931, 0.212, 0.002],
    xc7: [11.872, 0.026, 2.000],
};

/// `rws_lane_sp2` with `M2` = 0, per input.
pub const POT: Weights<3> = Weights {
    ice40: [3.162, 3.834, 0.008],
    ecp5: [23.795, 3.025, 0.019],
    xc7: [0.000, 2.866, 0.000],
};

/// `rws_lane_sp2`, per input.
pub const SP2: Weights<4> = Weights {
    ice40: [0.000, 3.034, 0.000, 0.520],
    ecp5: [0.000, 4.870, 0.000, 0.442],
    xc7: [1.492, 2.354, 0.028, 0.503],
};

/// `rws_lane_ausn`, per input.
pub const AUSN: Weights<4> = Weights {
    ice40: [0.000, 1.196, 0.277, 1.375],
    ecp5: [8.362, 3.061, 0.000, 1.195],
    xc7: [0.000, 0.836, 0.187, 0.950],
};

/// `rws_lane_fixed`, per input.
pub const FIXED: Weights<4> = Weights {
    ice40: [0.000, 0.702, 1.763, 0.000],
    ecp5: [0.000, 0.749, 3.446, 0.000],
    xc7: [0.000, 1.133, 1.461, 0.000],
};
