//! `rowsmith core`: a core alone, for networks or with given capacities.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use super::core_out::core_folder;
use super::failure::Failure;
use super::planning::{Arrays, WeightsArg, read_core_file};
use super::terminal::print;
use crate::ir::Network;
use crate::plan::{Core, Plan, Request};
use crate::target::Target;
use crate::{hw, manifest};

/// Arguments of `core`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Manifests of the networks that are to run on it.
    #[arg(required_unless_present = "capacities")]
    models: Vec<PathBuf>,
    /// A core's file, such as an edited `core.toml`, which says what the core has room for.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "target", "shape", "rows", "arrays", "weights", "name"])]
    capacities: Option<PathBuf>,
    /// Target: a built-in name (see `rowsmith targets`) or a profile file.
    #[arg(short, long, required_unless_present = "capacities")]
    target: Option<String>,
    /// Array shape `CIxPXxR`, with `xQ`, `xD` and `@BITS` if need be. By default, the planner chooses it.
    #[arg(long, value_name = "CIxPXxR")]
    shape: Option<String>,
    /// Rows of each array, such as `dsp(4)=4,sp2(4)=12`. By default, the planner chooses them.
    #[arg(long, value_name = "LANE=ROWS,...")]
    rows: Option<String>,
    /// What the planner may build arrays from.
    #[arg(long, value_enum, default_value_t)]
    arrays: Arrays,
    /// Where the core has its weights while it runs.
    #[arg(long, value_enum, default_value_t)]
    weights: WeightsArg,
    /// Name of its modules. By default, the first network's.
    #[arg(long)]
    name: Option<String>,
    /// Folder to write: a new or empty one, or an earlier output, which is replaced.
    #[arg(short, long)]
    out: PathBuf,
}

/// Plans, renders and writes.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let out = core_folder(&args.out)?;
    let core = match &args.capacities {
        Some(file) => of_capacities(file)?,
        None => shared(args)?,
    };
    let files = hw::emit_core(&core)?;
    out.write(&files)?;
    let text = if json {
        format!("{}\n", json!({ "folder": args.out, "core": core.name, "digest": core.digest(), "room": core.room }))
    } else {
        format!(
            "{}: {} core of {} MACs per cycle for {}, digest {}, in {}\n",
            core.name,
            core.shape,
            core.shape.macs_per_cycle(),
            core.target.name,
            &core.digest()[..8],
            args.out.display()
        )
    };
    print(&text)?;
    Ok(Outcome::Good)
}

/// A core of a file, which a loader fills.
fn of_capacities(file: &Path) -> Result<Core, Failure> {
    let core = read_core_file(file)?;
    Ok(Core { loading: core.loading.by_loader(), ..core })
}

/// The core that all networks run on.
fn shared(args: &Args) -> Result<Core, Failure> {
    let networks: Vec<Network> = args.models.iter().map(|path| manifest::load(path)).collect::<Result<_, _>>()?;
    let target = Target::find(args.target.as_deref().unwrap_or_default())?;
    let request = Request::parse(args.shape.as_deref(), args.rows.as_deref())?;
    let request = Request { array_use: args.arrays.into(), loading: args.weights.loading(), ..request };
    let mut plans: Vec<Plan> = request.share(&networks.iter().collect::<Vec<_>>(), &target)?;
    let mut core = plans.remove(0).core;
    if let Some(name) = &args.name {
        core.name.clone_from(name);
    }
    // What the file of a core must be holds for this one too, its name above all.
    Ok(Core::from_toml(&core.to_toml(), "--name")?)
}
