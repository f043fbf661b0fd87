//! `rowsmith sweep`: a list of designs, each planned, generated, simulated and synthesised, in one table.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Outcome;
use super::core_out::core_folder;
use super::failure::Failure;
use super::progress;
use super::terminal::print;
use crate::files::{OutputFolder, SharedFile, read_text};
use crate::host::{Classes, load_images, load_labels};
use crate::plan::{ArrayUse, Plan, Request};
use crate::report::{DesignReport, accuracy, comparison_table, design_table};
use crate::sim::{SimOptions, Verifier, VerifyOptions, random_images};
use crate::synth::{SynthJob, Synthesizer, Yosys};
use crate::target::Target;
use crate::tool::{Cache, Tool, ToolKind};
use crate::{hw, manifest};

/// Largest list in bytes.
const LIST_LIMIT: u64 = 16 << 20;

/// Arguments of `sweep`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The list of designs (TOML).
    list: PathBuf,
    /// Folder for the cores and the results: `NAME/` per design and `LIST.json`.
    #[arg(short, long)]
    out: PathBuf,
}

/// The list; paths are relative to its folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    format: u32,
    design: Vec<Design>,
}

/// One design.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Design {
    name: String,
    manifest: PathBuf,
    target: String,
    images: Option<PathBuf>,
    labels: Option<PathBuf>,
    shape: Option<String>,
    rows: Option<String>,
    /// `mixed` (default), `dsp` or `lut`.
    #[serde(default)]
    arrays: Option<String>,
    /// Name of the design on the same target that this one is compared with.
    baseline: Option<String>,
    #[serde(default = "yes")]
    synth: bool,
}

fn yes() -> bool {
    true
}

/// The list cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{file}: {cause}")]
#[diagnostic(code("RWS-C002"), help("examples/demo.toml is an example of such a list"))]
struct ListError {
    file: String,
    cause: String,
}

/// Runs all designs and prints one table. A design that fails leaves the others their results.
pub(super) fn run(args: &Args, json: bool) -> Result<Outcome, Failure> {
    let list = read(&args.list)?;
    let base = args.list.parent().unwrap_or(Path::new("."));
    let name = args.list.file_stem().map_or_else(|| "sweep".into(), |s| s.to_string_lossy().into_owned());
    let results_file = SharedFile::prepare(&args.out, &format!("{name}.json"))?;
    let outputs = list.design.iter().map(|design| core_folder(&args.out.join(&design.name)));
    let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
    let tools = (Tool::find(ToolKind::Verilator)?, Yosys::find()?, Cache::from_env());
    let bar = progress::bar("designs", list.design.len() as u64);
    let results: Vec<Result<DesignReport, Failure>> = list
        .design
        .par_iter()
        .zip(&outputs)
        .map(|(design, output)| {
            let report = evaluate(design, base, (&args.out.join(&design.name), output), &tools);
            bar.inc(1);
            report
        })
        .collect();
    bar.finish_and_clear();
    let sweep = Sweep::of(&list, results);
    let text = format!("{}\n", serde_json::to_string_pretty(&sweep.as_json(&tools)).unwrap_or_default());
    results_file.write(text.as_bytes())?;
    print(&if json { text } else { sweep.as_text() })?;
    for (_, failure) in &sweep.failed {
        failure.print(json);
    }
    Ok(sweep.outcome())
}

/// What became of the designs.
struct Sweep {
    reports: Vec<DesignReport>,
    /// Designs with their baselines, by their places among the reports.
    pairs: Vec<(usize, usize)>,
    failed: Vec<(String, Failure)>,
}

impl Sweep {
    fn of(list: &List, results: Vec<Result<DesignReport, Failure>>) -> Self {
        let (mut reports, mut finished, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (design, result) in list.design.iter().zip(results) {
            match result {
                Ok(report) => {
                    reports.push(report);
                    finished.push(design);
                }
                Err(failure) => failed.push((design.name.clone(), failure)),
            }
        }
        let place = |name: &str| finished.iter().position(|design| design.name == name);
        let pair = |(index, design): (usize, &&Design)| Some((index, place(design.baseline.as_deref()?)?));
        let pairs = finished.iter().enumerate().filter_map(pair).collect();
        Self { reports, pairs, failed }
    }

    fn as_json(&self, (verilator, yosys, _): &(Tool, Yosys, Cache)) -> Value {
        let reports = &self.reports;
        let speedup = |&(d, b): &(usize, usize)| {
            json!({
                "target": reports[d].target,
                "baseline": reports[b].name,
                "design": reports[d].name,
                "speed_up": reports[b].cycles / reports[d].cycles.max(1.0),
            })
        };
        let comparisons: Vec<_> = self.pairs.iter().map(speedup).collect();
        let mut all = json!({ "designs": reports, "comparisons": comparisons, "synthesis": yosys.version(), "simulator": verilator.version });
        if !self.failed.is_empty() {
            let failed = |(name, failure): &(String, Failure)| json!({ "name": name, "code": failure.code(), "message": failure.message() });
            all["failed"] = self.failed.iter().map(failed).collect();
        }
        all
    }

    fn as_text(&self) -> String {
        let mut text = format!("{}\n{}\n", design_table(&self.reports), comparison_table(&self.reports, &self.pairs));
        text.extend(self.failed.iter().map(|(name, failure)| format!("{name} failed: {}\n", failure.message())));
        text
    }

    /// The worst of all designs.
    fn outcome(&self) -> Outcome {
        if self.failed.iter().any(|(_, failure)| failure.outcome() == Outcome::Failed) {
            Outcome::Failed
        } else if self.failed.is_empty() && self.reports.iter().all(DesignReport::good) {
            Outcome::Good
        } else {
            Outcome::Mismatch
        }
    }
}

fn read(path: &Path) -> Result<List, ListError> {
    let fail = |cause: String| ListError { file: path.display().to_string(), cause };
    let text = read_text(path, LIST_LIMIT).map_err(|e| fail(e.to_string()))?;
    let list: List = toml::from_str(&text).map_err(|e| fail(e.to_string()))?;
    if list.format != 1 {
        return Err(fail(format!("format {} is not supported; this version reads format 1", list.format)));
    }
    let plain = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    for (index, design) in list.design.iter().enumerate() {
        if !plain(&design.name) || list.design[..index].iter().any(|d| d.name == design.name) {
            return Err(fail(format!(
                "design {index}: the name must be unique and consist of letters, digits, `-` and `_`"
            )));
        }
        if let Some(baseline) = &design.baseline
            && !list.design.iter().any(|d| d.name == *baseline && d.target == design.target)
        {
            return Err(fail(format!(
                "design `{}`: its baseline `{baseline}` is not a design on the same target",
                design.name
            )));
        }
    }
    Ok(list)
}

fn request(design: &Design) -> Result<Request, Failure> {
    let parsed = Request::parse(design.shape.as_deref(), design.rows.as_deref())?;
    let array_use = match design.arrays.as_deref() {
        None | Some("mixed") => ArrayUse::Mixed,
        Some("dsp") => ArrayUse::Dsp,
        Some("lut") => ArrayUse::Lut,
        Some(other) => {
            let cause = format!("`arrays` is `{other}`; it must be mixed, dsp or lut");
            return Err(ListError { file: design.name.clone(), cause }.into());
        }
    };
    Ok(Request { array_use, ..parsed })
}

fn evaluate(
    design: &Design,
    base: &Path,
    (folder, output): (&Path, &OutputFolder),
    (verilator, yosys, cache): &(Tool, Yosys, Cache),
) -> Result<DesignReport, Failure> {
    let network = manifest::load(&base.join(&design.manifest))?;
    let target = Target::find_from(base, &design.target)?;
    let plan = request(design)?.plan(&network, &target)?;
    let loaded = design.images.as_ref().map(|path| load_images(&base.join(path), &network, None, None)).transpose()?;
    let (images, beside) = loaded.map_or_else(|| (random_images(&network, 8, 1), None), |all| (all.images, all.labels));
    let folder = folder.to_owned();
    output.write(&hw::emit(&network, &plan, &images[..images.len().min(2)])?)?;
    let labels = match &design.labels {
        Some(path) => Some(load_labels(&base.join(path), images.len(), Classes::of(&network))?),
        None => beside,
    };
    let accuracy = labels.map(|labels| accuracy(&network, &images, &labels)).transpose()?;
    let verifier = Verifier::build(&network, &plan, folder.clone(), SimOptions::default(), verilator, cache)?;
    let verify = verifier.run(&images, &VerifyOptions::default(), |_| ())?;
    let synth = if design.synth { Some(count(&plan, folder, yosys, cache)?) } else { None };
    let manifest = design.manifest.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(DesignReport::join((&design.name, &manifest), &plan, accuracy, &verify, synth.as_ref()))
}

fn count(plan: &Plan, folder: PathBuf, yosys: &Yosys, cache: &Cache) -> Result<crate::synth::SynthReport, Failure> {
    let job = SynthJob { folder, top: plan.core.name.clone(), family: plan.core.target.family, flat: false };
    Ok(yosys.synthesize(&job, cache)?)
}
