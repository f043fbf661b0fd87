//! `rowsmith verify`: the emitted core against the golden model, under Verilator.

use std::path::PathBuf;

use super::Outcome;
use super::core_out::CoreOut;
use super::failure::Failure;
use super::images::ImageArgs;
use super::planning::{PlanArgs, unit};
use super::progress;
use super::terminal::print;
use crate::ir::Network;
use crate::plan::PlanError;
use crate::sim::{SimOptions, Stalls, Verifier, VerifyOptions, VerifyReport, WaveFormat, wave_output};
use crate::tool::{Cache, Tool, ToolKind};
use crate::{golden, hw};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    images: ImageArgs,
    /// Chance in per mille that either stream pauses in a cycle.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(0..=990))]
    stalls: u16,
    /// Seed of the images, the pauses and the moment of the reset.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compare the result of every layer and name the first that differs.
    #[arg(long)]
    trace_layers: bool,
    /// Verify this layer alone, with what the golden model gives it of each image.
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Write the waves of the first run (.fst or .vcd).
    #[arg(long, value_name = "FILE")]
    wave: Option<PathBuf>,
    /// Simulate the FPGA cells of the lanes instead of their behaviour; slow.
    #[arg(long)]
    cells: bool,
    /// Keep the emitted folder here.
    #[arg(short, long)]
    out: Option<PathBuf>,
}

/// Emits, builds, simulates, compares.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let cache = Cache::from_env();
    if let Some(wave) = &args.wave {
        wave_output(wave)?;
    }
    let out = CoreOut::prepare(args.out.as_deref(), &cache)?;
    let network = args.plan.network()?;
    let loaded = args.images.load(&network, args.images.wanted())?;
    let images = match &loaded {
        Some(loaded) => loaded.images.clone(),
        None => args.images.draw(&network, 8, args.seed)?,
    };
    let (network, images) = match &args.layer {
        Some(layer) => layer_alone(&network, layer, &images)?,
        None => (network, images),
    };
    let plan = args.plan.plan_of(&network)?;
    let verilator = Tool::find(ToolKind::Verilator)?;
    let folder = out.write(&hw::emit(&network, &plan, &images[..1])?)?;
    let spinner = progress::spinner("building the simulation");
    let built = SimOptions { wave: args.wave.as_deref().map(WaveFormat::of_file), cells: args.cells };
    let verifier = Verifier::build(&network, &plan, folder, built, &verilator, &cache)?;
    spinner.finish_and_clear();
    let options = VerifyOptions {
        stalls: Stalls { input: args.stalls, output: args.stalls },
        seed: args.seed,
        trace_layers: args.trace_layers,
        wave: args.wave.clone(),
        reset: true,
    };
    let bar = progress::share("simulating", verifier.cycles(images.len(), &options));
    let report = verifier.run(&images, &options, |done| bar.set_position(done))?;
    bar.finish_and_clear();
    let note = args.images.note(loaded.as_ref());
    let text = if json {
        let mut value = serde_json::to_value(&report).unwrap_or_default();
        value["saturated"] = loaded.map(|loaded| loaded.saturated).into();
        format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default())
    } else {
        note + &as_text(&network, &report)
    };
    print(&text)?;
    Ok(if report.passed() { Outcome::Good } else { Outcome::Mismatch })
}

/// A layer as a network, and its operand of each image.
fn layer_alone(network: &Network, layer: &str, images: &[Vec<i32>]) -> Result<(Network, Vec<Vec<i32>>), Failure> {
    let refused = |cause| PlanError::Layer { network: network.name.clone(), layer: layer.to_owned(), cause };
    let (alone, operand) = network.of_layer(layer).map_err(refused)?;
    let operands = images.iter().map(|image| Ok(golden::run(network, image)?.tensor(operand).to_vec()));
    Ok((alone, operands.collect::<Result<_, golden::GoldenError>>()?))
}

fn as_text(network: &Network, report: &VerifyReport) -> String {
    let unit = unit(network);
    let verdict = match &report.first {
        None => "bit-exact".to_owned(),
        Some(m) => format!(
            "{} {unit}s differ; first in the {} run: {unit} {}, layer `{}`, row {}, pixel ({}, {}): expected {}, found {}",
            report.mismatches, m.run, m.image, m.layer, m.row, m.y, m.x, m.expected, m.found
        ),
    };
    format!(
        "{} {unit}s: {verdict}\ncycles per {unit}: {} predicted, {:.1} simulated; latency {}\n",
        report.images, report.cycles_predicted, report.cycles, report.latency
    )
}
