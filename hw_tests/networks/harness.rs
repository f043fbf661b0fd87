//! Networks on cores: lint, outputs under stalls and after a reset, every layer, and the cycle model.

use std::fmt;
use std::path::{Path, PathBuf};

use rowsmith::hw;
use rowsmith::ir::Network;
use rowsmith::plan::{CoreShape, Plan};
use rowsmith::sim::{LintJob, SimOptions, Stalls, Verifier, VerifyOptions, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool};
use tempfile::TempDir;

use crate::seeded::Subject;

/// Cycles per image of a network on its core.
pub struct Cycles {
    pub predicted: f64,
    pub simulated: f64,
    pub bound: String,
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { predicted, simulated, bound } = self;
        write!(f, "{predicted} cycles predicted, {simulated:.1} simulated, bound by {bound}")
    }
}

/// Plans, emits, lints, simulates and compares; a fault is a sentence.
pub fn check(seed: u64, subject: &Subject, verilator: &Tool) -> Result<Cycles, String> {
    let target = Target::find(subject.target).map_err(|e| e.to_string())?;
    check_on(seed, &subject.network, &target, &subject.shape, verilator)
}

pub fn check_on(
    seed: u64,
    network: &Network,
    target: &Target,
    shape: &CoreShape,
    verilator: &Tool,
) -> Result<Cycles, String> {
    let (folder, plan) = emitted(network, target, shape)?;
    let core = folder.path().join("core");
    lint(&core, &plan.core.name, verilator)?;
    simulate(seed, network, &plan, core, verilator)
}

pub fn simulate(seed: u64, network: &Network, plan: &Plan, core: PathBuf, verilator: &Tool) -> Result<Cycles, String> {
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let verifier =
        Verifier::build(network, plan, core, SimOptions::default(), verilator, &cache).map_err(|e| e.to_string())?;
    let options =
        VerifyOptions { stalls: Stalls { input: 250, output: 350 }, seed, trace_layers: true, wave: None, reset: true };
    let report = verifier.run(&random_images(network, 3, seed), &options, |_| ()).map_err(|e| e.to_string())?;
    if let Some(first) = report.first {
        return Err(format!("{first:?}"));
    }
    let (predicted, simulated) = (report.cycles_predicted as f64, report.cycles);
    let from = if plan.core.is_streamed() { ", weights from DRAM" } else { "" };
    let cycles = Cycles { predicted, simulated, bound: plan.bound() + from };
    // The model's refreshes come at other moments.
    let refresh = plan.core.dram().map_or(0, |dram| dram.refresh_cycles);
    if (predicted - simulated).abs() > 0.01 * simulated + 2.0 * f64::from(refresh) {
        Err(cycles.to_string())
    } else {
        Ok(cycles)
    }
}

/// The plan of a network, and a folder with its `core`.
pub fn emitted(network: &Network, target: &Target, shape: &CoreShape) -> Result<(TempDir, Plan), String> {
    let plan = Plan::build(network, target, shape).map_err(|e| format!("refused: {e}"))?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let files = hw::emit(network, &plan, &[]).map_err(|e| e.to_string())?;
    files.write(&folder.path().join("core")).map_err(|e| e.to_string())?;
    Ok((folder, plan))
}

pub fn lint(core: &Path, name: &str, verilator: &Tool) -> Result<(), String> {
    let job = LintJob::of_core(core, name).map_err(|e| e.to_string())?;
    job.run(verilator).map_err(|e| format!("lint: {e}"))
}
