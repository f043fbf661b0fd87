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
use rowsmith::plan::{Loading, Plan, Request};
use rowsmith::quant::{Method, Quantizer, Settings};
use rowsmith::sim::{SimOptions, Stalls, Verifier, VerifyOptions};
use rowsmith::synth::{SynthJob, Synthesizer, Use, Yosys};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

use source::{Source, loaded, share_of};

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const HEADER: &str = "network,target,shape,mode,bytes_per_cycle,cycles_pred,cycles,gops_100mhz,array_efficiency,lut,dsp,bram,images,mismatches";
const LAYERS: &str = "network,target,shape,mode,bytes_per_cycle,layer,bound,cycles,array_use";
/// Network, target, shape, rows.
const CORES: [[&str; 4]; 1] = [["resnet18", "xc7z020", "16x6x32x16x1@4", "dsp(4)=6,sp2(4)=26"]];
const METHODS: [Method; 1] = [Method::Msq];
/// Boards with DRAM of 32 bits and of 16 bits.
const BANDWIDTHS: [f64; 2] = [28.0, 16.0];
/// Images that are compared value by value.
const IMAGES: usize = 1;

/// Four bits in rows and between layers, eight in image, result and operands of adds.
fn quantize(source: &Source, method: Method, rows: &str) -> Anyhow<Network> {
    let mut quantizer =
        Quantizer::new(&source.graph, Device::Cpu, &source.calib, Settings { method, ..Settings::default() })?;
    quantizer.set_lut_share(share_of(rows)?);
    loaded(&quantizer.run()?.quantized)
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

    fn run(&self) -> Anyhow<()> {
        let (mut lines, mut layers) = (String::new(), String::new());
        println!("{HEADER}");
        for [name, target, shape, rows] in CORES {
            let source = Source::load(name)?;
            for method in METHODS {
                let network = quantize(&source, method, rows)?;
                let mut counted = None;
                for bandwidth in BANDWIDTHS {
                    let mut target = Target::find(target)?;
                    target.dram.as_mut().ok_or("a target without DRAM")?.bytes_per_cycle = bandwidth;
                    let request = Request::parse(Some(shape), Some(rows))?;
                    let request = Request { loading: Loading::Dram, ..request };
                    let plan = request.plan(&network, &target)?;
                    let head = format!("{name},{},{shape},{method} latency,{bandwidth}", target.name);
                    let [line, steps] = self.measure(&plan, &network, &source, &head, &mut counted)?;
                    println!("{line}");
                    writeln!(lines, "{line}")?;
                    layers += &steps;
                }
            }
        }
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
        fs::write(record.join("scale.csv"), format!("{HEADER}\n{lines}"))?;
        fs::write(record.join("scale-layers.csv"), format!("{LAYERS}\n{layers}"))?;
        Ok(())
    }
}

fn main() {
    // `cargo test --benches` calls every benchmark with this argument: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let bench = || {
        let verilator = Tool::find(ToolKind::Verilator)?;
        Bench { verilator, yosys: Yosys::find()?, cache: Cache::from_env() }.run()
    };
    if let Err(error) = bench() {
        eprintln!("scale: {error}");
        std::process::exit(2);
    }
}
