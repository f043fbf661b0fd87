//! A network larger than the chip and one with labelled data on one core, whose weights come from DRAM: one simulation build, programs
//! swapped by the loader, accuracy from what the RTL sends. Writes `record/scale-shared.csv`. The folders of the networks are named by
//! `ROWSMITH_MODELS` and `ROWSMITH_REAL`.

#[path = "common/source.rs"]
mod source;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use rowsmith::float::Samples;
use rowsmith::host::{output_values, quantize_input};
use rowsmith::hw::{self, InputMap, OutputMap};
use rowsmith::ir::Network;
use rowsmith::plan::{Loading, Plan, Request};
use rowsmith::quant::{Method, Quantizer, Settings, compare, float_outputs};
use rowsmith::sim::{SimDram, SimJob, SimOptions, SimResult, SimRun};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{golden, onnx};

use source::{Source, loaded};

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HEADER: &str =
    "network,target,shape,bytes_per_cycle,images,cycles_pred,cycles,float_accuracy,accuracy,mismatches";
const TARGET: &str = "xc7z020";
/// Share of the rows in SP2, as in `scale.rs`.
const LUT_SHARE: f64 = 26.0 / 32.0;
/// Images of the network without labels.
const IMAGES: usize = 2;

/// A network, what it is to compute, and what must come out.
struct Member {
    network: Network,
    images: Vec<Vec<i32>>,
    golden: Vec<Vec<i32>>,
    /// Results of the float network.
    reference: Vec<Vec<f32>>,
    labels: Option<Vec<usize>>,
}

impl Member {
    /// MSQ rows of four bits; eight at the edges and in operands of adds.
    fn new(source: &Source, images: usize) -> Anyhow<Self> {
        let settings = Settings { method: Method::Msq, ..Settings::default() };
        let mut quantizer = Quantizer::new(&source.graph, Device::Cpu, &source.calib, settings)?;
        quantizer.set_lut_share(LUT_SHARE);
        let network = loaded(&quantizer.run()?.quantized)?;
        let floats = &source.inputs.images[..images.min(source.inputs.images.len())];
        let reference = float_outputs(quantizer.executor(), quantizer.params(), floats)?;
        let images: Vec<Vec<i32>> = floats.iter().map(|image| quantize_input(&network, image).integers).collect();
        let golden = golden::run_batch(&network, &images)?;
        let labels = source.inputs.labels.as_ref().map(|labels| labels[..images.len()].to_vec());
        Ok(Self { network, images, golden, reference, labels })
    }

    /// The network's program, loaded first, and so many of its images.
    fn run(&self, plan: &Plan, images: usize) -> SimRun {
        let mut run = SimRun::of_images(plan, &InputMap::of(plan), &OutputMap::of(plan), &self.images[..images]);
        run.load = Some(hw::load_words(&hw::images(&self.network, plan)));
        run.dram = SimDram::of(&self.network, plan);
        run.max_idle = hw::max_idle(plan.cycles);
        run
    }

    /// Results in a run's output, and how many of them are wrong.
    fn results(&self, plan: &Plan, result: &SimResult) -> (Vec<Vec<i32>>, usize) {
        let output = OutputMap::of(plan);
        let found: Vec<Vec<i32>> = result.output.chunks(output.bytes).map(|bytes| output.collect(bytes)).collect();
        let wrong = found.iter().zip(&self.golden).filter(|(found, golden)| found != golden).count();
        (found, wrong)
    }

    /// The record's line of a run with all images.
    fn line(&self, plan: &Plan, result: &SimResult) -> String {
        let (found, wrong) = self.results(plan, result);
        let values: Vec<Vec<f32>> = found.iter().map(|values| output_values(&self.network, values)).collect();
        let measured = compare(&values, &self.reference, self.labels.as_deref());
        let percent = |share: Option<f64>| share.map_or(String::new(), |share| format!("{share:.2}"));
        // From the first result on: the first image waits for its input and for weights.
        let done = &result.image_done;
        let cycles = (done[done.len() - 1] - done[0]) as f64 / (done.len() - 1) as f64;
        format!(
            "{},{TARGET},{},{},{},{},{cycles:.0},{},{},{wrong}",
            self.network.name,
            plan.core.shape.arguments().0,
            plan.core.dram().map_or(0.0, |dram| dram.bytes_per_cycle),
            found.len(),
            plan.cycles,
            percent(measured.float_accuracy),
            percent(measured.accuracy)
        )
    }
}

/// A network of `ROWSMITH_REAL` with its labelled data.
fn real(name: &str) -> Anyhow<Source> {
    let folder = std::env::var_os("ROWSMITH_REAL").ok_or("set ROWSMITH_REAL to a folder of trained networks")?;
    let folder = PathBuf::from(folder).join(name);
    let graph = onnx::load(&folder.join("model.onnx"))?;
    let (calib, inputs) =
        (Samples::load(&folder.join("calib.npz"), &graph)?, Samples::load(&folder.join("test.npz"), &graph)?);
    Ok(Source { graph, calib, inputs })
}

fn run() -> Anyhow<()> {
    let large = Member::new(&Source::load("resnet18")?, IMAGES)?;
    let mut small = Member::new(&real("resnet20_cifar10")?, usize::MAX)?;
    "resnet20".clone_into(&mut small.network.name);
    let members = [&large, &small];
    let request = Request { loading: Loading::DRAM, ..Request::default() };
    let plans = request.share(&members.map(|member| &member.network), &Target::find(TARGET)?)?;
    let folder = tempfile::tempdir()?;
    let core = folder.path().join("core");
    hw::emit_core(&plans[0].core)?.write(&core)?;
    let job = SimJob { folder: core, top: format!("{}_sim", plans[0].core.name), options: SimOptions::default() };
    let program = job.build(&Tool::find(ToolKind::Verilator)?, &Cache::from_env())?;
    let runs: Vec<SimRun> =
        members.iter().zip(&plans).map(|(member, plan)| member.run(plan, member.images.len())).collect();
    // The first network comes back behind the other.
    let again = large.run(&plans[0], 1);
    let results = program.run_all(&[&runs[0], &runs[1], &again], |_| ())?;
    let mut record = format!("{HEADER}\n");
    for ((member, plan), result) in members.iter().zip(&plans).zip(&results) {
        let line = member.line(plan, result);
        println!("{line}");
        writeln!(record, "{line}")?;
    }
    if large.results(&plans[0], &results[2]).1 > 0 {
        return Err("the first network's result is another one when its program comes back".into());
    }
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("record/scale-shared.csv"), record)?;
    Ok(())
}

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("shared: {error}");
        std::process::exit(2);
    }
}
