//! Simulation with Verilator: lint, build, run, and the typed result.

mod error;
mod job;
mod lint;
mod order;
mod result;
mod run;
mod stimulus;
mod verify;
mod verilator;

pub use error::SimError;
pub use job::{SimJob, SimProgram};
pub use lint::LintJob;
pub use order::{BeatFault, Scenario, SimConstant, SimDram, SimLanes, SimRegister, SimRun, SimSwitch, Stalls};
pub use result::{SimResult, TraceBeat, TraceLog};
pub use run::{SimProgress, wave_output};
pub use stimulus::random_images;
pub use verify::{Mismatch, Verifier, VerifyOptions, VerifyReport};
pub use verilator::{SimOptions, Standard, WaveFormat};
