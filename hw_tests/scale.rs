//! Networks larger than the chip, with weights from DRAM: whole images through the emitted RTL, every layer compared with the golden
//! model, cells counted by Yosys. Writes `record/scale.csv` and, with cycles and bound of every layer, `record/scale-layers.csv`. The
//! folder of the models is named by `ROWSMITH_MODELS`.

#[path = "common/source.rs"]
mod source;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use candle_core::Device;
use rowsmith::host::quantize_input;
use rowsmith::hw;
use rowsmith::ir::Network;
use rowsmith::plan::{ArrayUse, Loading, Plan, Request};
use rowsmith::quant::{Quantizer, Settings};
use rowsmith::sim::{SimOptions, Stalls, Verifier, VerifyOptions};
use rowsmith::synth::{SynthJob, Synthesizer, Use, Yosys};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

use source::{Source, loaded};

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HEADER: &str = "network,target,shape,mode,bytes_per_cycle,cycles_pred,cycles,gops_100mhz,array_efficiency,lut,dsp,bram,images,mismatches";
const LAYERS: &str = "network,target,shape,mode,bytes_per_cycle,layer,bound,cycles,array_use";
/// Images that are compared value by value.
const IMAGES: usize = 1;

/// A network on a core.
struct Case {
    network: &'static str,
    target: &'static str,
    method: &'static str,
    /// Rows in LUTs, rows in fixed(8).
    shares: [f64; 2],
    arrays: ArrayUse,
    /// Shape and rows; the planner's choice where none are given.
    shape: Option<[&'static str; 2]>,
    /// Bytes a cycle of the DRAM.
    bandwidths: &'static [f64],
}

const MSQ: Case = Case {
    network: "resnet18",
    target: "xc7z020",
    method: "msq",
    shares: [26.0 / 32.0, 0.0],
    arrays: ArrayUse::Mixed,
    shape: Some(["16x6x32x16x1@4", "dsp(4)=6,sp2(4)=26"]),
    // Boards with DRAM of 32 bits and of 16 bits.
    bandwidths: &[28.0, 16.0],
};

/// The best cores of the paper's chips; then what the papers' ratios and arrays of one resource reach on the smaller one.
const CASES: [Case; 6] = [
    MSQ,
    Case {
        target: "xc7z045",
        shares: [55.0 / 64.0, 0.0],
        shape: Some(["32x7x64x32x1@4", "dsp(4)=9,sp2(4)=55"]),
        bandwidths: &[28.0],
        ..MSQ
    },
    // MSQ has 1.5 rows in SP2 for one in fixed point on this chip; RMSMP 65 : 30 : 5 in PoT-W4, Fixed-W4 and Fixed-W8.
    Case { shares: [0.6, 0.0], shape: None, bandwidths: &[28.0], ..MSQ },
    Case { method: "rmsmp", shares: [0.65, 0.05], shape: None, bandwidths: &[28.0], ..MSQ },
    Case { method: "fixed(4)", shares: [0.0, 0.0], arrays: ArrayUse::Dsp, shape: None, bandwidths: &[28.0], ..MSQ },
    Case { method: "sp2(4)", shares: [1.0, 0.0], arrays: ArrayUse::Lut, shape: None, bandwidths: &[28.0], ..MSQ },
];

impl Case {
    fn mode(&self) -> String {
        let share =
            if self.shape.is_none() && self.method == "msq" { format!(" {}", self.shares[0]) } else { String::new() };
        format!("{}{share} latency", self.method)
    }

    /// What a line of the records tells of the case and a bandwidth, and its shape.
    fn head(&self, shape: &str, bandwidth: f64) -> String {
        format!("{},{},{shape},{},{bandwidth}", self.network, self.target, self.mode())
    }

    /// Whether a line of the records is of this case.
    fn has(&self, line: &str, bandwidth: f64) -> bool {
        line.split(',').nth(2).is_some_and(|shape| line.starts_with(&format!("{},", self.head(shape, bandwidth))))
    }

    /// Four bits in rows and between layers, eight in image, result and operands of adds.
    fn quantize(&self, source: &Source) -> Anyhow<Network> {
        let [lut_share, wide_share] = self.shares;
        let settings = Settings { method: self.method.parse()?, wide_share, ..Settings::default() };
        let mut quantizer = Quantizer::new(&source.graph, Device::Cpu, &source.calib, settings)?;
        quantizer.set_lut_share(lut_share);
        loaded(&quantizer.run()?.quantized)
    }

    fn plan(&self, network: &Network, bandwidth: f64) -> Anyhow<Plan> {
        let mut target = Target::find(self.target)?;
        target.dram.as_mut().ok_or("a target without DRAM")?.bytes_per_cycle = bandwidth;
        let request = match self.shape {
            Some([shape, rows]) => Request::parse(Some(shape), Some(rows))?,
            None => Request { array_use: self.arrays, ..Request::default() },
        };
        Ok(Request { loading: Loading::DRAM, ..request }.plan(network, &target)?)
    }
}

struct Bench {
    verilator: Tool,
    yosys: Yosys,
    cache: Cache,
}

impl Bench {
    /// The lines of a core with one network and DRAM. Cells are counted once for all bandwidths, which only simulations know.
    fn measure(
        &self,
        plan: &Plan,
        network: &Network,
        source: &Source,
        head: &str,
        counted: &mut Option<Use>,
    ) -> Anyhow<[String; 2]> {
        let folder = tempfile::tempdir()?;
        let core = folder.path().join("core");
        let images: Vec<Vec<i32>> =
            source.inputs.images.iter().take(IMAGES).map(|image| quantize_input(network, image).integers).collect();
        hw::emit(network, plan, &images[..1])?.write(&core)?;
        let verifier =
            Verifier::build(network, plan, core.clone(), SimOptions::default(), &self.verilator, &self.cache)?;
        let options =
            VerifyOptions { stalls: Stalls::default(), trace_layers: true, reset: false, ..VerifyOptions::default() };
        let simulated = verifier.run(&images, &options, |_| ())?;
        let job = SynthJob { folder: core, top: plan.core.name.clone(), family: plan.core.target.family, flat: false };
        let counted = match counted {
            Some(counted) => *counted,
            None => *counted.insert(self.yosys.synthesize(&job, &self.cache)?.total),
        };
        let gops = 2.0 * plan.program.macs as f64 / simulated.cycles * 0.1;
        let line = format!(
            "{head},{},{},{gops:.1},{:.3},{},{},{},{IMAGES},{}",
            plan.cycles,
            simulated.cycles,
            plan.efficiency(),
            counted.lut,
            counted.dsp,
            counted.bram,
            simulated.mismatches
        );
        let mut layers = String::new();
        for step in &plan.program.steps {
            let most = step.cycles as f64 * plan.core.shape.macs_per_cycle() as f64;
            let bound = plan.step_bound(step);
            writeln!(layers, "{head},{},{bound},{},{:.3}", step.step.name, step.cycles, step.macs as f64 / most)?;
        }
        Ok([line, layers])
    }

    /// The lines of a case in both records, and those of each bandwidth.
    fn lines(&self, case: &Case) -> Anyhow<[String; 2]> {
        let source = Source::load(case.network)?;
        let network = case.quantize(&source)?;
        let (mut lines, mut layers, mut counted) = (String::new(), String::new(), None);
        for bandwidth in case.bandwidths {
            let plan = case.plan(&network, *bandwidth)?;
            let head = case.head(&plan.core.shape.arguments().0, *bandwidth);
            let [line, steps] = self.measure(&plan, &network, &source, &head, &mut counted)?;
            println!("{line}");
            writeln!(lines, "{line}")?;
            layers += &steps;
        }
        Ok([lines, layers])
    }
}

/// Measures every case, or only those whose name and mode hold all words of the command line; the other lines of the records stay.
fn run() -> Anyhow<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let verilator = Tool::find(ToolKind::Verilator)?;
    let bench = Bench { verilator, yosys: Yosys::find()?, cache: Cache::from_env() };
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
    let files = [record.join("scale.csv"), record.join("scale-layers.csv")];
    println!("{HEADER}");
    for (index, case) in CASES.iter().enumerate() {
        let name = case.head("", 0.0);
        if !words.iter().all(|word| name.contains(word)) {
            continue;
        }
        // Written case by case: each takes many minutes.
        let measured = bench.lines(case)?;
        for ((file, header), new) in files.iter().zip([HEADER, LAYERS]).zip(measured) {
            let old = if file.exists() { fs::read_to_string(file)? } else { String::new() };
            let of = |other: &Case| -> String {
                let known = |line: &&str| other.bandwidths.iter().any(|bandwidth| other.has(line, *bandwidth));
                old.lines().filter(known).flat_map(|line| [line, "\n"]).collect()
            };
            let rows: String =
                CASES.iter().enumerate().map(|(at, other)| if at == index { new.clone() } else { of(other) }).collect();
            fs::write(file, format!("{header}\n{rows}"))?;
        }
    }
    Ok(())
}

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    if let Err(error) = run() {
        eprintln!("scale: {error}");
        std::process::exit(2);
    }
}
