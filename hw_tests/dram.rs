//! Weights from DRAM: memories of every pace behind cores of several families, and errors of the bus.

use std::path::{Path, PathBuf};

use crate::seeded::{self, strips, without_block_ram};
use rowsmith::hw::{self, InputMap, OutputMap, registers};
use rowsmith::ir::Network;
use rowsmith::manifest;
use rowsmith::plan::{Loading, Plan, Request, Survey};
use rowsmith::sim::{
    Scenario, SimDram, SimJob, SimOptions, SimProgram, SimRun, Stalls, Verifier, VerifyOptions, random_images,
};
use rowsmith::target::{Dram, Target};
use rowsmith::tool::{Cache, Tool, ToolKind};

fn verilator() -> Tool {
    Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"))
}

fn cache() -> Cache {
    Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
}

fn network() -> Network {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resnet8-shape/resnet8_shape.toml");
    manifest::load(&model).unwrap()
}

/// A core that reads the network's weights from such a memory, and its folder.
fn core(network: &Network, target: &str, dram: Dram) -> (tempfile::TempDir, PathBuf, Plan) {
    let target = Target { dram: Some(dram), ..Target::find(target).unwrap() };
    let request = Request::parse(Some("4x2x8"), Some("sp2(4)=6,fixed(4)=2")).unwrap();
    let plan = Request { loading: Loading::DRAM, oversize: true, ..request }.plan(network, &target).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit(network, &plan, &random_images(network, 1, 1)).unwrap().write(&core).unwrap();
    (folder, core, plan)
}

fn dram(ports: u32, bytes_per_cycle: f64, latency: u32) -> Dram {
    Dram { source: "a test".to_owned(), ports, bytes_per_cycle, latency, refresh_interval: 0, refresh_cycles: 0 }
}

/// Results are right and cycles as predicted, to the cycle, whether arrays wait for weights or not.
#[test]
fn memories_of_every_pace() {
    let network = network();
    for (target, memory) in [
        ("xc7z020", dram(1, 0.9, 60)),
        ("ecp5-25f", dram(2, 2.5, 5)),
        ("ice40up5k", dram(1, 8.0, 0)),
        // Stands still for a thousand cycles at a time.
        ("xc7z020", Dram { refresh_interval: 2600, refresh_cycles: 1000, ..dram(2, 8.0, 20) }),
        ("gw2a-18", Dram { refresh_interval: 390, refresh_cycles: 40, ..dram(3, 6.0, 200) }),
    ] {
        let refresh = f64::from(memory.refresh_cycles);
        let (_folder, folder, plan) = core(&network, target, memory);
        let verifier = Verifier::build(&network, &plan, folder, SimOptions::default(), &verilator(), &cache()).unwrap();
        let options = VerifyOptions { trace_layers: true, ..VerifyOptions::default() };
        let report = verifier.run(&random_images(&network, 2, 7), &options, |_| ()).unwrap();
        assert!(report.passed(), "{target}: {:?}", report.first);
        let difference = (report.cycles - plan.cycles as f64).abs();
        assert!(difference <= 2.0 * refresh, "{target}: {} cycles predicted, {} simulated", plan.cycles, report.cycles);
    }
}

/// A core with weights from DRAM, its simulation, and images with their results.
struct Subject {
    _folder: tempfile::TempDir,
    network: Network,
    plan: Plan,
    program: SimProgram,
    images: Vec<Vec<i32>>,
    expected: Vec<u8>,
}

impl Subject {
    fn new(network: Network, plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = folder.path().join("core");
        hw::emit(&network, &plan, &random_images(&network, 1, 1)).unwrap().write(&core).unwrap();
        let job = SimJob { folder: core, top: format!("{}_sim", plan.core.name), options: SimOptions::default() };
        let program = job.build(&verilator(), &cache()).unwrap();
        let images = random_images(&network, 3, 3);
        let output = OutputMap::of(&plan);
        let results = rowsmith::golden::run_batch(&network, &images).unwrap();
        let expected = results.iter().flat_map(|values| output.stream(values)).collect();
        Self { _folder: folder, network, plan, program, images, expected }
    }

    /// One whose images are stored as a whole, and one whose images come in by strips.
    fn both() -> [Self; 2] {
        let network = network();
        let (_folder, _, plan) = core(&network, "xc7z020", dram(2, 8.0, 20));
        let whole = Self::new(network, plan);
        let seeded::Subject { network, shape, .. } = strips(10);
        let target = Target { dram: Some(dram(1, 3.0, 30)), ..without_block_ram("xc7z020") };
        let plan = Survey::share("strips", &[&network], &target, &shape, Loading::DRAM).unwrap().remove(0);
        assert!(plan.core.room.strip > 0 && whole.plan.core.room.strip == 0);
        [whole, Self::new(network, plan)]
    }

    fn run(&self) -> SimRun {
        let mut run =
            SimRun::of_images(&self.plan, &InputMap::of(&self.plan), &OutputMap::of(&self.plan), &self.images);
        run.dram = SimDram::of(&self.network, &self.plan);
        run.max_idle = hw::max_idle(self.plan.cycles);
        run
    }
}

/// Behind an error of any beat, of two images and of those read ahead, the core gives no wrong result and waits; after a reset it gives right
/// ones.
#[test]
fn errors_of_the_bus_stop_the_core() {
    for subject in Subject::both() {
        let beats = hw::WeightMap::of(&subject.plan).beats * subject.plan.core.read_ports().0 as u64;
        let moments = (0..12).map(|part| 1 + part * 2 * beats / 11).chain([2, beats, beats + 1]);
        for (seed, beat) in moments.enumerate() {
            let mut run = subject.run();
            run.seed = 1 + seed as u64;
            run.stalls = Stalls { input: 100, output: 100 };
            run.dram.as_mut().unwrap().error = beat;
            run.scenario = Scenario::ReadError {
                control: registers::CONTROL.address,
                mask: registers::SOFT_RESET.mask(),
                resume: registers::RUN.mask(),
                status: registers::STATUS.address,
                flag: registers::READ_ERROR.mask(),
            };
            let result = subject.program.run(&run, |_| ()).unwrap_or_else(|error| panic!("beat {beat}: {error}"));
            assert!(subject.expected.starts_with(&result.before), "beat {beat} of {beats}: wrong before the reset");
            // Images behind the one that lacks a word have no result.
            let whole = (beat - 1) / beats * OutputMap::of(&subject.plan).bytes as u64;
            let ahead = subject.plan.core.room.weight_words as u64 >= beats;
            assert!(ahead || result.before.len() as u64 >= whole, "beat {beat} of {beats}");
            assert!(beat > beats || result.before.is_empty(), "beat {beat} of {beats}: a result without all weights");
            assert!(result.output == subject.expected, "beat {beat} of {beats}: wrong behind the reset");
        }
    }
}

/// A result waits for as long as the host likes.
#[test]
fn a_blocked_output_loses_nothing() {
    for subject in Subject::both() {
        for seed in 1..4 {
            let mut run = subject.run();
            (run.seed, run.block) = (seed, 10_000);
            let result = subject.program.run(&run, |_| ()).unwrap();
            assert!(result.output == subject.expected, "seed {seed}");
            assert!(result.cycles > 10_000, "seed {seed}: the output was never blocked");
        }
    }
}

/// Wherever in an image, with reads on their way.
#[test]
fn resets_at_any_moment() {
    let (control, mask, resume) = (registers::CONTROL.address, registers::SOFT_RESET.mask(), registers::RUN.mask());
    for subject in Subject::both() {
        for seed in 1..=24 {
            let mut run = subject.run();
            (run.seed, run.stalls) = (seed, Stalls { input: 100, output: 100 });
            run.scenario =
                if seed % 3 == 0 { Scenario::Restart } else { Scenario::Reset { control, mask, resume, finish: 500 } };
            let result = subject.program.run(&run, |_| ()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert!(result.output == subject.expected, "seed {seed}");
        }
    }
}
