//! What there is to know of a family.

use super::cells::Use;
use super::lanes::Size;
use super::ram::RamCell;
use crate::plan::cost::Amount;
use crate::plan::{ArrayBuild, ArraySpec, Lane};

/// Everything that planner, emitter and cell counter know of a family.
pub struct FamilyFacts {
    /// The build of a lane kind for so many channels and pixels: the fewest DSP blocks per product, then the fewest LUTs.
    pub(in crate::plan) array: fn(Lane, usize, usize, u32) -> ArrayBuild,
    /// Whose multiplier is instantiated alone, with its own registers; "none" leaves it to synthesis.
    pub multiplier_cells: &'static str,
    /// Whether DSP blocks may make the products of requantization.
    pub(in crate::plan) scales_in_dsp: bool,
    /// Bits of the adder behind the multiplier where synthesis takes the sum with B into the block too (`rws_dsp_scale`); 0 where it
    /// does not.
    pub(in crate::plan) dsp_adder: u32,
    /// Cycles from an address to its word in block RAM.
    pub(in crate::plan) memory_latency: u64,
    /// Where wires are slow: what one register of an address or of activations serves.
    pub(in crate::plan) near: Option<Near>,
    /// Read-only tables that stay out of block RAM.
    pub(in crate::plan) tables: Option<Tables>,
    /// LUTs of an adder with a result of so many bits.
    pub(in crate::plan) adder: fn(usize) -> usize,
    /// LUTs of an adder in a tree.
    pub(in crate::plan) tree_adder: fn(usize) -> usize,
    /// LUTs of an accumulator that can start over.
    pub(in crate::plan) accumulator: fn(usize) -> usize,
    /// LUTs that a lane with products of so many bits cannot stay below, if it is no tree of adders of two.
    pub(in crate::plan) least_lane: Option<fn(usize, usize) -> usize>,
    /// A lane of the family's cells.
    pub(in crate::plan) lane: fn(Lane, Size) -> Amount,
    /// Whether lanes of the family's cells use three times the activation, made once for all rows.
    pub(in crate::plan) triples: fn(Lane) -> bool,
    /// Whether long delays are shift registers in LUTs.
    pub(in crate::plan) shift_registers: bool,
    /// LUTs per bit that pick one of so many values.
    pub(in crate::plan) picker: fn(usize) -> usize,
    /// RAM cells in all their geometries.
    pub(in crate::plan) ram: &'static [RamCell],
    /// LUTs per bit that pick one of so many chunks of a deep memory.
    pub(in crate::plan) chunk_picker: fn(usize) -> usize,
    /// LUTs to compare with a device's budget.
    pub(in crate::plan) budget: fn(&Amount) -> f64,
    /// Modules for this family alone, and whether these arrays use them.
    pub modules: fn(CoreArrays) -> Vec<(&'static str, bool)>,
    /// Whether lanes of the family's cells make the products of a kind by the portable module.
    pub portable_products: fn(Lane) -> bool,
    /// Words of its synthesis scripts.
    pub flow: Flow,
    /// Cost of a cell; `None` if it is none of the family.
    pub cell: fn(&str) -> Option<Use>,
}

impl FamilyFacts {
    /// Whether an array uses three times the activation, made once for all rows.
    pub fn is_tripled(&self, lane: Lane, build: ArrayBuild) -> bool {
        build.cells != "none" && !lane.is_dsp() && (self.triples)(lane)
    }
}

/// What one register serves where wires are slow.
#[derive(Clone, Copy)]
pub struct Near {
    /// Bits of a memory, by its address.
    pub(in crate::plan) bits: usize,
    /// Rows of LUT lanes, by their activations.
    pub(in crate::plan) rows: usize,
}

/// Read-only tables in LUTs.
#[derive(Clone, Copy)]
pub struct Tables {
    /// Words at most.
    pub(in crate::plan) words: usize,
    /// LUTs per bit.
    pub(in crate::plan) lut: f64,
}

/// Words of the synthesis scripts.
#[derive(Clone, Copy)]
pub struct Flow {
    /// Yosys's command.
    pub synth: &'static str,
    /// Its option that keeps the hierarchy, if it does not by itself.
    pub kept: &'static str,
    /// Its option that dissolves the hierarchy, if it does not by itself.
    pub flat: &'static str,
    /// A design with rules that cells are mapped by after the command's own.
    pub rules: Option<&'static str>,
    /// The command that gives the root pads, which nextpnr takes as cells, if the root is to have any.
    pub pads: Option<&'static str>,
    /// Whether Vivado knows the family.
    pub vivado: bool,
}

/// The arrays of a core.
#[derive(Clone, Copy)]
pub struct CoreArrays<'a> {
    /// Lanes and rows.
    pub arrays: &'a [ArraySpec],
    /// What they are made of.
    pub builds: &'a [ArrayBuild],
    /// Input channels per cycle.
    pub ci: usize,
}

impl CoreArrays<'_> {
    /// Kinds of LUT lanes made of the family's cells.
    pub fn celled(&self) -> impl Iterator<Item = Lane> {
        let arrays = self.arrays.iter().zip(self.builds);
        arrays.filter(|(array, build)| !array.lane.is_dsp() && build.cells != "none").map(|(array, _)| array.lane)
    }

    /// Whether DSP blocks make the sums of an array, too.
    pub fn chained(&self) -> bool {
        self.arrays.iter().zip(self.builds).any(|(array, build)| array.lane.is_dsp() && build.chains > 1)
    }
}
