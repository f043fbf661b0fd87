//! `rowsmith program`: a network compiled for a core that is there.

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::core_out::core_folder;
use super::failure::Failure;
use super::images::ImageArgs;
use super::planning::{framed, read_core, unit};
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
    /// Images of a frame, as for `rowsmith plan`.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    frame: u32,
    #[command(flatten)]
    images: ImageArgs,
}

/// Compiles and writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let out = core_folder(&args.out)?;
    let network = framed(&manifest::load(&args.model)?, args.frame)?;
    let plan = Survey::program(&network, &read_core(&args.core)?)?;
    let images = args.images.samples(&network)?;
    let files = hw::emit_program(&network, &plan, &images)?;
    out.write(&files)?;
    let digest = format!("{:08x}", hw::program_digest(&plan));
    let text = if json {
        format!("{}\n", json!({ "folder": args.out, "core": plan.core.name, "program": digest, "cycles": plan.cycles }))
    } else {
        format!(
            "{}: program {digest} for the core {} ({}), {} cycles per {}, in {}\n",
            plan.program.name,
            plan.core.name,
            plan.core.shape,
            plan.cycles,
            unit(&network),
            args.out.display()
        )
    };
    print(&text)?;
    Ok(Outcome::Good)
}
