//! `rowsmith completions SHELL`.

use clap_complete::Shell;

use super::Outcome;
use super::failure::Failure;
use super::terminal::write;

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

/// Prints the script for the whole command line.
pub(super) fn run(args: &Args, mut whole: clap::Command) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut whole, "rowsmith", &mut script);
    write(&script)?;
    Ok(Outcome::Good)
}
