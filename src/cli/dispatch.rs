//! Parse, dispatch, render errors.

use std::io::IsTerminal;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Command};
use super::failure::Failure;
use super::terminal::{clean, complain, print};
use super::{
    Outcome, check, completions, core, generate, plan, pnr, program, quantize, run, sweep, synth, targets, tools,
    verify,
};

/// Runs the program on the process's arguments; a wrong command line ends it with code 2.
pub fn main() -> Outcome {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return tell(&answer).unwrap_or_else(|failure| report(&failure, false)),
    };
    dispatch(&cli).unwrap_or_else(|failure| report(&failure, cli.json))
}

fn report(failure: &Failure, json: bool) -> Outcome {
    failure.print(json);
    failure.outcome()
}

/// Prints what clap says: help and version, or what is wrong with the command line.
fn tell(answer: &clap::Error) -> Result<Outcome, Failure> {
    let plain = answer.render().to_string();
    if !answer.use_stderr() {
        print(&plain)?;
        return Ok(Outcome::Good);
    }
    let coloured = std::io::stderr().is_terminal() && clean(&plain) == plain;
    complain(if coloured { answer.render().ansi().to_string() } else { clean(&plain) }.trim_end());
    Ok(Outcome::Failed)
}

fn dispatch(cli: &Cli) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Check(args) => check::run(args, cli.json),
        Command::Quantize(args) => quantize::run(args, cli.json),
        Command::Run(args) => run::run(args, cli.json),
        Command::Plan(args) => plan::run(args, cli.json),
        Command::Generate(args) => generate::run(args, cli.json),
        Command::Core(args) => core::run(args, cli.json),
        Command::Program(args) => program::run(args, cli.json),
        Command::Verify(args) => verify::run(args, cli.json),
        Command::Synth(args) => synth::run(args, cli.json),
        Command::Pnr(args) => pnr::run(args, cli.json),
        Command::Sweep(args) => sweep::run(args, cli.json),
        Command::Tools => tools::run(cli.json),
        Command::Targets => targets::run(cli.json),
        Command::Completions(args) => completions::run(args, Cli::command()),
    }
}
