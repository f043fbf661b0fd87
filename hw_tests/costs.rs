//! The cost model: whole cores of all families synthesised, weights fitted to the LUTs of their modules, and the error on cores
//! that were not used. Writes `record/cost-sweep.csv`, `src/plan/cost/weights.csv` and `record/cost-model.md`; with the
//! argument `check` only the last, from the weights that are built in. Other words choose families: the lines of the rest stay as
//! they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rowsmith::hw;
use rowsmith::manifest;
use rowsmith::plan::{Loading, ModuleCost, Plan, Request, Resources, Term};
use rowsmith::synth::{SynthJob, SynthReport, Synthesizer, Yosys};
use rowsmith::target::{Family, Target};
use rowsmith::tool::Cache;

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const TARGETS: [&str; 5] = ["ice40up5k", "ecp5-85f", "xc7z020", "gw2a-18", "lifcl-40"];
/// Cores of every family: manifest, shape, arrays.
const SWEEP: [[&str; 3]; 16] = [
    ["digits/fixed4", "2x1x2", "dsp(4)=2"],
    ["digits/fixed4", "4x3x4", "fixed(4)=4"],
    ["digits/msq", "2x1x4", "dsp(4)=2,sp2(4)=2"],
    ["digits/msq", "4x2x8", "dsp(4)=2,sp2(4)=6"],
    ["digits/msq", "8x1x16", "sp2(4)=12,fixed(4)=4"],
    ["digits/msq", "8x6x4", "dsp(4)=1,sp2(4)=3"],
    ["digits/rmsmp", "4x1x8", "dsp(8)=1,pot(4)=5,fixed(4)=2"],
    ["digits/rmsmp", "2x4x4", "dsp(8)=2,pot(4)=2"],
    ["digits/ausn", "4x2x4", "ausn(4;1)=4"],
    ["digits/ausn", "8x1x8", "ausn(4;1)=8"],
    ["resnet8-shape/resnet8_shape", "2x1x4", "dsp(4)=1,sp2(4)=3"],
    ["resnet8-shape/resnet8_shape", "4x3x4", "dsp(4)=1,sp2(4)=3"],
    ["resnet8-shape/resnet8_shape", "8x2x16", "dsp(4)=4,sp2(4)=12"],
    ["resnet8-shape/resnet8_shape", "16x1x4", "sp2(4)=3,fixed(4)=1"],
    // Two pixels drained at once; more multipliers in arrays than any target has, so that requantization has none.
    ["resnet8-shape/resnet8_shape", "4x4x8x4x2", "dsp(4)=2,sp2(4)=6"],
    ["digits/fixed4", "16x8x6x2x2", "dsp(4)=6"],
];
/// Cores with a loader, of every family.
const LOADED: [[&str; 3]; 2] =
    [["digits/msq", "4x1x8", "dsp(4)=2,sp2(4)=6"], ["resnet8-shape/resnet8_shape", "8x1x8", "dsp(4)=2,sp2(4)=6"]];
/// Cores that nothing is fitted to: target before manifest, shape, arrays.
const HELD_OUT: [[&str; 4]; 16] = [
    ["ice40up5k", "digits/msq", "4x1x8", "dsp(4)=4,sp2(4)=4"],
    ["ice40up5k", "digits/ausn", "4x1x4", "ausn(4;1)=4"],
    ["ice40up5k", "resnet8-shape/resnet8_shape", "4x2x4", "dsp(4)=1,sp2(4)=3"],
    ["ecp5-85f", "digits/rmsmp", "8x2x8", "dsp(8)=2,pot(4)=4,fixed(4)=2"],
    ["ecp5-85f", "digits/msq", "16x2x16", "dsp(4)=4,sp2(4)=12"],
    ["ecp5-85f", "resnet8-shape/resnet8_shape", "8x4x8", "dsp(4)=2,sp2(4)=6"],
    ["xc7z020", "digits/rmsmp", "8x2x16", "dsp(8)=4,pot(4)=8,fixed(4)=4"],
    ["xc7z020", "digits/fixed4", "8x1x8", "fixed(4)=6,dsp(4)=2"],
    ["xc7z020", "resnet8-shape/resnet8_shape", "16x4x16", "dsp(4)=4,sp2(4)=12"],
    ["xc7z020", "digits/ausn", "16x2x16", "ausn(4;1)=16"],
    ["gw2a-18", "digits/rmsmp", "8x1x8", "dsp(8)=1,pot(4)=4,fixed(4)=3"],
    ["gw2a-18", "digits/msq", "8x2x8", "dsp(4)=4,sp2(4)=4"],
    ["gw2a-18", "resnet8-shape/resnet8_shape", "8x2x8", "dsp(4)=2,sp2(4)=6"],
    ["lifcl-40", "digits/rmsmp", "8x1x8", "dsp(8)=1,pot(4)=4,fixed(4)=3"],
    ["lifcl-40", "digits/msq", "8x2x8", "dsp(4)=4,sp2(4)=4"],
    ["lifcl-40", "resnet8-shape/resnet8_shape", "8x2x8", "dsp(4)=2,sp2(4)=6"],
];

/// Target, core, how its program comes into it.
type Case<'a> = (&'a str, [&'a str; 3], Loading);

/// A core with what was estimated and what was counted.
struct Core {
    title: String,
    plan: Plan,
    counted: SynthReport,
}

impl Core {
    fn new(bench: &Bench, target: &str, [model, shape, rows]: [&str; 3], loading: Loading) -> Anyhow<Self> {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let network = manifest::load(&examples.join(model).with_extension("toml"))?;
        let request = Request { oversize: true, ..Request::parse(Some(shape), Some(rows))? };
        let plan = request.plan(&network, &Target::find(target)?)?.with_loading(loading);
        let folder = tempfile::tempdir()?;
        let core = folder.path().join("core");
        hw::emit(&network, &plan, &[])?.write(&core)?;
        let job = SynthJob { folder: core, top: plan.core.name.clone(), family: plan.core.target.family, flat: false };
        let loader = if loading.has_loader() { " loader" } else { "" };
        let title = format!("{model} {shape} {}{loader}", rows.replace(',', " "));
        let counted = bench.yosys.synthesize(&job, &bench.cache)?;
        eprintln!("{target} {title}");
        Ok(Self { title, plan, counted })
    }

    /// The widths of each module with the LUTs that were counted for it.
    fn samples(&self) -> Vec<Sample> {
        let counted = self.counted.by_source();
        let terms = Resources::terms(&self.plan.core);
        let own: BTreeSet<&str> = terms.iter().map(|term| term.module).collect();
        // Parts of a module that have no weights of their own are counted with it.
        let holder =
            |module: &str| if own.contains(module) { module.to_owned() } else { ModuleCost::holder(module).to_owned() };
        let sample = |term: Term| {
            let parts = counted.iter().filter(|(module, _)| holder(module) == term.module);
            let lut = parts.map(|(_, used)| used.lut).sum();
            Sample { family: self.plan.core.target.family.name(), core: self.title.clone(), term, lut }
        };
        // Portable products were synthesised alone, at four and eight activation bits, which the examples do not have.
        let varied = |term: &Term| !term.module.starts_with("rws_operand");
        terms.iter().filter(|term| varied(term)).cloned().map(sample).collect()
    }

    /// A row of the table of errors.
    fn errors(&self) -> String {
        let (ours, theirs) = (&self.plan.resources, self.counted.total);
        let cell = |estimated: f64, counted: f64| {
            let error = if counted > 0.0 { 100.0 * (estimated / counted - 1.0) } else { 0.0 };
            format!("{estimated} / {counted} ({error:+.1} %)")
        };
        format!(
            "| {} | {} | {} | {} | {} | {} |",
            self.plan.core.target.family.name(),
            self.title,
            cell(ours.lut.into(), theirs.lut as f64),
            cell(ours.ff.into(), theirs.ff as f64),
            cell(ours.dsp.into(), theirs.dsp),
            cell(ours.bram, theirs.bram)
        )
    }

    /// Modules whose error is large enough to matter for the core.
    fn outliers(&self) -> String {
        let mut counted: BTreeMap<&str, f64> = BTreeMap::new();
        for (module, used) in self.counted.by_source() {
            *counted.entry(ModuleCost::holder(module)).or_default() += used.lut as f64;
        }
        let mut text = String::new();
        for module in &self.plan.resources.modules {
            let count = counted.get(module.module.as_str()).copied().unwrap_or_default();
            if (module.lut - count).abs() > 0.02 * self.counted.total.lut as f64 {
                let _ = write!(text, " {} {}/{count}", module.module, module.lut);
            }
        }
        text
    }
}

/// One module of one core.
struct Sample {
    family: &'static str,
    core: String,
    term: Term,
    lut: u64,
}

struct Bench {
    yosys: Yosys,
    cache: Cache,
}

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("costs: {error}");
        std::process::exit(2);
    }
}

fn run() -> Anyhow<()> {
    let bench = Bench { yosys: Yosys::find()?, cache: Cache::from_env() };
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let chosen: BTreeSet<&str> = words.iter().map(String::as_str).filter(|word| *word != "check").collect();
    if let Some(word) = chosen.iter().find(|word| !Family::ALL.iter().any(|family| family.name() == **word)) {
        return Err(format!("`{word}` is no family").into());
    }
    if words.iter().any(|word| word == "check") { check(&bench, &chosen) } else { fit(&bench, &chosen) }
}

/// The cores of the families that were chosen, without a choice all of them.
fn cores(bench: &Bench, cases: Vec<Case>, chosen: &BTreeSet<&str>) -> Anyhow<Vec<Core>> {
    let core = |(target, core, loading): Case| {
        let is_chosen = chosen.is_empty() || chosen.contains(Target::find(target)?.family.name());
        is_chosen.then(|| Core::new(bench, target, core, loading)).transpose()
    };
    cases.into_par_iter().filter_map(|case| core(case).transpose()).collect()
}

/// Lines of a file, below its heading, that are not of the families chosen now; `family` finds the name in a line.
fn kept(
    file: &Path,
    heading: usize,
    chosen: &BTreeSet<&str>,
    family: impl Fn(&str) -> Option<&str>,
) -> Anyhow<Vec<String>> {
    let all = chosen.is_empty();
    let text = if all { String::new() } else { fs::read_to_string(file)? };
    let is_other = |line: &&str| family(line).is_some_and(|family| !chosen.contains(family));
    Ok(text.lines().skip(heading).filter(is_other).map(str::to_owned).collect())
}

/// Errors on the cores that nothing was fitted to.
fn check(bench: &Bench, chosen: &BTreeSet<&str>) -> Anyhow<()> {
    let cases =
        HELD_OUT.map(|[target, model, shape, rows]| (target, [model, shape, rows], Loading::BITSTREAM)).to_vec();
    let held_out = cores(bench, cases, chosen)?;
    let file = root().join("record/cost-model.md");
    let mut text = format!(
        "# Cost model: estimated / counted\n\nCores that no weight was fitted to, counted by {}, hierarchy kept. \
         `make costs` repeats it.\n\n| family | core | LUT | FF | DSP | BRAM |\n|---|---|---|---|---|---|\n",
        bench.yosys.version()
    );
    for line in kept(&file, text.lines().count(), chosen, |line| line.split('|').nth(1).map(str::trim))? {
        let _ = writeln!(text, "{line}");
    }
    for core in &held_out {
        println!("{}{}", core.errors(), core.outliers());
        let _ = writeln!(text, "{}", core.errors());
    }
    fs::write(file, text)?;
    Ok(())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Synthesises the sweep and fits the weights.
fn fit(bench: &Bench, chosen: &BTreeSet<&str>) -> Anyhow<()> {
    let of_target = |target| {
        let plain = SWEEP.map(|core| (target, core, Loading::BITSTREAM));
        plain.into_iter().chain(LOADED.map(|core| (target, core, Loading::BOTH)))
    };
    let cases = TARGETS.into_iter().flat_map(of_target).collect();
    let cores = cores(bench, cases, chosen)?;
    let samples: Vec<Sample> = cores.iter().flat_map(Core::samples).collect();
    let record = root().join("record/cost-sweep.csv");
    let mut sweep = format!("# {}\nfamily,core,module,widths,lut\n", bench.yosys.version());
    for line in kept(&record, sweep.lines().count(), chosen, |line| line.split(',').next())? {
        let _ = writeln!(sweep, "{line}");
    }
    for Sample { family, core, term, lut } in &samples {
        let _ = writeln!(sweep, "{family},{core},{},{},{lut}", term.module, joined(&term.widths));
    }
    fs::write(record, sweep)?;
    let mut groups: BTreeMap<(&str, &str), Vec<&Sample>> = BTreeMap::new();
    for sample in &samples {
        groups.entry((sample.term.module, sample.family)).or_default().push(sample);
    }
    let file = root().join("src/plan/cost/weights.csv");
    let known = fs::read_to_string(&file)?;
    let mut table: BTreeMap<String, String> = known
        .lines()
        .skip(1)
        .filter_map(|line| line.rsplit_once(','))
        .map(|(key, weights)| (key.to_owned(), weights.to_owned()))
        .collect();
    for ((module, family), samples) in groups {
        let (weights, worst) = fitted(&samples);
        let cells: Vec<String> = weights.iter().map(|weight| format!("{weight:.3}")).collect();
        println!("{module} {family}: {}, {} cores, worst {:.0} %", cells.join(" "), samples.len(), 100.0 * worst);
        table.insert(format!("{module},{family}"), cells.join(";"));
    }
    let lines: Vec<String> = table.iter().map(|(key, weights)| format!("{key},{weights}")).collect();
    fs::write(file, format!("module,family,weights\n{}\n", lines.join("\n")))?;
    Ok(())
}

fn joined(widths: &[usize]) -> String {
    widths.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

/// Non-negative weights with the smallest sum of squared relative errors, by coordinate descent; and the largest relative
/// error.
fn fitted(samples: &[&Sample]) -> (Vec<f64>, f64) {
    // A handful of LUTs more or less is no error of a module's size.
    const SLACK: f64 = 10.0;
    let count = samples[0].term.widths.len();
    let rows: Vec<(Vec<f64>, f64)> = samples
        .iter()
        .map(|s| {
            let scale = s.lut as f64 + SLACK;
            (s.term.widths.iter().map(|w| *w as f64 / scale).collect(), s.lut as f64 / scale)
        })
        .collect();
    let mut weights = vec![0.0; count];
    let residual = |weights: &[f64], row: &(Vec<f64>, f64)| {
        row.1 - row.0.iter().zip(weights).map(|(width, weight)| width * weight).sum::<f64>()
    };
    for _ in 0..20_000 {
        for index in 0..count {
            let square: f64 = rows.iter().map(|row| row.0[index].powi(2)).sum();
            if square > 0.0 {
                let slope: f64 = rows.iter().map(|row| row.0[index] * residual(&weights, row)).sum();
                weights[index] = f64::max(0.0, weights[index] + slope / square);
            }
        }
    }
    let worst = rows.iter().map(|row| residual(&weights, row).abs()).fold(0.0, f64::max);
    (weights, worst)
}
