//! Weights from DRAM: memories of every pace behind cores of several families, and errors of the bus.

use std::path::{Path, PathBuf};

use rowsmith::hw;
use rowsmith::ir::Network;
use rowsmith::manifest;
use rowsmith::plan::{Loading, Plan, Request};
use rowsmith::sim::{
    Scenario, SimDram, SimError, SimJob, SimOptions, SimProgram, SimRun, Verifier, VerifyOptions, random_images,
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
    let plan = Request { loading: Loading::Dram, oversize: true, ..request }.plan(network, &target).unwrap();
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

/// Behind an error the core gives no result until it is reset, and right ones then.
#[test]
fn errors_of_the_bus_stop_the_core() {
    let network = network();
    let (_folder, folder, plan) = core(&network, "xc7z020", dram(2, 8.0, 20));
    let job = SimJob { folder, top: format!("{}_sim", plan.core.name), options: SimOptions::default() };
    let program: SimProgram = job.build(&verilator(), &cache()).unwrap();
    let hw::PlanSummary { input, output, .. } = hw::PlanSummary::of(&plan);
    let images = random_images(&network, 2, 3);
    let expected: Vec<u8> = rowsmith::golden::run_batch(&network, &images)
        .unwrap()
        .iter()
        .flat_map(|values| output.stream(values))
        .collect();
    let run = |error: u64, scenario: Scenario| {
        let mut run = SimRun::of_images(&plan, &input, &output, &images);
        run.dram = SimDram::of(&network, &plan).map(|dram| SimDram { error, ..dram });
        run.max_idle = hw::max_idle(plan.cycles);
        run.scenario = scenario;
        program.run(&run, |_| ())
    };
    assert_eq!(run(0, Scenario::Run).unwrap().output, expected);
    // Early ones: the error comes before the reset.
    for beat in [1, 20, 50] {
        let error = run(beat, Scenario::Run).unwrap_err();
        assert!(matches!(error, SimError::Timeout(_)), "beat {beat}: {error}");
        let control = hw::registers::CONTROL.address;
        let (mask, resume) = (hw::registers::SOFT_RESET.mask(), hw::registers::RUN.mask());
        let reset = Scenario::Reset { control, mask, resume, finish: 500 };
        assert_eq!(run(beat, reset).unwrap().output, expected, "beat {beat}");
    }
}
