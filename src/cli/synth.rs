//! `rowsmith synth`: the emitted core through Yosys, counts beside estimates.

use std::path::PathBuf;

use serde_json::json;

use super::Outcome;
use super::core_out::CoreOut;
use super::failure::Failure;
use super::planning::PlanArgs;
use super::progress;
use super::terminal::print;
use crate::hw;
use crate::report::module_table;
use crate::synth::{SynthJob, Synthesizer, Yosys};
use crate::tool::Cache;

/// Arguments of `synth`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Flatten the hierarchy: a smaller core, but counted as one module.
    #[arg(long)]
    flat: bool,
    /// Keep the emitted folder here.
    #[arg(short, long)]
    out: Option<PathBuf>,
}

/// Emits, synthesises, compares with the device. Over budget is outcome 1.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let cache = Cache::from_env();
    let out = CoreOut::prepare(args.out.as_deref(), &cache)?;
    let (network, plan) = args.plan.plan()?;
    let yosys = Yosys::find()?;
    let folder = out.write(&hw::emit(&network, &plan, &[])?)?;
    let spinner = progress::spinner("synthesising");
    let job = SynthJob { folder, top: plan.core.name.clone(), family: plan.core.target.family, flat: args.flat };
    let report = yosys.synthesize(&job, &cache)?;
    spinner.finish_and_clear();
    let (total, device) = (report.total, &plan.core.target);
    let fits = report.fits(device);
    let text = if json {
        let all = json!({ "fits": fits, "estimated": plan.resources, "counted": report });
        format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default())
    } else {
        format!(
            "{} on {} by {}\n{}\n{} of {} LUTs, {} of {} DSP blocks, {} of {} block RAM: {}\n",
            plan.core.name,
            device.title,
            report.tool,
            module_table(&plan.resources, &report),
            total.lut,
            device.luts,
            total.dsp,
            device.dsps,
            total.bram,
            device.block_ram.blocks,
            if fits { "fits" } else { "does not fit" }
        )
    };
    print(&text)?;
    Ok(if fits { Outcome::Good } else { Outcome::Mismatch })
}
