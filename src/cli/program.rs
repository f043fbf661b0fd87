//! `rowsmith program`: a network compiled for a core that is there.

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::core_out::core_folder;
use super::failure::Failure;
use super::images::ImageArgs;
use super::planning::read_core;
use super::terminal::print;
use crate::plan::Survey;
use crate::{hw, manifest};

/// Arguments of `program`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The manifest.
    model: PathBuf,
    /// The core's folder, as `rowsmith core` or `rowsmith generate` wrote it.
    #[arg(long, value_name = "DIR")]
    core: PathBuf,
    /// Folder to write: a new or empty one, or an earlier output, which is replaced.
    #[arg(short, long)]
    out: PathBuf,
    #[command(flatten)]
    images: ImageArgs,
}

/// Compiles and writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let out = core_folder(&args.out)?;
    let network = manifest::load(&args.model)?;
    let plan = Survey::program(&network, &read_core(&args.core)?)?;
    let images = args.images.samples(&network)?;
    let files = hw::emit_program(&network, &plan, &images)?;
    out.write(&files)?;
    let digest = format!("{:08x}", hw::program_digest(&plan));
    let text = if json {
        format!("{}\n", json!({ "folder": args.out, "core": plan.core.name, "program": digest, "cycles": plan.cycles }))
    } else {
        format!(
            "{}: program {digest} for the core {} ({}), {} cycles per image, in {}\n",
            plan.program.name,
            plan.core.name,
            plan.core.shape,
            plan.cycles,
            args.out.display()
        )
    };
    print(&text)?;
    Ok(Outcome::Good)
}
