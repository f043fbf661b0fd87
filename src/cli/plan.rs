//! `rowsmith plan`: shape, steps, cycles and resources, and why.

use std::io::Write;

use super::Outcome;
use super::failure::{Failure, OutputError};
use super::planning::PlanArgs;
use crate::hw::PlanSummary;
use crate::ir::Network;
use crate::plan::Plan;
use crate::report::{plan_table, resource_table};

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
}

/// Plans and prints.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let (network, plan) = args.plan.plan()?;
    let text = if json {
        let summary = PlanSummary::of(&plan, network.tensor(network.input).shape);
        format!("{}\n", serde_json::to_string_pretty(&summary).unwrap_or_default())
    } else {
        as_text(&network, &plan)
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(OutputError)?;
    Ok(Outcome::Good)
}

fn as_text(network: &Network, plan: &Plan) -> String {
    let arrays: Vec<String> = plan.shape.arrays.iter().map(ToString::to_string).collect();
    let rate = plan.target.clock_mhz * 1e6 / plan.cycles.max(1) as f64;
    format!(
        "{} on {}: shape {} (CI x PX x R), Q = {}, {} MACs per cycle\n\
         arrays: {}\n{}\n\
         {} cycles per image, bound by {}\n\
         {} MACs per image: {:.1} % of the arrays' capacity; {rate:.0} images per second at {} MHz\n{}\n",
        network.name,
        plan.target.title,
        plan.shape,
        plan.shape.q,
        plan.shape.macs_per_cycle(),
        arrays.join(", "),
        plan_table(plan),
        plan.cycles,
        plan.bound(),
        plan.macs,
        100.0 * plan.efficiency(),
        plan.target.clock_mhz,
        resource_table(&plan.resources, &plan.target),
    )
}
