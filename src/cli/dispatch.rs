//! Parse, dispatch, render errors.

use clap::Parser;

use super::args::{Cli, Command};
use super::failure::Failure;
use super::{Outcome, check, completions, generate, plan, pnr, quantize, run, sweep, synth, targets, verify};

/// Runs the program on the process's arguments; a wrong command line ends it with code 2.
pub fn main() -> Outcome {
    let cli = Cli::parse();
    dispatch(&cli).unwrap_or_else(|failure| {
        failure.print(cli.json);
        failure.outcome()
    })
}

fn dispatch(cli: &Cli) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Check(args) => check::run(args, cli.json),
        Command::Quantize(args) => quantize::run(args, cli.json),
        Command::Run(args) => run::run(args, cli.json),
        Command::Plan(args) => plan::run(args, cli.json),
        Command::Generate(args) => generate::run(args, cli.json),
        Command::Verify(args) => verify::run(args, cli.json),
        Command::Synth(args) => synth::run(args, cli.json),
        Command::Pnr(args) => pnr::run(args, cli.json),
        Command::Sweep(args) => sweep::run(args, cli.json),
        Command::Targets => targets::run(cli.json),
        Command::Completions(args) => completions::run(args),
    }
}
