//! `rowsmith generate`: the core's folder.

use std::io::Write;
use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::failure::{Failure, OutputError};
use super::images::ImageArgs;
use super::planning::PlanArgs;
use crate::hw;
use crate::sim::random_images;

/// Arguments of `generate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Folder to write; an earlier output there is replaced.
    #[arg(short, long)]
    out: PathBuf,
    #[command(flatten)]
    images: ImageArgs,
}

/// Plans, renders and writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let (network, plan) = args.plan.plan()?;
    let count = args.images.wanted().unwrap_or(2);
    let loaded = args.images.load(&network, Some(count))?;
    let images = loaded.map_or_else(|| random_images(&network, count, 1), |loaded| loaded.images);
    let files = hw::emit(&network, &plan, &images)?;
    files.write(&args.out)?;
    let text = if json {
        format!(
            "{}\n",
            json!({ "folder": args.out, "files": files.iter().count(), "digest": files.digest(), "cycles": plan.cycles })
        )
    } else {
        format!(
            "{}: {} core of {} MACs per cycle for {}, {} cycles per image, {} files in {}\n",
            plan.name,
            plan.shape,
            plan.shape.macs_per_cycle(),
            plan.target.name,
            plan.cycles,
            files.iter().count(),
            args.out.display()
        )
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(OutputError)?;
    Ok(Outcome::Good)
}
