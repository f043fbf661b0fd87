//! How an array is built: products per multiplier, chains of DSP blocks, latency.

use serde::Serialize;

use super::{ArraySpec, CoreShape, Lane, PlanError};
use crate::target::Target;

/// What an array is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ArrayBuild {
    /// Rows that share a multiplier; 1 in LUTs.
    pub pack_rows: usize,
    /// Pixels that share a multiplier; 1 in LUTs.
    pub pack_px: usize,
    /// Chains of multiply-adds that an input vector is cut into; 1 where sums are made in LUTs.
    pub chains: usize,
    /// Whose cells are instantiated (`rws_array`'s CELLS); "none" leaves everything to synthesis.
    pub cells: &'static str,
    /// Cycles from a lane's operands to its accumulator.
    pub latency: u64,
    /// Rows that share a register of the activations; 0 where lanes take them as they come.
    pub copy_rows: usize,
}

impl ArrayBuild {
    /// Cycles from the core's operands to the accumulators, of the array alone: with the register that rows share.
    pub fn arrival(self) -> u64 {
        self.latency + u64::from(self.copy_rows > 0)
    }

    /// Registers of the activations that so many rows share; 0 where lanes take them as they come.
    pub fn copies(self, rows: usize) -> usize {
        if self.copy_rows > 0 { rows.div_ceil(self.copy_rows) } else { 0 }
    }

    /// DSP blocks of the rows of a DSP array.
    pub fn dsp_blocks(self, rows: usize, ci: usize, px: usize) -> usize {
        let lanes = rows.div_ceil(self.pack_rows) * px.div_ceil(self.pack_px);
        let fields = self.pack_rows * self.pack_px;
        let sums = if self.chains > 1 {
            let adders = if self.chains > 2 { self.chains / 2 } else { 0 };
            adders + fields.div_ceil(2)
        } else {
            0
        };
        lanes * (ci + sums)
    }

    /// Rows of a DSP array that `blocks` DSP blocks are enough for.
    pub fn rows_within(self, blocks: usize, ci: usize, px: usize) -> usize {
        blocks / self.dsp_blocks(self.pack_rows, ci, px).max(1) * self.pack_rows
    }
}

/// How each array is built, for activations of so many bits.
pub(super) fn builds(target: &Target, shape: &CoreShape, operand: u32) -> Result<Vec<ArrayBuild>, PlanError> {
    let family = target.family;
    let build = |array: &ArraySpec| {
        let build = ArrayBuild::of(array.lane, family, shape.ci, shape.px, operand);
        let Lane::Dsp { bits } = array.lane else { return Ok(build) };
        let inferred = build.cells == "none" && build.pack_rows == 1;
        if inferred && u32::from(bits) + operand + 1 < family.dsp_product_bits() {
            return Err(PlanError::shape(format!(
                "{shape}: a single product of {} is too narrow for a DSP block of {family}; use a smaller CI",
                array.lane
            )));
        }
        Ok(build)
    };
    shape.arrays.iter().map(build).collect()
}

/// DSP blocks of a target's share that the arrays leave.
pub(super) fn spare_blocks(target: &Target, shape: &CoreShape, builds: &[ArrayBuild]) -> usize {
    let arrays = shape.arrays.iter().zip(builds).filter(|(array, _)| array.lane.is_dsp());
    let used: usize = arrays.map(|(array, build)| build.dsp_blocks(array.rows, shape.ci, shape.px)).sum();
    target.usable_dsps().saturating_sub(used)
}
