//! The command line: one file per subcommand, and the only place that knows of clap.

mod args;
mod check;
mod completions;
mod failure;
mod outcome;
mod run;

pub use outcome::Outcome;
pub use run::main;
