//! How close quantized networks stay to their float originals: writes `record/fidelity.csv`, `record/ausn.csv` and
//! `record/fidelity.md`. The folder of models is named by `ROWSMITH_MODELS`; without it only the digits are measured.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use candle_core::Device;
use rayon::prelude::*;
use rowsmith::float::{Graph, Samples};
use rowsmith::ir::Network;
use rowsmith::quant::{Evaluation, QuantizedGraph, Quantizer, Settings, TrainOptions, evaluate, float_outputs, lower};
use rowsmith::{manifest, onnx};

const METHODS: [&str; 4] = ["msq", "rmsmp", "ausn", "auto"];
const UNIFORM: [&str; 3] = ["fixed(4)", "sp2(4)", "pot(4)"];
/// The papers' shares on XC7Z020: MSQ 1.5 : 1 (HPCA 2021, section VI), RMSMP 60 : 35 : 5 (ICCV 2021, Table 6).
const LUT_SHARE: f64 = 0.6;
const WIDE_SHARE: f64 = 0.05;
const SEEDS: u64 = 5;
const EPOCHS: usize = 6;
const HEADER: &str = "model,method,bits,fine_tuned,seed,metric_kind,float_metric,metric,sqnr_db";

type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

/// One line of the table.
struct Line {
    model: String,
    method: String,
    bits: String,
    fine_tuned: bool,
    seed: u64,
    result: Evaluation,
}

impl Line {
    /// Kind, float metric, metric.
    fn metric(&self) -> (&'static str, Option<f64>, Option<f64>) {
        match (self.result.accuracy, self.result.agreement) {
            (Some(accuracy), _) => ("accuracy", self.result.float_accuracy, Some(accuracy)),
            (None, Some(agreement)) => ("top-1 agreement", Some(100.0), Some(agreement)),
            (None, None) => ("none", None, None),
        }
    }

    fn csv(&self) -> String {
        let (kind, float, metric) = self.metric();
        let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
        format!(
            "{},{},{},{},{},{kind},{},{},{:.2}",
            self.model,
            self.method,
            self.bits,
            self.fine_tuned,
            self.seed,
            number(float),
            number(metric),
            self.result.sqnr_db
        )
    }
}

/// A model with its samples.
struct Subject {
    name: String,
    graph: Graph,
    calib: Samples,
    test: Samples,
    train: Option<Samples>,
}

impl Subject {
    fn load(name: &str, model: &Path, calib: &Path, test: &Path, train: Option<&Path>) -> Anyhow<Self> {
        let graph = onnx::load(model)?;
        let read = |path: &Path| Samples::load(path, &graph);
        let (calib, test, train) = (read(calib)?, read(test)?, train.map(read).transpose()?);
        Ok(Self { name: name.to_owned(), graph, calib, test, train })
    }

    fn measure(&self, method: &str, wide_share: f64, seed: u64, train: Option<TrainOptions>) -> Anyhow<Line> {
        let start = Instant::now();
        let settings = settings(method, wide_share, seed)?;
        let quantizer = Quantizer::new(&self.graph, Device::Cpu, &self.calib, settings)?;
        let quantized: QuantizedGraph = match (&train, &self.train) {
            (Some(options), Some(samples)) => quantizer.train(samples, options, None, &mut |_| {})?,
            _ => quantizer.run()?.quantized,
        };
        let network = saved(&lower(&quantized)?)?;
        let seconds = start.elapsed().as_secs_f64();
        let reference = float_outputs(quantizer.executor(), quantizer.params(), &self.test.images)?;
        let result = evaluate(&network, &reference, &self.test)?;
        let bits = if wide_share > 0.0 { format!("W4A4+{:.0}%W8", 100.0 * wide_share) } else { "W4A4".to_owned() };
        let line = Line {
            model: self.name.clone(),
            method: method.to_owned(),
            bits,
            fine_tuned: train.is_some(),
            seed,
            result,
        };
        eprintln!("{} ({seconds:.1} s)", line.csv());
        Ok(line)
    }
}

fn settings(method: &str, wide_share: f64, seed: u64) -> Anyhow<Settings> {
    Ok(Settings { method: method.parse()?, wide_share, lut_share: LUT_SHARE, seed, ..Settings::default() })
}

/// The network as the manifest's reader accepts it.
fn saved(network: &Network) -> Anyhow<Network> {
    let folder = tempfile::tempdir()?;
    Ok(manifest::load(&manifest::save(network, folder.path())?)?)
}

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("fidelity: {error}");
        std::process::exit(2);
    }
}

/// Measures everything, or only the models that are named on the command line; then nothing is written.
fn run() -> Anyhow<()> {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let digits = root.join("examples/digits");
    let file = |name: &str| digits.join(name);
    let digits = Subject::load(
        "digits",
        &file("digits.onnx"),
        &file("calib.npz"),
        &file("test.npz"),
        Some(file("train.npz")).as_deref(),
    )?;
    let mut lines = Vec::new();
    let mut codings =
        String::from("model,layer,scheme,clipping,rounding,total,fixed_clipping,fixed_rounding,fixed_total,wins\n");
    if wanted("digits") {
        lines.extend(digits_table(&digits)?);
    }
    coding(&digits, &mut codings)?;
    match std::env::var_os("ROWSMITH_MODELS").map(PathBuf::from) {
        None => eprintln!("fidelity: set ROWSMITH_MODELS to a folder of models to measure more than the digits"),
        Some(folder) => {
            for subject in models(&folder, wanted)? {
                models_table(&subject, &mut lines)?;
                coding(&subject, &mut codings)?;
            }
        }
    }
    if !only.is_empty() {
        return Ok(());
    }
    let csv: String = lines.iter().map(|line| line.csv() + "\n").collect();
    fs::write(root.join("record/fidelity.csv"), format!("{HEADER}\n{csv}"))?;
    fs::write(root.join("record/ausn.csv"), &codings)?;
    fs::write(root.join("record/fidelity.md"), page(&lines, &codings))?;
    Ok(())
}

/// All methods, post-training and fine-tuned with several seeds; runs side by side.
fn digits_table(digits: &Subject) -> Anyhow<Vec<Line>> {
    let seeds = std::iter::once(None).chain((0..SEEDS).map(Some)).collect::<Vec<_>>();
    let runs: Vec<(&str, Option<u64>)> =
        UNIFORM.into_iter().chain(METHODS).flat_map(|method| seeds.iter().map(move |seed| (method, *seed))).collect();
    let measured = runs.par_iter().map(|(method, seed)| {
        let wide = if *method == "rmsmp" { WIDE_SHARE } else { 0.0 };
        let options = seed.map(|seed| TrainOptions { epochs: EPOCHS, seed, ..TrainOptions::default() });
        digits.measure(method, wide, seed.unwrap_or(0), options).map_err(|e| e.to_string())
    });
    Ok(measured.collect::<Result<Vec<_>, _>>()?)
}

/// Every `NAME.onnx` with its calibration samples, which it is measured on too; what cannot be imported is named.
fn models(folder: &Path, wanted: impl Fn(&str) -> bool) -> Anyhow<Vec<Subject>> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".onnx").map(str::to_owned))
        .collect();
    names.retain(|name| wanted(name));
    names.sort();
    let mut subjects = Vec::new();
    for name in names {
        let samples = name.trim_end_matches("_fixed");
        let path = |part: &str| folder.join(format!("{samples}.{part}.npz"));
        let calib = if path("calib").is_file() { path("calib") } else { path("inputs") };
        match Subject::load(&name, &folder.join(format!("{name}.onnx")), &calib, &calib, None) {
            Ok(subject) => subjects.push(subject),
            Err(error) => eprintln!("{name}: left out: {error}"),
        }
    }
    Ok(subjects)
}

fn models_table(subject: &Subject, lines: &mut Vec<Line>) -> Anyhow<()> {
    let prescribed = subject.graph.convs().all(|(_, conv)| conv.quant.is_some());
    let everything = subject.name == "ic_resnet8";
    let methods: Vec<&str> = if everything { UNIFORM.into_iter().chain(METHODS).collect() } else { METHODS.to_vec() };
    for method in methods {
        lines.push(subject.measure(method, 0.0, 0, None)?);
        if everything && !UNIFORM.contains(&method) {
            lines.push(subject.measure(method, WIDE_SHARE, 0, None)?);
        }
        if prescribed {
            // The file decides every type: the methods have nothing to choose.
            lines.last_mut().expect("just pushed").bits = String::from("prescribed");
        }
    }
    Ok(())
}

/// AUSN's adapted coding against uniform levels of equal width, layer by layer.
fn coding(subject: &Subject, csv: &mut String) -> Anyhow<()> {
    let settings = settings("ausn", 0.0, 0)?;
    let quantizer = Quantizer::new(&subject.graph, Device::Cpu, &subject.calib.spread(8), settings)?;
    for (node, _) in subject.graph.convs() {
        let error = |scheme| quantizer.evidence.layer_error(node, scheme, &settings).relative();
        let best = settings.ausn().map(|s| (error(s), s)).min_by(|a, b| a.0[2].total_cmp(&b.0[2]));
        let Some((ausn, scheme)) = best else { continue };
        let fixed = error(settings.fixed());
        let numbers = ausn.iter().chain(&fixed).map(|v| format!("{v:.6}")).collect::<Vec<_>>().join(",");
        let name = &subject.graph.nodes[node].name;
        writeln!(csv, "{},{name},{scheme},{numbers},{}", subject.name, ausn[2] < fixed[2])?;
    }
    Ok(())
}

fn page(lines: &[Line], codings: &str) -> String {
    let mut text = String::from(
        "# Fidelity\n\nMade by `make fidelity` with the papers' shares of rows for XC7Z020: 60 % in LUTs. Digits are measured on held-out images, the other models on their \
         calibration samples, against the float network. `dB` is signal to noise of the result before the host's function.\n",
    );
    let mut models: Vec<&str> = lines.iter().map(|line| line.model.as_str()).collect();
    models.dedup();
    for model in models {
        let _ = write!(
            text,
            "\n## {model}\n\n| method | weights, activations | fine-tuned | metric | float | quantized | spread | dB |\n|---|---|---|---|---|---|---|---|\n"
        );
        let of_model: Vec<&Line> = lines.iter().filter(|line| line.model == model).collect();
        for group in of_model.chunk_by(|a, b| a.method == b.method && a.bits == b.bits && a.fine_tuned == b.fine_tuned)
        {
            let (kind, float, _) = group[0].metric();
            let metrics: Vec<f64> = group.iter().filter_map(|line| line.metric().2).collect();
            let number = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
            let mean = |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
            let spread = mean(&metrics)
                .filter(|_| metrics.len() > 1)
                .map(|m| (metrics.iter().map(|v| (v - m).powi(2)).sum::<f64>() / (metrics.len() - 1) as f64).sqrt());
            let decibels: Vec<f64> = group.iter().map(|line| line.result.sqnr_db).collect();
            let Line { method, bits, fine_tuned, .. } = group[0];
            let tuned = if *fine_tuned { format!("{} seeds", group.len()) } else { "no".to_owned() };
            let _ = writeln!(
                text,
                "| {method} | {bits} | {tuned} | {kind} | {} | {} | {} | {} |",
                number(float),
                number(mean(&metrics)),
                number(spread),
                number(mean(&decibels))
            );
        }
    }
    let rows: Vec<&str> = codings.lines().skip(1).collect();
    let wins = rows.iter().filter(|row| row.ends_with("true")).count();
    let _ = write!(
        text,
        "\n## AUSN against uniform levels\n\nWith the superposition bits adapted per layer, `ausn` has the smaller weight error in {wins} of {} layers \
         ({:.0} %); see `ausn.csv`.\n",
        rows.len(),
        100.0 * wins as f64 / rows.len().max(1) as f64
    );
    text
}
