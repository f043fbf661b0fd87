//! One core, one simulation build, several networks: swapped by the loader while the core runs; what does not fit is refused by name.

use std::path::{Path, PathBuf};

use crate::seeded::Builder;
use rowsmith::hw::{self, InputMap, OutputMap};
use rowsmith::ir::{ActType, Network, Padding, Window};
use rowsmith::plan::{Core, CoreShape, Loading, Plan, PlanError, Survey};
use rowsmith::sim::{SimDram, SimJob, SimOptions, SimRun, Stalls, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{golden, manifest};

const IMAGES: usize = 3;

/// A dense network.
fn dense(widths: &[usize]) -> Network {
    let mut builder = Builder::new(7, [widths[0], 1, 1], ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    for rows in &widths[1..] {
        let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
        builder.conv(*rows, window, ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    }
    builder.finish()
}

fn digits() -> Network {
    manifest::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits/msq.toml")).unwrap()
}

fn shared(networks: &[&Network], target: &str, loading: Loading) -> Vec<Plan> {
    let arrays = CoreShape::parse_rows("dsp(16)=4,sp2(4)=4").unwrap();
    let shape = CoreShape { ci: 4, px: 2, q: 4, drained: 1, digit: None, arrays };
    Survey::share("shared", networks, &Target::find(target).unwrap(), &shape, loading).unwrap()
}

/// Images of a network through its program, loaded first, and the beats that must come back.
fn run_of(network: &Network, plan: &Plan, seed: u64) -> (SimRun, Vec<u8>) {
    let (input, output) = (InputMap::of(plan), OutputMap::of(plan));
    let images = random_images(network, IMAGES, seed);
    let results = golden::run_batch(network, &images).unwrap();
    let mut run = SimRun::of_images(plan, &input, &output, &images);
    run.stalls = Stalls { input: 200, output: 200 };
    run.seed = seed;
    run.load = Some(hw::load_words(&hw::images(network, plan)));
    run.dram = SimDram::of(network, plan);
    (run, results.iter().flat_map(|result| output.stream(result)).collect())
}

/// Both networks in one simulation of the core in a folder, in which the first one's program comes back behind the other.
fn take_turns(networks: [&Network; 2], plans: &[Plan], folder: PathBuf) {
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let job = SimJob { folder, top: "shared_sim".to_owned(), options: SimOptions::default() };
    let program = job.build(&Tool::find(ToolKind::Verilator).unwrap(), &cache).unwrap();
    let (first, first_result) = run_of(networks[0], &plans[0], 1);
    let (second, second_result) = run_of(networks[1], &plans[1], 2);
    let results = program.run_all(&[&first, &second, &first], |_| ()).unwrap();
    let outputs: Vec<&[u8]> = results.iter().map(|result| result.output.as_slice()).collect();
    assert!(outputs == [&first_result[..], &second_result, &first_result], "results of another program");
    assert_ne!(first_result, second_result);
}

#[test]
fn networks_take_turns_on_one_core() {
    let (digits, dense) = (digits(), dense(&[64, 32, 32, 10]));
    let plans = shared(&[&digits, &dense], "ecp5-85f", Loading::LOADER);
    assert_eq!(plans[0].core, plans[1].core);
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit_core(&plans[0].core).unwrap().write(&core).unwrap();
    assert!(!core.join("mem").exists(), "a core alone has no network's numbers");
    take_turns([&digits, &dense], &plans, core);
}

/// The same with weights from DRAM, of each network its own.
#[test]
fn networks_take_turns_with_weights_from_dram() {
    let (digits, dense) = (digits(), dense(&[64, 48, 32, 10]));
    let plans = shared(&[&digits, &dense], "xc7z020", Loading::DRAM.by_loader());
    assert!(plans[0].core == plans[1].core && plans[0].core.is_streamed());
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit_core(&plans[0].core).unwrap().write(&core).unwrap();
    take_turns([&digits, &dense], &plans, core);
}

#[test]
fn what_does_not_fit_is_refused_by_capacity() {
    let (digits, small) = (digits(), dense(&[64, 32, 32, 10]));
    let core = shared(&[&digits, &small], "xc7z020", Loading::LOADER).remove(0).core;
    let core = Core::from_toml(&core.to_toml(), "core.toml").unwrap();
    let refusal = |network: &Network| match Survey::program(network, &core) {
        Err(PlanError::CoreTooSmall { short, .. }) => short.iter().map(|s| s.what.clone()).collect::<Vec<_>>(),
        other => panic!("{:?}", other.map(|plan| plan.program.name)),
    };
    assert!(Survey::program(&small, &core).is_ok());
    let large = refusal(&dense(&[64, 4000, 10]));
    assert!(large.iter().any(|what| what == "words of weight memory"), "{large:?}");
    assert!(large.iter().any(|what| what == "row groups of a step"), "{large:?}");
    let mut deep = Builder::new(7, [1, 8, 8], ActType { bits: 8, signed: true, lo: -128, hi: 127 });
    let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    deep.conv(3, window, ActType { bits: 8, signed: true, lo: -128, hi: 127 });
    let wide = refusal(&deep.finish());
    assert!(wide.iter().any(|what| what.contains("activations")), "{wide:?}");
}
