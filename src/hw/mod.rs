//! Core generator: memory images, program, templates and the output folder.

mod bits;
mod emit;
mod error;
mod files;
mod images;
mod program;
mod render;
mod scripts;
mod summary;

pub use emit::emit;
pub use error::EmitError;
pub use files::FileSet;
pub use images::Image;
pub use scripts::synth_script;
pub use summary::{InputMap, OutputMap, PlanSummary, StepSummary};
