//! Files in which every number is prescribed, against the results of their executor, bit by bit: in the golden model, and in RTL
//! where there is a core. Writes `record/exact.csv`. Models are the files with `.inputs.npz` and `.outputs.npz` beside them in the
//! folder `exact` of `ROWSMITH_CASES`, and the branched model of `ROWSMITH_MODELS`.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use rowsmith::float::Samples;
use rowsmith::host::{Reference, decode, quantize_input};
use rowsmith::ir::Network;
use rowsmith::plan::Request;
use rowsmith::quant::{Quantizer, Settings, lowered};
use rowsmith::sim::{SimOptions, Verifier, VerifyOptions};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{golden, hw, manifest, onnx};

const HEADER: &str = "model,outputs,wrong,rtl_wrong,note";
const TARGET: &str = "xc7z020";
/// Models of `ROWSMITH_MODELS` in which every number is prescribed.
const MODELS: [&str; 1] = ["branched_model_ch_last"];
/// Images that are simulated.
const SIMULATED: usize = 16;

type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("exact: {error}");
        std::process::exit(2);
    }
}

fn run() -> Anyhow<()> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).ok_or(format!("set {name} to a folder"));
    let (cases, models) = (folder("ROWSMITH_CASES")?.join("exact"), folder("ROWSMITH_MODELS")?);
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let verilator = Tool::find(ToolKind::Verilator).ok();
    let mut files: Vec<(PathBuf, String)> = fs::read_dir(&cases)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".onnx").map(str::to_owned))
        .map(|name| (cases.clone(), name))
        .collect();
    files.sort();
    files.extend(MODELS.map(|name| (models.clone(), name.to_owned())));
    let (mut table, mut all) = (format!("{HEADER}\n"), 0);
    for (folder, name) in files.iter().filter(|(_, name)| only.is_empty() || only.contains(name)) {
        let (cells, wrong) = model(folder, name, verilator.as_ref())
            .unwrap_or_else(|error| (format!("0,-,-,{}", error.to_string().replace([',', '\n'], ";")), 1));
        println!("{name},{cells}");
        table.extend([name, ",", &cells, "\n"]);
        all += wrong;
    }
    if only.is_empty() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("record/exact.csv"), table)?;
    }
    if all > 0 { Err(format!("{all} values differ").into()) } else { Ok(()) }
}

/// Cells behind the name, and the number of wrong values.
fn model(folder: &Path, name: &str, verilator: Option<&Tool>) -> Anyhow<(String, usize)> {
    let graph = onnx::load(&folder.join(format!("{name}.onnx")))?;
    let file = |part: &str| folder.join(format!("{name}.{part}.npz"));
    let (calib, inputs) = (Samples::load(&file("calib"), &graph)?, Samples::load(&file("inputs"), &graph)?);
    let quantizer = Quantizer::new(&graph, Device::Cpu, &calib, Settings::default())?;
    let place = tempfile::tempdir()?;
    let lowered = lowered(&quantizer.run()?.quantized)?;
    let layers = lowered.network.layers.iter().zip(&lowered.exact);
    let doubtful: Vec<&str> = layers.filter(|(_, e)| **e != Some(true)).map(|(l, _)| l.name.as_str()).collect();
    if !doubtful.is_empty() {
        println!("{name}: not exact by its own account: {}", doubtful.join(" "));
    }
    let network = manifest::load(&manifest::save(&lowered.network, place.path())?)?;
    let images: Vec<Vec<i32>> = inputs.images.iter().map(|image| quantize_input(&network, image).integers).collect();
    let results = golden::run_batch(&network, &images)?;
    let found: Vec<f32> = results.iter().flat_map(|result| decode(&network, result)).collect();
    let mut reference = Reference::open(&file("outputs"), &network, images.len())?;
    let mut rest = reference.results()?;
    let expected = images.iter().map(|_| rest.next_result()).collect::<Result<Vec<_>, _>>()?.concat();
    // -0.0 and 0.0 are one number.
    let differ = |a: f32, b: f32| a.to_bits() != b.to_bits() && (a != 0.0 || b != 0.0);
    let wrong = found.iter().zip(&expected).filter(|&(&a, &b)| differ(a, b)).count();
    let (rtl, note) = match simulate(&network, &images, place.path(), verilator) {
        Ok(mismatches) => (mismatches.to_string(), String::new()),
        Err(error) => ("-".to_owned(), error.to_string().replace([',', '\n'], ";")),
    };
    let all = wrong + rtl.parse::<usize>().unwrap_or(0);
    Ok((format!("{},{wrong},{rtl},{note}", expected.len()), all))
}

/// Wrong values in RTL.
fn simulate(network: &Network, images: &[Vec<i32>], place: &Path, verilator: Option<&Tool>) -> Anyhow<usize> {
    let verilator = verilator.ok_or("no Verilator")?;
    let plan = Request::default().plan(network, &Target::find(TARGET)?)?;
    let core = place.join("core");
    hw::emit(network, &plan, &images[..1])?.write(&core)?;
    let verifier = Verifier::build(network, &plan, core, SimOptions::default(), verilator, &Cache::from_env())?;
    let images = &images[..images.len().min(SIMULATED)];
    Ok(verifier.run(images, &VerifyOptions::default(), |_| ())?.mismatches)
}
