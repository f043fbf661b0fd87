//! Real models from ONNX through the emitted RTL: quantized, planned, simulated, compared value by value. Writes
//! `record/models.csv`. The folder of models is named by `ROWSMITH_MODELS`.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use rowsmith::float::{Graph, Samples};
use rowsmith::ir::Network;
use rowsmith::plan::{Plan, Request};
use rowsmith::quant::{Method, Quantizer, Settings, evaluate, float_outputs, lower, quantize_input};
use rowsmith::sim::{SimOptions, Verifier, VerifyOptions};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{hw, manifest, onnx};

const HEADER: &str = "model,method,target,shape,images,golden_sqnr_db,mismatches,cycles_pred,cycles,note";
const TARGET: &str = "xc7z020";
/// Models that every method is simulated for; the others are simulated as `auto` quantizes them.
const IN_FULL: [&str; 2] = ["ic_resnet8", "ad_autoencoder"];
const METHODS: [Method; 4] = [Method::Msq, Method::Rmsmp, Method::Ausn, Method::Auto];

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
    let folder = std::env::var_os("ROWSMITH_MODELS").ok_or("set ROWSMITH_MODELS to a folder of ONNX models")?;
    let folder = PathBuf::from(folder);
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let verilator = Tool::find(ToolKind::Verilator)?;
    let mut names: Vec<String> = fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".onnx").map(str::to_owned))
        .filter(|name| only.is_empty() || only.contains(name))
        .collect();
    names.sort();
    let (mut table, mut wrong) = (format!("{HEADER}\n"), 0);
    for name in names {
        for line in model(&folder, &name, &verilator) {
            println!("{}", line.text);
            table += &(line.text + "\n");
            wrong += line.mismatches;
        }
    }
    if only.is_empty() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("record/models.csv"), table)?;
    }
    if wrong > 0 { Err(format!("{wrong} values differ").into()) } else { Ok(()) }
}

/// One line of the table.
struct Line {
    text: String,
    mismatches: u64,
}

/// All methods of a model; a model that cannot be imported or quantized has one line that says why.
fn model(folder: &Path, name: &str, verilator: &Tool) -> Vec<Line> {
    let note = |method: &str, cause: &str| Line {
        text: format!("{name},{method},{TARGET},,,,,,,{}", cause.replace([',', '\n'], ";")),
        mismatches: 0,
    };
    let (graph, calib, inputs) = match load(folder, name) {
        Ok(loaded) => loaded,
        Err(error) => return vec![note("", &error.to_string())],
    };
    let one = |method: Method| {
        let simulated = method == Method::Auto || IN_FULL.contains(&name);
        let line = measure(&graph, &calib, &inputs, method, simulated.then_some(verilator));
        line.map_or_else(
            |error| note(&method.to_string(), &error.to_string()),
            |(cells, mismatches)| Line { text: format!("{name},{method},{TARGET},{cells}"), mismatches },
        )
    };
    METHODS.into_iter().map(one).collect()
}

fn load(folder: &Path, name: &str) -> Anyhow<(Graph, Samples, Samples)> {
    let graph = onnx::load(&folder.join(format!("{name}.onnx")))?;
    let file = |part: &str| folder.join(format!("{}.{part}.npz", name.trim_end_matches("_fixed")));
    let inputs = Samples::load(&file("inputs"), &graph)?;
    let calib = if file("calib").is_file() { Samples::load(&file("calib"), &graph)? } else { inputs.clone() };
    Ok((graph, calib, inputs))
}

/// Cells after the target, and the number of wrong values.
fn measure(
    graph: &Graph,
    calib: &Samples,
    inputs: &Samples,
    method: Method,
    verilator: Option<&Tool>,
) -> Anyhow<(String, u64)> {
    let settings = Settings { method, lut_share: 0.625, ..Settings::default() };
    let quantizer = Quantizer::new(graph, Device::Cpu, calib, settings)?;
    let folder = tempfile::tempdir()?;
    let path = manifest::save(&lower(&quantizer.run()?.quantized)?, folder.path())?;
    let network: Network = manifest::load(&path)?;
    let reference = float_outputs(quantizer.executor(), quantizer.params(), &inputs.images)?;
    let golden = evaluate(&network, &reference, inputs)?.sqnr_db;
    let images: Vec<Vec<i32>> = inputs.images.iter().map(|image| quantize_input(&network, image)).collect();
    let Some(verilator) = verilator else { return Ok((format!(",{},{golden:.2},,,,", images.len()), 0)) };
    let target = Target::find(TARGET)?;
    let plan: Plan = match Request::default().plan(&network, &target) {
        Ok(plan) => plan,
        Err(error) => {
            let cause = error.to_string().replace([',', '\n'], ";");
            return Ok((format!(",{},{golden:.2},,,,no core: {cause}", images.len()), 0));
        }
    };
    let core = folder.path().join("core");
    hw::emit(&network, &plan, &images[..1])?.write(&core)?;
    let verifier = Verifier::build(&network, &plan, core, SimOptions::default(), verilator, &Cache::from_env())?;
    let report = verifier.run(&images, &VerifyOptions::default(), |_| ())?;
    let cells = format!(
        "{},{},{golden:.2},{},{},{},",
        plan.shape, report.images, report.mismatches, report.cycles_predicted, report.cycles
    );
    Ok((cells, report.mismatches as u64))
}
