//! The command line: one file per subcommand, and the only place that knows of clap.

mod args;
mod check;
mod completions;
mod failure;
mod generate;
mod outcome;
mod plan;
mod planning;
mod pnr;
mod progress;
mod quantize;
mod quantize_args;
mod run;
mod sweep;
mod synth;
mod targets;
mod verify;

pub use outcome::Outcome;
pub use run::main;
