//! Real models from ONNX through the emitted RTL: quantized, planned, simulated, compared value by value. Writes
//! `record/models.csv`. `ROWSMITH_MODELS` names a folder of models with samples (`X.onnx`, `X.inputs.npz`, `X.calib.npz`,
//! `X.labels.npz`), `ROWSMITH_REAL` one of trained networks with real data (`X/model.onnx`, `X/test.npz` with labels,
//! `X/calib.npz`). Names of models measure these alone and keep the other lines of the record.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use rowsmith::float::{Graph, Samples};
use rowsmith::host::{Classes, load_labels, quantize_input};
use rowsmith::ir::Network;
use rowsmith::num::Scheme;
use rowsmith::plan::{Plan, Request};
use rowsmith::quant::{Evaluation, Method, Quantizer, Settings, evaluate, float_outputs, lower};
use rowsmith::sim::{SimOptions, Verifier, VerifyOptions};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{hw, manifest, onnx};

const HEADER: &str = "model,data,method,act_bits,target,shape,samples,golden_sqnr_db,float_accuracy,accuracy,simulated,\
                      mismatches,cycles_pred,cycles,note";
const TARGET: &str = "xc7z020";
/// Models that every method is simulated for; the others are simulated as `auto` quantizes them.
const IN_FULL: [&str; 2] = ["ic_resnet8", "ad_autoencoder"];
const METHODS: [Method; 4] = [Method::Msq, Method::Rmsmp, Method::Ausn, Method::Auto];
/// Methods for networks with real data, with the width of activations.
const REAL_METHODS: [(Method, u32); 6] = [
    (Method::Msq, 4),
    (Method::Rmsmp, 4),
    (Method::Ausn, 4),
    (Method::Auto, 4),
    (Method::Uniform(Scheme::Fixed { bits: 4 }), 4),
    (Method::Uniform(Scheme::Fixed { bits: 8 }), 8),
];
/// Test images that are simulated of networks with real data, as `msq` quantizes them.
const REAL_SIMULATED: usize = 4;

type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("models: {error}");
        std::process::exit(2);
    }
}

fn run() -> Anyhow<()> {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let folder = |variable| std::env::var_os(variable).map(PathBuf::from);
    let mut subjects = Vec::new();
    if let Some(folder) = folder("ROWSMITH_MODELS") {
        subjects
            .extend(names(&folder, |name| name.strip_suffix(".onnx"))?.into_iter().map(|n| (folder.clone(), n, false)));
    }
    if let Some(folder) = folder("ROWSMITH_REAL") {
        subjects.extend(names(&folder, |name| Some(name))?.into_iter().map(|n| (folder.clone(), n, true)));
    }
    if subjects.is_empty() {
        return Err("set ROWSMITH_MODELS, ROWSMITH_REAL or both to folders of ONNX models".into());
    }
    subjects.retain(|(_, name, _)| only.is_empty() || only.contains(name));
    let verilator = Tool::find(ToolKind::Verilator)?;
    let mut wrong = 0;
    for (folder, name, real) in subjects {
        let mut lines = Vec::new();
        for line in model(&folder, &name, real, &verilator) {
            println!("{}", line.text);
            lines.push(line.text);
            wrong += line.mismatches;
        }
        record(&name, real, lines)?;
    }
    if wrong > 0 { Err(format!("{wrong} values differ").into()) } else { Ok(()) }
}

/// What `pick` finds in the names of a folder's entries.
fn names(folder: &Path, pick: impl Fn(&str) -> Option<&str>) -> Anyhow<Vec<String>> {
    let entries = fs::read_dir(folder)?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| pick(entry.ok()?.file_name().to_str()?).map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}

fn data(real: bool) -> &'static str {
    if real { "real" } else { "samples" }
}

/// Replaces a model's lines in the record; the others stay.
fn record(name: &str, real: bool, lines: Vec<String>) -> Anyhow<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/models.csv");
    let old = fs::read_to_string(&path)?;
    let own = format!("{name},{},", data(real));
    let kept = old.lines().skip(1).filter(|line| old.starts_with(HEADER) && !line.starts_with(&own));
    let mut all: Vec<String> = kept.map(str::to_owned).chain(lines).collect();
    // Models in order, the lines of one in theirs.
    let key = |line: &String| line.split(',').take(2).map(str::to_owned).collect::<Vec<_>>();
    all.sort_by_key(|line| key(line));
    fs::write(path, format!("{HEADER}\n{}\n", all.join("\n")))?;
    Ok(())
}

/// One line of the table.
struct Line {
    text: String,
    mismatches: u64,
}

/// All methods of a model; a model that cannot be imported or quantized has one line that says why.
fn model(folder: &Path, name: &str, real: bool, verilator: &Tool) -> Vec<Line> {
    let line = |method: &str, act_bits: &str, cells: &str| {
        format!("{name},{},{method},{act_bits},{TARGET},{cells}", data(real))
    };
    let note = |method: &str, act_bits: &str, cause: &str| Line {
        text: line(method, act_bits, &format!(",,,,,,,,,{}", cause.replace([',', '\n'], ";"))),
        mismatches: 0,
    };
    let subject = match Subject::load(folder, name, real) {
        Ok(subject) => subject,
        Err(error) => return vec![note("", "", &error.to_string())],
    };
    let one = |(method, act_bits): (Method, u32)| {
        let simulated = if real { method == Method::Msq } else { method == Method::Auto || IN_FULL.contains(&name) };
        let measured = subject.measure(method, act_bits, simulated.then_some(verilator));
        let (method, act_bits) = (method.to_string().replace(',', ";"), act_bits.to_string());
        measured.map_or_else(
            |error| note(&method, &act_bits, &error.to_string()),
            |(cells, mismatches)| Line { text: line(&method, &act_bits, &cells), mismatches },
        )
    };
    if real { REAL_METHODS.into_iter().map(one).collect() } else { METHODS.into_iter().map(|m| one((m, 4))).collect() }
}

/// A float network with its samples.
struct Subject {
    graph: Graph,
    calib: Samples,
    test: Samples,
    simulated: usize,
}

impl Subject {
    fn load(folder: &Path, name: &str, real: bool) -> Anyhow<Self> {
        if real {
            let folder = folder.join(name);
            let graph = onnx::load(&folder.join("model.onnx"))?;
            let read = |file: &str| Samples::load(&folder.join(file), &graph);
            let (calib, test) = (read("calib.npz")?, read("test.npz")?);
            return Ok(Self { graph, calib, test, simulated: REAL_SIMULATED });
        }
        let graph = onnx::load(&folder.join(format!("{name}.onnx")))?;
        let file = |part: &str| folder.join(format!("{}.{part}.npz", name.trim_end_matches("_fixed")));
        let mut test = Samples::load(&file("inputs"), &graph)?;
        let calib = if file("calib").is_file() { Samples::load(&file("calib"), &graph)? } else { test.clone() };
        if file("labels").is_file() {
            let classes = Classes::of_shape(graph.tensor(graph.output).shape);
            test.labels = Some(load_labels(&file("labels"), test.images.len(), classes)?);
        }
        let simulated = test.images.len();
        Ok(Self { graph, calib, test, simulated })
    }

    /// Cells after the target, and the number of wrong values.
    fn measure(&self, method: Method, act_bits: u32, verilator: Option<&Tool>) -> Anyhow<(String, u64)> {
        let settings = Settings { method, act_bits, lut_share: 0.625, ..Settings::default() };
        let settings =
            if matches!(method, Method::Uniform(_)) { Settings { lut_share: 0.0, ..settings } } else { settings };
        let quantizer = Quantizer::new(&self.graph, Device::Cpu, &self.calib, settings)?;
        let folder = tempfile::tempdir()?;
        let path = manifest::save(&lower(&quantizer.run()?.quantized)?, folder.path())?;
        let network: Network = manifest::load(&path)?;
        let reference = float_outputs(quantizer.executor(), quantizer.params(), &self.test.images)?;
        let golden = golden_cells(&evaluate(&network, &reference, &self.test)?);
        let Some(verilator) = verilator else { return Ok((format!(",{golden},,,,,"), 0)) };
        let target = Target::find(TARGET)?;
        let plan: Plan = match Request::default().plan(&network, &target) {
            Ok(plan) => plan,
            Err(error) => {
                let cause = error.to_string().replace([',', '\n'], ";");
                return Ok((format!(",{golden},,,,,no core: {cause}"), 0));
            }
        };
        let images = self.test.images.iter().take(self.simulated);
        let images: Vec<Vec<i32>> = images.map(|image| quantize_input(&network, image).integers).collect();
        let core = folder.path().join("core");
        hw::emit(&network, &plan, &images[..1])?.write(&core)?;
        let verifier = Verifier::build(&network, &plan, core, SimOptions::default(), verilator, &Cache::from_env())?;
        let report = verifier.run(&images, &VerifyOptions::default(), |_| ())?;
        let cells = format!(
            "{},{golden},{},{},{},{},",
            plan.core.shape, report.images, report.mismatches, report.cycles_predicted, report.cycles
        );
        Ok((cells, report.mismatches as u64))
    }
}

/// Samples, fidelity, and accuracy where there are labels.
fn golden_cells(found: &Evaluation) -> String {
    let percent = |share: Option<f64>| share.map_or(String::new(), |share| format!("{share:.2}"));
    let (float, integers) = (percent(found.float_accuracy), percent(found.accuracy));
    format!("{},{:.2},{float},{integers}", found.samples, found.sqnr_db)
}
