//! `rowsmith plan`: shape, steps, cycles and resources, and why.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Outcome;
use super::failure::Failure;
use super::planning::{PlanArgs, unit};
use super::terminal::print;
use crate::files::OutputFile;
use crate::hw::PlanSummary;
use crate::ir::Network;
use crate::plan::Plan;
use crate::report::{front_figure, front_table, plan_table, resource_table};

/// Arguments of `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// List all plans that no other plan beats in both cycles and LUTs, and draw them in this SVG file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "pareto.svg", conflicts_with = "core")]
    pareto: Option<PathBuf>,
}

/// Plans and prints.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let text = if let Some(file) = &args.pareto {
        let output = OutputFile::prepare(file)?.starting_with(&[b"<svg"])?;
        pareto(args, file, &output, json)?
    } else {
        let (network, plan) = args.plan.plan()?;
        if json {
            as_json(&plan)
        } else {
            as_text(&network, &plan) + &offers(&args.plan.frames(&network, &plan.core.target))
        }
    };
    print(&text)?;
    Ok(Outcome::Good)
}

fn as_json(plan: &Plan) -> String {
    let summary = PlanSummary::of(plan);
    format!("{}\n", serde_json::to_string_pretty(&summary).unwrap_or_default())
}

/// What frames would bring.
fn offers(frames: &[(usize, Plan)]) -> String {
    let line = |(images, plan): &(usize, Plan)| {
        format!(
            "--frame {images}: {:.1} cycles per image, {} after the first beat of its frame; shape {}, {} LUTs\n",
            plan.cycles as f64 / *images as f64,
            plan.cycles + plan.load_cycles,
            plan.core.shape,
            plan.resources.lut
        )
    };
    frames.iter().map(line).collect()
}

/// The front of plans, drawn into a file.
fn pareto(args: &Args, file: &Path, output: &OutputFile, json: bool) -> Result<String, Failure> {
    let (network, target, front) = args.plan.front()?;
    let figure = front_figure(&network.name, &target, &front)?;
    output.write(figure.as_bytes())?;
    if !json {
        let lines = front_table(&front);
        return Ok(format!("{} on {}\n{lines}\ndrawn: {}\n", network.name, target.title, file.display()));
    }
    let plan = |plan: &Plan| {
        json!({ "shape": plan.core.shape.to_string(), "arrays": plan.core.shape.array_names(), "macs_per_cycle": plan.core.shape.macs_per_cycle(),
            "cycles": plan.cycles, "lut": plan.resources.lut, "ff": plan.resources.ff, "dsp": plan.resources.dsp,
            "bram": plan.resources.bram })
    };
    let all = json!({ "design": network.name, "target": target.name, "figure": file,
        "front": front.iter().map(plan).collect::<Vec<_>>() });
    Ok(format!("{}\n", serde_json::to_string_pretty(&all).unwrap_or_default()))
}

/// What convolutions with groups cost, where there are any.
fn zeros(plan: &Plan) -> String {
    let zeros: u64 = plan.program.steps.iter().map(|step| step.zeros).sum();
    let total = zeros + plan.program.macs;
    if zeros == 0 {
        return String::new();
    }
    format!(
        "warning: {:.1} % of the multiply-accumulates are by zero: a convolution with groups runs as one group, with zero weights \
         outside each of its groups\n",
        100.0 * zeros as f64 / total as f64
    )
}

fn as_text(network: &Network, plan: &Plan) -> String {
    let (shape, rows) = plan.core.shape.arguments();
    format!(
        "{} on {}: shape {} (CI x PX x R), Q = {}{}, {} MACs per cycle{}\n\
         to get this core again: --shape {shape} --rows '{rows}'\n{}{}\n\
         {} cycles per {}, bound by {}\n\
         {} MACs per {}: {:.1} % of the arrays' capacity; {:.0} images per second at {} MHz\n{}\n",
        network.name,
        plan.core.target.title,
        plan.core.shape,
        plan.core.shape.q,
        if plan.core.shape.drained > 1 { format!(", D = {}", plan.core.shape.drained) } else { String::new() },
        plan.core.shape.macs_per_cycle(),
        if network.images > 1 { format!("; frames of {} images", network.images) } else { String::new() },
        zeros(plan),
        plan_table(plan),
        plan.cycles,
        unit(network),
        plan.bound(),
        plan.program.macs,
        unit(network),
        100.0 * plan.efficiency(),
        plan.images_per_second(),
        plan.core.target.clock_mhz,
        resource_table(&plan.resources, &plan.core.target),
    )
}
