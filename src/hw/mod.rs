//! Core generator: memory images, program, templates and the output folder.

mod bits;
mod emit;
mod error;
mod images;
mod library;
mod program;
pub mod registers;
mod render;
mod run_file;
mod scripts;
mod summary;

pub use crate::files::FileSet;
pub use emit::{emit, emit_core, emit_program};
pub use error::EmitError;
pub use images::{Image, images, load_words, streamed};
pub use program::digest as program_digest;
pub use run_file::{DRAM_BASE, RunFile, max_idle};
pub use scripts::{netlist_script, synth_script, vivado_script, wrapper_files, wrapper_name};
pub use summary::{InputMap, OutputMap, PlanSummary, StepSummary, WeightMap};
