//! What every cell of a family costs.
//!
//! After the vendors' guides: AMD UG474 (distributed RAM and shift registers), UG473 (block RAM); Lattice's ECP5
//! data sheet and memory guide; the iCE40 technology library; Gowin UG288 (LUTs, ALUs, distributed RAM), UG285 (block
//! RAM), UG287 (DSP); Lattice FPGA-DS-02049 (Nexus).

use std::iter::Sum;
use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use crate::target::Family;

/// Cells in use. Carry chains are listed apart: they sit in cells whose LUT is counted or, on iCE40, may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Use {
    /// Look-up tables, with those that form carry chains (ECP5, Gowin, Nexus), distributed RAM and shift registers.
    ///
    /// iCE40: only `SB_LUT4`. An `SB_CARRY` without a LUT in its cell takes a cell too, so the cells after packing
    /// lie between `max(lut, carry)` and `lut + carry`.
    pub lut: u64,
    /// Of these, the ones used as distributed RAM or shift registers.
    pub lutram: u64,
    /// Flip-flops and latches.
    pub ff: u64,
    /// Multiplier blocks.
    pub dsp: f64,
    /// Block RAM in the family's blocks (`Family::bram_kilobits`); a half block of 18 kb counts 0.5 on xc7.
    pub bram: f64,
    /// iCE40 single-port RAM of 256 kb.
    pub spram: u64,
    /// Carry cells: `CARRY4`, `CCU2C`, `SB_CARRY`, `ALU`, `CCU2`.
    pub carry: u64,
}

impl Add for Use {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lut: self.lut + other.lut,
            lutram: self.lutram + other.lutram,
            ff: self.ff + other.ff,
            dsp: self.dsp + other.dsp,
            bram: self.bram + other.bram,
            spram: self.spram + other.spram,
            carry: self.carry + other.carry,
        }
    }
}

impl Mul<u64> for Use {
    type Output = Self;

    fn mul(self, count: u64) -> Self {
        Self {
            lut: self.lut * count,
            lutram: self.lutram * count,
            ff: self.ff * count,
            dsp: self.dsp * count as f64,
            bram: self.bram * count as f64,
            spram: self.spram * count,
            carry: self.carry * count,
        }
    }
}

impl Sum for Use {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), Add::add)
    }
}

impl Use {
    /// Nothing.
    const FREE: Self = Self { lut: 0, lutram: 0, ff: 0, dsp: 0.0, bram: 0.0, spram: 0, carry: 0 };

    const fn lut(lut: u64) -> Self {
        Self { lut, ..Self::FREE }
    }

    const fn lutram(lut: u64) -> Self {
        Self { lut, lutram: lut, ..Self::FREE }
    }

    const fn ff() -> Self {
        Self { ff: 1, ..Self::FREE }
    }

    const fn dsp(dsp: f64) -> Self {
        Self { dsp, ..Self::FREE }
    }

    const fn bram(bram: f64) -> Self {
        Self { bram, ..Self::FREE }
    }

    const fn carry(lut: u64) -> Self {
        Self { lut, carry: 1, ..Self::FREE }
    }
}

/// Cost of one cell of type `cell`, or `None` if it is not a cell of the family.
pub(super) fn cost(family: Family, cell: &str) -> Option<Use> {
    match family {
        Family::Ice40 => ice40(cell),
        Family::Ecp5 => ecp5(cell),
        Family::Xc7 => xc7(cell),
        Family::Gowin => gowin(cell),
        Family::Nexus => nexus(cell),
    }
}

fn ice40(cell: &str) -> Option<Use> {
    Some(match cell {
        "SB_LUT4" => Use::lut(1),
        "SB_CARRY" => Use::carry(0),
        "SB_MAC16" => Use::dsp(1.0),
        "SB_RAM40_4K" | "SB_RAM40_4KNR" | "SB_RAM40_4KNW" | "SB_RAM40_4KNRNW" => Use::bram(1.0),
        "SB_SPRAM256KA" => Use { spram: 1, ..Use::FREE },
        "SB_IO" | "SB_GB" | "SB_GB_IO" => Use::FREE,
        _ if cell.starts_with("SB_DFF") => Use::ff(),
        _ => return None,
    })
}

fn ecp5(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT4" => Use::lut(1),
        // Two LUTs with the carry logic between them.
        "CCU2C" => Use::carry(2),
        // 16 words of 4 bits: two slices hold the bits in four LUTs, a third one drives the write ports.
        "TRELLIS_DPR16X4" => Use::lutram(4),
        "TRELLIS_FF" => Use::ff(),
        "MULT18X18D" => Use::dsp(1.0),
        // Half of a multiplier site: two of them share an 18x18 block.
        "MULT9X9D" => Use::dsp(0.5),
        "DP16KD" | "PDPW16KD" => Use::bram(1.0),
        // Multiplexers beside the LUTs, adders of the DSP slice that come with its multipliers, constants, pads.
        "PFUMX" | "L6MUX21" | "ALU54B" | "ALU24B" | "VHI" | "VLO" | "TRELLIS_IO" | "IB" | "OB" | "DCCA" | "GSR" => {
            Use::FREE
        }
        _ => return None,
    })
}

fn xc7(cell: &str) -> Option<Use> {
    Some(match cell {
        // `LUT6_2` is one LUT with both outputs.
        "LUT1" | "LUT2" | "LUT3" | "LUT4" | "LUT5" | "LUT6" | "LUT6_2" => Use::lut(1),
        "CARRY4" => Use::carry(0),
        "SRL16" | "SRL16E" | "SRLC16E" | "SRLC32E" | "RAM32X1S" | "RAM64X1S" => Use::lutram(1),
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => Use::lutram(2),
        "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => Use::lutram(4),
        "FDRE" | "FDSE" | "FDCE" | "FDPE" | "FDRE_1" | "FDSE_1" | "FDCE_1" | "FDPE_1" | "LDCE" | "LDPE" => Use::ff(),
        "DSP48E1" => Use::dsp(1.0),
        "RAMB18E1" | "FIFO18E1" => Use::bram(0.5),
        "RAMB36E1" | "FIFO36E1" => Use::bram(1.0),
        // An inverter is absorbed by the LUT, flip-flop or block it feeds; multiplexers sit beside the LUTs.
        "INV" | "MUXF7" | "MUXF8" | "GND" | "VCC" | "BUFG" | "IBUF" | "OBUF" => Use::FREE,
        _ => return None,
    })
}

fn gowin(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT1" | "LUT2" | "LUT3" | "LUT4" => Use::lut(1),
        // A LUT that makes sum and carry.
        "ALU" => Use::carry(1),
        // 16 words of up to 4 bits: the slice of four LUTs is taken whole.
        "RAM16SDP1" | "RAM16SDP2" | "RAM16SDP4" => Use::lutram(4),
        "MULT18X18" => Use::dsp(1.0),
        // Half of a multiplier.
        "MULT9X9" => Use::dsp(0.5),
        "SP" | "SPX9" | "SDPB" | "SDPX9B" | "DPB" | "DPX9B" | "pROM" | "pROMX9" => Use::bram(1.0),
        // Multiplexers beside the LUTs, constants, pads.
        "MUX2_LUT5" | "MUX2_LUT6" | "MUX2_LUT7" | "MUX2_LUT8" | "VCC" | "GND" | "IBUF" | "OBUF" => Use::FREE,
        _ if cell.starts_with("DFF") => Use::ff(),
        _ => return None,
    })
}

fn nexus(cell: &str) -> Option<Use> {
    Some(match cell {
        "LUT4" => Use::lut(1),
        // Two LUTs: with the carry logic, or with the multiplexer between them.
        "CCU2" => Use::carry(2),
        "WIDEFN9" => Use::lut(2),
        // As on ECP5.
        "DPR16X4" => Use::lutram(4),
        "FD1P3BX" | "FD1P3DX" | "FD1P3IX" | "FD1P3JX" => Use::ff(),
        "MULT18X18" => Use::dsp(1.0),
        "MULT9X9" => Use::dsp(0.5),
        "DP16K" | "PDP16K" | "PDPSC16K" => Use::bram(1.0),
        // An inverter is absorbed by the LUT, flip-flop or block it feeds; constants, pads.
        "INV" | "VHI" | "VLO" | "IB" | "OB" => Use::FREE,
        _ => return None,
    })
}
