//! Synthesis: what a core costs in the cells of an FPGA family.

mod cells;
mod error;
mod report;
mod synthesizer;
mod yosys;

pub use cells::Use;
pub use error::SynthError;
pub use report::{ModuleUse, SynthReport};
pub use synthesizer::{SynthJob, Synthesizer};
pub use yosys::Yosys;
