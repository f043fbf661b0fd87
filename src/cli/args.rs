//! Arguments and subcommands.

use clap::{Parser, Subcommand};

use super::quantize_args::QuantizeArgs;
use super::{check, completions, core, generate, plan, pnr, program, run, sweep, synth, verify};

/// Generates FPGA cores for row-wise mixed-precision neural networks.
#[derive(Debug, Parser)]
#[command(name = "rowsmith", version, arg_required_else_help = true)]
pub(super) struct Cli {
    /// Print results and errors as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// One variant per file of this folder.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read a manifest, check everything in it, and print what it holds.
    Check(check::Args),
    /// Turn an ONNX network into a manifest: a number system for every row.
    Quantize(Box<QuantizeArgs>),
    /// Run the golden model on arrays: results, accuracy, comparison.
    Run(run::Args),
    /// Choose a core for a network and a target, and explain the choice.
    Plan(plan::Args),
    /// Write a core: Verilog, memory images and scripts.
    Generate(generate::Args),
    /// Write a core alone, which networks are compiled for later.
    Core(core::Args),
    /// Compile a network for a core that is there.
    Program(program::Args),
    /// Simulate a core and compare it with the golden model.
    Verify(verify::Args),
    /// Count a core's cells with Yosys, next to the plan's estimate.
    Synth(synth::Args),
    /// Place and route a core alone: its clock, cells and slowest path.
    Pnr(pnr::Args),
    /// Plan, generate, verify and synthesise a list of designs, in one table.
    Sweep(sweep::Args),
    /// List the outside tools that rowsmith finds, and where.
    Tools,
    /// List the built-in targets.
    Targets,
    /// Print a completion script for a shell.
    Completions(completions::Args),
}
