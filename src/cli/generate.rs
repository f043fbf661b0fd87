//! `rowsmith generate`: the core's folder.

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::core_out::core_folder;
use super::failure::Failure;
use super::images::ImageArgs;
use super::planning::{PlanArgs, unit};
use super::terminal::print;
use crate::hw;

/// Arguments of `generate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Folder to write: a new or empty one, or an earlier output, which is replaced.
    #[arg(short, long)]
    out: PathBuf,
    #[command(flatten)]
    images: ImageArgs,
}

/// Plans, renders and writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let out = core_folder(&args.out)?;
    let (network, plan) = args.plan.plan()?;
    let images = args.images.samples(&network)?;
    let files = hw::emit(&network, &plan, &images)?;
    out.write(&files)?;
    let text = if json {
        format!(
            "{}\n",
            json!({ "folder": args.out, "files": files.iter().count(), "digest": files.digest(), "cycles": plan.cycles })
        )
    } else {
        format!(
            "{}: {} core of {} MACs per cycle for {}, {} cycles per {}, {} files in {}\n",
            plan.core.name,
            plan.core.shape,
            plan.core.shape.macs_per_cycle(),
            plan.core.target.name,
            plan.cycles,
            unit(&network),
            files.iter().count(),
            args.out.display()
        )
    };
    print(&text)?;
    Ok(Outcome::Good)
}
