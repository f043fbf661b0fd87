//! The command line: one file per subcommand, and the only place that knows of clap.

mod args;
mod check;
mod completions;
mod core;
mod core_out;
mod dispatch;
mod failure;
mod generate;
mod images;
mod outcome;
mod plan;
mod planning;
mod pnr;
mod program;
mod progress;
mod quantize;
mod quantize_args;
mod run;
mod sweep;
mod synth;
mod targets;
mod terminal;
mod tools;
mod verify;

pub use dispatch::main;
pub use outcome::Outcome;
