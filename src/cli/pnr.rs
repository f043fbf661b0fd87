//! `rowsmith pnr`: the emitted core placed and routed alone, its clock, cells and slowest path.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use serde_json::json;

use super::Outcome;
use super::core_out::CoreOut;
use super::failure::Failure;
use super::planning::PlanArgs;
use super::progress;
use super::terminal::print;
use crate::hw::{self, wrapper_name};
use crate::plan::Plan;
use crate::pnr::{Nextpnr, Packer, Placer, RouteError, RouteJob, SeedReport};
use crate::report::{module_table, route_text};
use crate::synth::{SynthJob, Synthesizer, Yosys};
use crate::target::Device;
use crate::tool::{Cache, ToolError};

/// Arguments of `pnr`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Clock to aim for, in MHz; the target's own by default. Missing it ends with exit code 1.
    #[arg(long, value_name = "MHZ", value_parser = megahertz)]
    freq: Option<f64>,
    /// How nextpnr places; by default `static` on ECP5. Try `heap` if a placement is not routed in time.
    #[arg(long)]
    placer: Option<Placer>,
    /// Place with the seeds 1 to N and report the best.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    seeds: u32,
    /// Give up on a placement that is not routed after N minutes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    minutes: Option<u64>,
    /// Number of placements run in parallel; 0 is one per processor.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = RangedU64ValueParser::<usize>::new().range(..=1024))]
    jobs: usize,
    /// Keep the emitted folder here, with the bitstream in its `synth`.
    #[arg(short, long)]
    out: Option<PathBuf>,
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn megahertz(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| *value > 0.0 && *value < 1e4);
    value.ok_or_else(|| "give a clock above 0 and below 10000 MHz".to_owned())
}

/// Emits, synthesises, places and routes. A missed clock is outcome 1.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let cache = Cache::from_env();
    let out = CoreOut::prepare(args.out.as_deref(), &cache)?;
    let (network, mut plan) = args.plan.plan()?;
    plan.core.target.clock_mhz = args.freq.unwrap_or(plan.core.target.clock_mhz);
    let device = plan.core.target.device.clone();
    let device = device.ok_or_else(|| RouteError::NoDevice { target: plan.core.target.name.clone() })?;
    let (yosys, router) = (Yosys::find()?, Nextpnr::find(plan.core.target.family)?);
    let folder = out.write(&hw::emit(&network, &plan, &[])?)?;
    let job = SynthJob { folder, top: plan.core.name.clone(), family: plan.core.target.family, flat: false };
    let spinner = progress::spinner("synthesising");
    let (text, outcome) = if let Some(router) = router {
        let netlist = yosys.netlist(&job, &cache)?;
        spinner.set_message("placing and routing");
        let (top, clock_mhz) = (wrapper_name(&plan.core.name), plan.core.target.clock_mhz);
        let (placer, limit) = (args.placer, args.minutes.map(minutes));
        let route = RouteJob { netlist, top, device: device.clone(), clock_mhz, placer, seed: 1, limit };
        let report = SeedReport::route(&router, &route, args.seeds, args.jobs, &cache)?;
        let bitstream = pack(&plan, &device, &report, &out, &cache)?;
        routed(&plan, &report, bitstream.as_deref(), json)
    } else {
        counted(&plan, &yosys, &job, args.out.as_deref(), &cache, json)?
    };
    spinner.finish_and_clear();
    print(&text)?;
    Ok(outcome)
}

/// The bitstream of the best placement, in the folder if it is kept, else in the cache.
fn pack(
    plan: &Plan,
    device: &Device,
    report: &SeedReport,
    out: &CoreOut,
    cache: &Cache,
) -> Result<Option<PathBuf>, Failure> {
    let Some(packer) = Packer::find(plan.core.target.family)? else { return Ok(None) };
    let packed = packer.pack(&report.best.layout, device, cache)?;
    let bytes = fs::read(&packed).map_err(ToolError::io("cannot read", &packed))?;
    let extension = packed.extension().unwrap_or_default().to_string_lossy();
    let kept = out.keep(&format!("synth/{}.{extension}", wrapper_name(&plan.core.name)), &bytes)?;
    Ok(Some(kept.unwrap_or(packed)))
}

fn routed(plan: &Plan, report: &SeedReport, bitstream: Option<&Path>, json: bool) -> (String, Outcome) {
    let met = report.best.is_met();
    let text = if json {
        let all = json!({ "design": plan.core.name, "target": plan.core.target.name, "met": met, "best": report.best,
            "seeds": report.seeds, "bitstream": bitstream });
        format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default())
    } else {
        let bitstream = match bitstream {
            Some(path) => format!("bitstream: {}", path.display()),
            None => "no bitstream: the packer was not found; `make setup` installs it".to_owned(),
        };
        format!("{} on {} {}\n{bitstream}\n", plan.core.name, plan.core.target.title, route_text(report))
    };
    (text, if met { Outcome::Good } else { Outcome::Mismatch })
}

/// 7 series: nothing here can route it, so cells are counted and Vivado's script is left in the folder.
fn counted(
    plan: &Plan,
    yosys: &Yosys,
    job: &SynthJob,
    out: Option<&Path>,
    cache: &Cache,
    json: bool,
) -> Result<(String, Outcome), Failure> {
    let report = yosys.synthesize(job, cache)?;
    let script = out.map(|out| out.join("synth/vivado.tcl"));
    let fits = report.fits(&plan.core.target);
    let text = if json {
        let all = json!({ "design": plan.core.name, "target": plan.core.target.name, "met": null, "best": null,
            "fits": fits, "counted": report, "script": script });
        format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default())
    } else {
        let hint = match &script {
            Some(script) => format!("{}: `make vivado` in the folder runs it", script.display()),
            None => "`--out FOLDER` keeps the folder with synth/vivado.tcl".to_owned(),
        };
        let (table, verdict) = (module_table(&plan.resources, &report), if fits { "fits" } else { "does not fit" });
        format!(
            "{} on {}: not routed: rowsmith runs no router for this family; cells counted by {}\n{table}\n{verdict}\n{hint}\n",
            plan.core.name, plan.core.target.title, report.tool
        )
    };
    Ok((text, if fits { Outcome::Good } else { Outcome::Mismatch }))
}
