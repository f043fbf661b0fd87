//! Arguments and subcommands.

use clap::{Parser, Subcommand};

use super::{check, completions, generate, verify};

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
    /// Write a core: Verilog, memory images and scripts.
    Generate(generate::Args),
    /// Simulate a core and compare it with the golden model.
    Verify(verify::Args),
    /// Print a completion script for a shell.
    Completions(completions::Args),
}
