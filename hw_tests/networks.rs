//! Seeded networks on seeded cores: lint, outputs under stalls and after a reset, every layer, and the cycle model.

#[path = "common/memories.rs"]
mod memories;
#[path = "../tests/common/mod.rs"]
mod seeded;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use memories::{dram, loading};
use rayon::prelude::*;
use rowsmith::hw;
use rowsmith::ir::{ActType, Average, Network, Op, Padding, Requant, Rounding, Shape, TensorId, Window};
use rowsmith::plan::{ArraySpec, Core, CoreShape, Plan, Survey, WindowAxis};
use rowsmith::sim::{LintJob, SimOptions, Stalls, Verifier, VerifyOptions, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, CoreFolder, Tool, ToolKind};
use seeded::{Builder, FEATURES, Random, Subject, companion, subject};
use tempfile::TempDir;

/// Together they hold every feature.
const FIXED: [u64; 10] = [2413, 3035, 3192, 2506, 3819, 114, 3999, 2275, 2812, 3937];
/// Seeds of a longer run, `from..to`.
const SEEDS: &str = "ROWSMITH_SEEDS";

/// Cycles per image of a network on its core.
struct Cycles {
    predicted: f64,
    simulated: f64,
    bound: String,
}

impl fmt::Display for Cycles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { predicted, simulated, bound } = self;
        write!(f, "{predicted} cycles predicted, {simulated:.1} simulated, bound by {bound}")
    }
}

/// Plans, emits, lints, simulates and compares; a fault is a sentence.
fn check(seed: u64, subject: &Subject, verilator: &Tool) -> Result<Cycles, String> {
    let (folder, plan) = emitted(subject)?;
    let core = folder.path().join("core");
    lint(&core, &plan.core.name, verilator)?;
    simulate(seed, &subject.network, &plan, core, verilator)
}

fn simulate(seed: u64, network: &Network, plan: &Plan, core: PathBuf, verilator: &Tool) -> Result<Cycles, String> {
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let verifier =
        Verifier::build(network, plan, core, SimOptions::default(), verilator, &cache).map_err(|e| e.to_string())?;
    let options =
        VerifyOptions { stalls: Stalls { input: 250, output: 350 }, seed, trace_layers: true, wave: None, reset: true };
    let report = verifier.run(&random_images(network, 3, seed), &options, |_| ()).map_err(|e| e.to_string())?;
    if let Some(first) = report.first {
        return Err(format!("{first:?}"));
    }
    let (predicted, simulated) = (report.cycles_predicted as f64, report.cycles);
    let from = if plan.core.is_streamed() { ", weights from DRAM" } else { "" };
    let cycles = Cycles { predicted, simulated, bound: plan.bound() + from };
    // The model's refreshes come at other moments.
    let refresh = plan.core.dram().map_or(0, |dram| dram.refresh_cycles);
    if (predicted - simulated).abs() > 0.01 * simulated + 2.0 * f64::from(refresh) {
        Err(cycles.to_string())
    } else {
        Ok(cycles)
    }
}

/// Networks of a seed and of others on one core, built once: where the seed is odd, a loader fills it with each program.
fn check_shared(seed: u64, verilator: &Tool) -> Result<Vec<Cycles>, String> {
    const COMPANIONS: u64 = 2;
    let host = subject(seed);
    let target = Target { dram: Some(dram(seed)), ..Target::find(host.target).map_err(|e| e.to_string())? };
    let has_core = |one: &Subject| Plan::build(&one.network, &target, &one.shape).is_ok();
    let others = (1..).map(|number| companion(1000 * number + seed, &host)).filter(has_core).take(COMPANIONS as usize);
    let networks: Vec<Network> = others.map(|other| other.network).collect();
    let networks: Vec<&Network> = std::iter::once(&host.network).chain(&networks).collect();
    let share = |loading| Survey::share(&host.network.name, &networks, &target, &host.shape, loading);
    let [first, second] = loading(seed);
    // The last layer may need its weights again and again.
    let plans = share(first).or_else(|_| share(second)).map_err(|e| format!("refused: {e}"))?;
    let loading = plans[0].core.loading;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut all = Vec::new();
    let mut verilog = BTreeSet::new();
    for (index, (network, plan)) in networks.iter().zip(&plans).enumerate() {
        let core = folder.path().join(index.to_string());
        let files = hw::emit(network, plan, &[]).map_err(|e| e.to_string())?;
        files.write(&core).map_err(|e| e.to_string())?;
        let generated = ["", "_arrays"].map(|part| fs::read(core.join(format!("rtl/{}{part}.v", plan.core.name))));
        for text in generated {
            verilog.insert(text.map_err(|e| e.to_string())?);
        }
        // What is compiled for the core as a file is the same.
        let again = Core::from_toml(&plan.core.to_toml(), "core.toml").map_err(|e| e.to_string())?;
        let again = Survey::program(network, &again).map_err(|e| format!("network {index}: {e}"))?;
        if again.core != plan.core || hw::images(network, &again) != hw::images(network, plan) {
            return Err(format!("network {index} is another one for the core's file"));
        }
        if index == 0 {
            lint(&core, &plan.core.name, verilator)?;
        }
        let cycles = simulate(seed + index as u64, network, plan, core, verilator);
        all.push(cycles.map_err(|fault| format!("network {index}, {loading:?}: {fault}"))?);
    }
    if verilog.len() == 2 { Ok(all) } else { Err("the Verilog depends on the network".to_owned()) }
}

/// The plan of a subject, and a folder with its `core`.
fn emitted(Subject { network, target, shape, .. }: &Subject) -> Result<(TempDir, Plan), String> {
    let target = Target::find(target).map_err(|e| e.to_string())?;
    let plan = Plan::build(network, &target, shape).map_err(|e| format!("refused: {e}"))?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let files = hw::emit(network, &plan, &[]).map_err(|e| e.to_string())?;
    files.write(&folder.path().join("core")).map_err(|e| e.to_string())?;
    Ok((folder, plan))
}

fn lint(core: &Path, name: &str, verilator: &Tool) -> Result<(), String> {
    let job = LintJob::of_core(core, name).map_err(|e| e.to_string())?;
    job.run(verilator).map_err(|e| format!("lint: {e}"))
}

/// All seeds, in parallel; with `seen` called for each.
fn run(seeds: &[u64], seen: impl Fn(u64, &Result<Vec<Cycles>, String>) + Sync) {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let faults: Vec<String> = seeds
        .par_iter()
        .filter_map(|&seed| {
            let result = catch_unwind(AssertUnwindSafe(|| check_shared(seed, &verilator)));
            let result = result.unwrap_or_else(|_| Err("panic".to_owned()));
            let joined = |all: &Vec<Cycles>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            println!("seed {seed}: {}", result.as_ref().map_or_else(|e| format!("FAULT {e}"), joined));
            seen(seed, &result);
            result.err().map(|fault| format!("seed {seed}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{} of {} seeds:\n{}", faults.len(), seeds.len(), faults.join("\n"));
}

#[test]
fn fixed_seeds() {
    run(&FIXED, |_, _| ());
}

#[test]
fn fixed_seeds_hold_every_feature() {
    let seen: BTreeSet<_> = FIXED.iter().flat_map(|&seed| subject(seed).features).collect();
    let missing: Vec<_> = FEATURES.iter().filter(|f| !seen.contains(*f)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(seen.iter().all(|f| FEATURES.contains(f)), "{seen:#?}");
}

/// Files of a core are clean without the modules that it does not use.
#[test]
fn cores_of_many_seeds_are_clean() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let clean = |seed: u64| {
        let subject = subject(seed);
        let (folder, _) = emitted(&subject)?;
        lint(&folder.path().join("core"), &subject.network.name, &verilator)
    };
    let faults: Vec<String> =
        (0..20_u64).into_par_iter().filter_map(|seed| Some(format!("seed {seed}: {}", clean(seed).err()?))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The list of a core's files for synthesis has the modules of its elaborated hierarchy, no more and no fewer.
#[test]
fn files_are_those_in_use() {
    let yosys = Tool::find(ToolKind::Yosys).unwrap_or_else(|error| panic!("{error}"));
    let faults: Vec<String> = FIXED.par_iter().filter_map(|&seed| unused(seed, &yosys)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// How the files of a seed's core differ from what it uses.
fn unused(seed: u64, yosys: &Tool) -> Option<String> {
    let subject = subject(seed);
    let (folder, _) = emitted(&subject).unwrap();
    let Subject { network, target, .. } = subject;
    let core = CoreFolder::open(&folder.path().join("core")).unwrap();
    let files = core.synthesis_files();
    core.copy_files(&files, folder.path()).unwrap();
    core.copy_memories(folder.path()).unwrap();
    let script =
        format!("read_verilog {}\nhierarchy -top {}\ntee -q -o modules.txt ls\n", files.join(" "), network.name);
    let output = yosys.command().current_dir(folder.path()).args(["-q", "-p", &script]).output().unwrap();
    assert!(output.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&output.stderr));
    let list = fs::read_to_string(folder.path().join("modules.txt")).unwrap();
    // A module with parameters of its own is listed as `$paramod...\rws_name\PARAMETER=...`.
    let word =
        |line: &str| line.split('\\').find(|part| part.trim().starts_with("rws_")).map(|part| part.trim().to_owned());
    let listed: BTreeSet<String> = list.lines().filter_map(word).collect();
    let name = |file: &String| Path::new(file).file_stem().unwrap().to_string_lossy().into_owned();
    let emitted: BTreeSet<String> = files.iter().map(name).filter(|name| name.starts_with("rws_")).collect();
    let differences: Vec<_> = emitted.symmetric_difference(&listed).collect();
    (!differences.is_empty()).then(|| format!("seed {seed}, {target}: {differences:?}"))
}

/// A window that is applied once reads padding above a tensor whose rows fill the counter of rows.
#[test]
fn padding_above_a_tall_tensor() {
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let mut builder = Builder::new(1, [2, 15, 1], act);
    // Another tensor lies below it in memory.
    builder.conv(2, Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() }, act);
    let padding = Padding { top: 2, left: 0, bottom: 0, right: 0 };
    builder.conv(
        4,
        Window { kernel: [3, 1], stride: [16, 1], padding },
        ActType { bits: 8, signed: true, lo: -127, hi: 127 },
    );
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 2 }];
    let shape = CoreShape { ci: 2, px: 1, q: 2, drained: 1, digit: None, arrays };
    let subject = Subject { network: builder.finish(), target: "xc7z020", shape, features: BTreeSet::new() };
    check(1, &subject, &Tool::find(ToolKind::Verilator).unwrap()).unwrap();
}

/// The Makefile of an emitted folder, with the tools that Rowsmith finds on PATH and a blank in the folder's name.
#[test]
fn an_emitted_folder_simulates_and_synthesises() {
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let mut builder = Builder::new(2, [2, 2, 2], act);
    let window = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    builder.conv(2, window, ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    let network = builder.finish();
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 1 }];
    let shape = CoreShape { ci: 1, px: 1, q: 1, drained: 1, digit: None, arrays };
    let plan = Plan::build(&network, &Target::find("ice40up5k").unwrap(), &shape).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("a core");
    hw::emit(&network, &plan, &random_images(&network, 2, 1)).unwrap().write(&core).unwrap();

    let programs = [ToolKind::Verilator, ToolKind::Yosys].map(|kind| Tool::find(kind).unwrap().program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = programs.iter().filter_map(|program| Some(program.parent()?.to_owned()));
    let path = std::env::join_paths(folders.chain(std::env::split_paths(&path))).unwrap();
    let make = |goal: &str| {
        let output = Command::new("make").current_dir(&core).env("PATH", &path).arg(goal).output().unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "make {goal}: {text}");
        text
    };
    assert!(make("sim").contains("outputs are as expected"));
    let counted = make("synth");
    assert!(counted.contains("num_cells_by_type") && counted.contains(&network.name), "{counted}");
}

/// Sums of whole accumulators, in types as wide as they take, rounded once; the last one's operands are such sums.
#[test]
fn sums_of_accumulators_rounded_once() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let plain = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let act = ActType { bits: 4, signed: true, lo: -8, hi: 7 };
    let wide = ActType { bits: 13, signed: true, lo: -4096, hi: 4095 };
    let mut builder = Builder::new(31, [4, 3, 3], act);
    let shape = builder.last().shape;
    let mut sums = Vec::new();
    for _ in 0..2 {
        for _ in 0..2 {
            builder.network.output = TensorId(0);
            builder.conv(4, plain, wide);
        }
        let operands = [builder.network.output, TensorId(builder.network.output.0 - 1)];
        let requants = [2795, 1731].map(|mul| Requant { mul, add: 4095, shift: 0 });
        let bits = if sums.is_empty() { 8 } else { 16 };
        let act = ActType { bits, signed: true, lo: -(1 << (bits - 1)), hi: (1 << (bits - 1)) - 1 };
        builder.layer(Op::Add(requants), operands.to_vec(), shape, act);
        sums.push(builder.network.output);
    }
    let requants = [5, 3].map(|mul| Requant { mul, add: 1, shift: 0 });
    builder.layer(Op::Add(requants), sums, shape, ActType { bits: 8, signed: true, lo: -128, hi: 127 });
    let mut network = builder.finish();
    for layer in &mut network.layers {
        if let Op::Conv(conv) = &mut layer.op {
            conv.matrix.requant.iter_mut().for_each(|r| *r = Requant { mul: 1, add: r.add % 64, shift: 0 });
        } else {
            (layer.shift, layer.rounding) = (9, Rounding::HalfEven);
        }
    }
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 2 }];
    let core = CoreShape { ci: 2, px: 1, q: 2, drained: 1, digit: None, arrays };
    let subject = Subject { network, target: "xc7z020", shape: core, features: BTreeSet::new() };
    check(1, &subject, &verilator).unwrap();
}

/// Windows that begin before or end behind a small image by almost their own size.
#[test]
fn windows_far_beyond_small_images() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let mut random = Random(50);
    let subjects: Vec<_> = (0..6).map(|index| far_window(index, &mut random)).collect();
    let faults: Vec<_> = subjects
        .par_iter()
        .filter_map(|subject| Some(format!("{:?}: {}", subject.network.layers, check(1, subject, &verilator).err()?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A first layer, then one whose window reaches up to five pixels beyond the tensor on each side.
fn far_window(index: usize, random: &mut Random) -> Subject {
    let pixels = |random: &mut Random| random.size(1, 4);
    let (height, width) = (pixels(random), pixels(random));
    let mut builder = Builder::new(index as u64, [2, height, width], ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    let act = ActType { bits: 8, signed: true, lo: -127, hi: 127 };
    builder.conv(2, Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() }, act);
    let kernel = [random.size(2, 6), random.size(2, 6)];
    let mut reach = |axis: usize| random.size(0, kernel[axis] - 1);
    let mut padding = Padding { top: reach(0), left: reach(1), bottom: reach(0), right: reach(1) };
    if index == 0 {
        padding = Padding { top: kernel[0] - 1, left: kernel[1] - 1, bottom: 0, right: 0 };
    }
    // At least one window fits.
    padding.bottom = padding.bottom.max(kernel[0].saturating_sub(height + padding.top));
    padding.right = padding.right.max(kernel[1].saturating_sub(width + padding.left));
    builder.conv(2, Window { kernel, stride: [random.size(1, 2), random.size(1, 3)], padding }, act);
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 2 }];
    let shape = CoreShape { ci: 2, px: random.size(1, 3), q: 2, drained: 1, digit: None, arrays };
    Subject { network: builder.finish(), target: "ecp5-25f", shape, features: BTreeSet::new() }
}

/// Maxima that are taken of results as they are drained: over windows that touch and windows that share a pixel, with padding and without,
/// whole and cut by the image's end.
#[test]
fn maxima_of_any_window() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let subjects: Vec<_> = (0..6).map(pools_behind_rows).collect();
    let faults: Vec<_> = subjects
        .par_iter()
        .filter_map(|subject| Some(format!("{:?}: {}", subject.network.layers, check(1, subject, &verilator).err()?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Maxima that are written in two digits are no results: where activations have words for each digit, the pooling unit takes them.
#[test]
fn maxima_of_several_digits() {
    let narrow = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let wide = ActType { bits: 8, signed: false, lo: 0, hi: 255 };
    let plain = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let mut builder = Builder::new(5, [2, 8, 8], narrow);
    builder.conv(4, plain, wide);
    let image = builder.last().shape;
    let window = Window { kernel: [2, 2], stride: [2, 2], padding: Padding::default() };
    let windows = Shape { height: 4, width: 4, ..image };
    builder.layer(Op::MaxPool(window), vec![builder.network.output], windows, wide);
    builder.conv(2, plain, ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 4 }];
    let shape = CoreShape { ci: 2, px: 2, q: 2, drained: 1, digit: Some(4), arrays };
    let subject = Subject { network: builder.finish(), target: "xc7z020", shape, features: BTreeSet::new() };
    check(1, &subject, &Tool::find(ToolKind::Verilator).unwrap()).unwrap();
}

/// Four convolutions with pools behind them, and one more.
fn pools_behind_rows(index: u64) -> Subject {
    let mut random = Random(70 + index);
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let plain = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let mut builder = Builder::new(index, [2, random.size(20, 30), random.size(20, 30)], act);
    for _ in 0..4 {
        builder.conv(random.size(1, 5), plain, act);
        let image = builder.last().shape;
        let (window, windows) = loop {
            let stride = [random.size(1, 3), random.size(1, 3)];
            let kernel = stride.map(|stride| stride + random.size(0, 1));
            let mut pad = |axis: usize| random.size(0, kernel[axis] - 1);
            let padding = Padding { top: pad(0), left: pad(1), bottom: pad(0), right: pad(1) };
            let window = Window { kernel, stride, padding };
            let count = |extent: usize, pads: usize, axis: usize| {
                (extent + pads).checked_sub(kernel[axis]).map_or(0, |rest| rest / stride[axis] + 1)
            };
            let height = count(image.height, padding.top + padding.bottom, 0);
            let width = count(image.width, padding.left + padding.right, 1);
            let windows = Shape { height, width, ..image };
            if kernel != [1, 1] && width >= 4 && height > 0 && WindowAxis::both(&window, image, windows).is_some() {
                break (window, windows);
            }
        };
        builder.layer(Op::MaxPool(window), vec![builder.network.output], windows, act);
    }
    builder.conv(2, plain, ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    let (network, q) = (builder.finish(), random.size(1, 2));
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 4 }];
    let shape = CoreShape { ci: 2, px: random.size(1, 5), q, drained: 1, digit: None, arrays };
    let target = ["xc7z020", "ecp5-25f", "ice40up5k"][index as usize % 3];
    let plan = Plan::build(&network, &Target::find(target).unwrap(), &shape).unwrap();
    assert_eq!(plan.program.graph.steps.iter().filter(|step| step.pooled.is_some()).count(), 4);
    Subject { network, target, shape, features: BTreeSet::new() }
}

/// The first convolution is folded by a stride beyond 8; the others are depthwise, with two rows for each channel, and channel-wise.
#[test]
fn groups_are_computed_with_zeros() {
    let act = ActType { bits: 4, signed: true, lo: -8, hi: 7 };
    let mut builder = Builder::new(7, [4, 40, 36], act);
    let window = |kernel: [usize; 2], stride, pad| Window {
        kernel,
        stride,
        padding: Padding { top: pad, left: pad, bottom: pad, right: pad },
    };
    builder.grouped_conv(2, 6, window([16, 10], [16, 12], 0), act);
    builder.grouped_conv(6, 12, window([3, 3], [1, 1], 1), act);
    builder.grouped_conv(12, 12, window([1, 1], [1, 1], 0), ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    let mut network = builder.finish();
    for layer in &mut network.layers {
        let Op::Conv(conv) = &mut layer.op else { continue };
        conv.matrix.schemes.fill("fixed(8)".parse().unwrap());
        conv.matrix.levels.iter_mut().for_each(|level| *level = (*level).clamp(-127, 127));
    }
    for lane in ["fixed(8)", "dsp(8)"] {
        let shape = CoreShape {
            ci: 4,
            px: 2,
            q: 2,
            drained: 1,
            digit: None,
            arrays: vec![ArraySpec { lane: lane.parse().unwrap(), rows: 4 }],
        };
        let subject = Subject { network: network.clone(), target: "xc7z020", shape, features: BTreeSet::new() };
        check(1, &subject, &Tool::find(ToolKind::Verilator).unwrap()).unwrap_or_else(|fault| panic!("{lane}: {fault}"));
    }
}

/// Nearly the same networks with mantissas of up to 63 bits, and constants and sums beyond 64.
#[test]
fn long_constants() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap();
    let mut random = Random(63);
    let mut widest = [0; 3];
    for seed in [971, 3983, 1282, 2059] {
        let mut subject = subject(seed);
        for layer in &mut subject.network.layers {
            match &mut layer.op {
                Op::Conv(conv) => conv.matrix.requant.iter_mut().for_each(|own| lengthen(own, &mut random)),
                Op::AvgPool(_, Average::Window(own)) => lengthen(own, &mut random),
                Op::Add(operands) => operands.iter_mut().for_each(|own| lengthen(own, &mut random)),
                _ => {}
            }
        }
        let target = Target::find(subject.target).unwrap();
        let widths = Plan::build(&subject.network, &target, &subject.shape).unwrap().core.widths;
        let own = [widths.mul, widths.add, widths.total];
        widest = [0, 1, 2].map(|i: usize| widest[i].max(own[i]));
        println!("seed {seed}: {own:?} bits");
        check(seed, &subject, &verilator).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
    }
    assert!(widest[0] > 60 && widest[1] > 64 && widest[2] > 72, "{widest:?}");
}

/// Constants with more bits, the ratio and the constant changed by less than the last of those before.
fn lengthen(own: &mut Requant, random: &mut Random) {
    if own.mul == 0 || *own == Requant::IDENTITY {
        return;
    }
    let room = (own.mul.leading_zeros() - 1).min(own.add.unsigned_abs().leading_zeros().saturating_sub(2));
    let bits = if random.size(0, 1) == 0 { room } else { random.size(0, room as usize) as u32 };
    let mut tail = || (random.bits() & ((1 << bits) - 1)) >> random.size(0, 3);
    *own = Requant { mul: (own.mul << bits) + tail(), add: (own.add << bits) + tail() as i64, shift: own.shift + bits };
}

#[test]
#[ignore = "as long as its range"]
fn seeds_of_the_environment() {
    let text = std::env::var(SEEDS).unwrap_or_else(|_| panic!("{SEEDS} names the seeds, from..to"));
    let range = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    let range = range.unwrap_or_else(|| panic!("{SEEDS} is from..to, not `{text}`"));
    let seeds: Vec<_> = range.collect();
    assert!(!seeds.is_empty(), "{SEEDS}={text} names no seed");
    run(&seeds, |_, _| ());
}

/// Two hundred seeds, with what each core is; writes `record/networks.csv`, faults included.
#[test]
#[ignore = "takes about an hour"]
fn record_seeds() {
    let lines = Mutex::new(BTreeMap::new());
    let seen = |seed: u64, result: &Result<Vec<Cycles>, String>| {
        let Subject { target, shape, .. } = subject(seed);
        let arrays: Vec<String> = shape.arrays.iter().map(|array| format!("{}={}", array.lane, array.rows)).collect();
        let joined = |number: fn(&Cycles) -> f64| match result {
            Ok(all) => all.iter().map(|cycles| format!("{:.0}", number(cycles))).collect::<Vec<_>>().join(" "),
            Err(_) => String::new(),
        };
        let verdict = result.as_ref().map_or_else(|fault| fault.replace([',', '\n'], ";"), |_| "exact".to_owned());
        let line = format!(
            "{seed},{target},{shape},{},{:?},{},{},{verdict}",
            arrays.join(" ").replace(',', ";"),
            loading(seed)[0],
            joined(|cycles| cycles.predicted),
            joined(|cycles| cycles.simulated),
        );
        lines.lock().expect("lines").insert(seed, line);
    };
    let faults = catch_unwind(AssertUnwindSafe(|| run(&(0..200).collect::<Vec<_>>(), seen)));
    let lines: Vec<String> = lines.into_inner().expect("lines").into_values().collect();
    let head = "seed,target,shape,arrays,program,cycles_pred,cycles,verdict";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("record/networks.csv");
    fs::write(file, format!("{head}\n{}\n", lines.join("\n"))).expect("record");
    faults.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Chooses [`FIXED`]: greedily, the seeds that hold the most features still missing.
#[test]
#[ignore = "a tool, not a test"]
fn choose_seeds() {
    let mut missing: BTreeSet<_> = FEATURES.into_iter().collect();
    let all: Vec<_> = (0..4000).map(|seed| (seed, subject(seed).features)).collect();
    while !missing.is_empty() {
        let (seed, features) =
            all.iter().max_by_key(|(_, f)| f.iter().filter(|f| missing.contains(*f)).count()).unwrap();
        if !features.iter().any(|f| missing.contains(f)) {
            break;
        }
        missing.retain(|f| !features.contains(f));
        println!("{seed}");
    }
    println!("missing: {missing:?}");
}
