//! Synthesis: what a core costs in the cells of an FPGA family.

mod error;
mod report;
mod synthesizer;
mod yosys;

pub use error::SynthError;
pub use report::{ModuleUse, SynthReport};
pub use synthesizer::{SynthJob, Synthesizer};
pub use yosys::Yosys;

pub use crate::plan::families::Use;
