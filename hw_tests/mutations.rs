//! Mutation check: deliberate bugs in the emitted RTL, each of which `verify`, or a run with an image that is cut in two, must catch.
//!
//! `make mutations` runs all of them and writes `record/mutations.csv`; it fails when one survives. `cargo test` checks that each
//! can be planted. `cargo bench --bench mutations -- TEXT` runs those whose name or module holds the text, and writes nothing.

#[path = "common/bugs.rs"]
mod bugs;
#[path = "common/designs.rs"]
mod designs;
#[path = "../tests/common/mod.rs"]
mod seeded;

use std::fs;
use std::path::{Path, PathBuf};

use bugs::{MUTATIONS, Mutation};
use designs::Design::{
    self, Ausn, Cells, Digits, Dropped, Even, Fixed, InDigits, Inferred, OwnFolded, OwnWords, Padded, Pooled, Queued,
    Refilled, Residual, Seconds, Seeded, Singles, Spans, Streamed, Strips,
};
use rayon::prelude::*;
use rowsmith::host::load_images;
use rowsmith::hw::{self, PlanSummary};
use rowsmith::ir::{ActType, Op, Padding, Requant, Rounding, Shape, TensorId, Window};
use rowsmith::plan::{Loading, Plan, Request};
use rowsmith::sim::{
    BeatFault, SimDram, SimError, SimJob, SimOptions, SimProgram, SimRun, Verifier, VerifyOptions, random_images,
};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use rowsmith::{golden, ir, manifest};

/// Rows of short shifts, whose results are often halves. With `sums`, also a sum with a common shift and one without, both to
/// even.
fn half_even(sums: bool) -> ir::Network {
    let act = ActType { bits: 8, signed: true, lo: -128, hi: 127 };
    let mut builder = seeded::Builder::new(5, [4, 5, 6], act);
    let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
    let shape = Shape { channels: 4, height: 5, width: 6 };
    builder.conv(4, pixel, act);
    builder.conv(4, pixel, act);
    let plus = |add: i64| Requant { mul: 2, add: 2 * add, shift: 1 };
    let sum = [plus(2), Requant { mul: 5, add: 0, shift: 0 }];
    if sums {
        builder.layer(Op::Add(sum), vec![TensorId(2), TensorId(1)], shape, act);
        builder.layer(Op::Add([plus(1), Requant::IDENTITY]), vec![TensorId(3), TensorId(1)], shape, act);
    }
    let mut network = builder.finish();
    if sums {
        network.layers[2].shift = 2;
    }
    for layer in &mut network.layers {
        layer.rounding = Rounding::HalfEven;
        if let Op::Conv(conv) = &mut layer.op {
            for (row, requant) in conv.matrix.requant.iter_mut().enumerate() {
                let shift = [2, 5][row % 2];
                *requant = Requant { mul: 1, add: 1 << (shift - 1), shift };
            }
        }
    }
    network
}

struct Prepared {
    network: ir::Network,
    plan: Plan,
    images: Vec<Vec<i32>>,
}

fn prepare(design: Design) -> Prepared {
    let (model, images, shape, rows) = match design {
        Seeded | Padded | InDigits | OwnWords | OwnFolded | Seconds | Pooled | Spans | Singles => {
            let seed = match design {
                Seeded => 2,
                Padded => 110,
                OwnWords => 400,
                OwnFolded => 2275,
                Seconds => 287,
                Pooled => 494,
                Spans => 7688,
                Singles => 907,
                _ => 811,
            };
            let seeded::Subject { network, target, shape, .. } = seeded::subject(seed);
            let plan = Plan::build(&network, &Target::find(target).expect("a target"), &shape).expect("a plan");
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
        Strips | Queued => {
            let index = if matches!(design, Strips) { 10 } else { 8 };
            let seeded::Subject { network, target, shape, .. } = seeded::strips(index);
            let plan = Plan::build(&network, &seeded::without_block_ram(target), &shape).expect("a plan");
            assert!(plan.core.room.strip_groups > 1 && plan.core.units.pooled && plan.core.input.folds());
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
        Digits | Cells | Inferred => ("digits/msq.toml", "digits/test_images.npy", "4x3x8", "dsp(4)=2,sp2(4)=6"),
        Ausn => ("digits/ausn.toml", "digits/test_images.npy", "4x1x8", "ausn(4;1)=8"),
        Fixed => ("digits/fixed4.toml", "digits/test_images.npy", "4x1x8", "fixed(4)=8"),
        Residual => ("resnet8-shape/resnet8_shape.toml", "resnet8-shape/inputs.npy", "8x2x8", "dsp(4)=2,sp2(4)=6"),
        Streamed | Refilled => {
            let network = manifest::load(
                &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/resnet8-shape/resnet8_shape.toml"),
            )
            .expect("the example loads");
            let mut target = Target::find("xc7z020").expect("a target");
            let dram = target.dram.as_mut().expect("it has DRAM");
            (dram.ports, dram.bytes_per_cycle) = if matches!(design, Refilled) { (3, 24.0) } else { (2, 1.5) };
            let request = Request {
                loading: Loading::DRAM,
                ..Request::parse(Some("8x3x12"), Some("dsp(4)=3,sp2(4)=9")).expect("a shape")
            };
            let plan = request.plan(&network, &target).expect("a plan");
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
        Even | Dropped => {
            let network = half_even(matches!(design, Even));
            let request =
                Request { oversize: true, ..Request::parse(Some("4x2x4"), Some("dsp(16)=4")).expect("a shape") };
            let plan = request.plan(&network, &Target::find("xc7z020").expect("a target")).expect("a plan");
            assert!(plan.core.widths.shift_min > 0 || matches!(design, Even), "every step drops bits");
            let images = random_images(&network, 4, 3);
            return Prepared { network, plan, images };
        }
    };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let network = manifest::load(&examples.join(model)).expect("the example loads");
    let target = if matches!(design, Inferred) { "ecp5-25f" } else { "xc7z020" };
    let target = Target::find(target).expect("a built-in target");
    let request = Request { oversize: true, ..Request::parse(Some(shape), Some(rows)).expect("a shape") };
    let plan = request.plan(&network, &target).expect("the example plans");
    let images = load_images(&examples.join(images), &network, None, Some(6)).expect("the images load").images;
    Prepared { network, plan, images }
}

/// The module with the bug.
fn broken(mutation: &Mutation) -> String {
    let Mutation(name, file, from, to, _) = mutation;
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl")).expect("the modules are there");
    let path = folders.map(|folder| folder.expect("a folder").path().join(file)).find(|path| path.is_file());
    let text = fs::read_to_string(path.expect("the module is there")).expect("the module is there");
    let broken = text.replace(from, to);
    assert!(text != broken, "{name}: {file} holds no `{from}`");
    broken
}

/// Plants the bug in an emitted core.
fn plant(mutation: &Mutation, core: &Path) {
    let Mutation(name, file, ..) = mutation;
    let list = fs::read_to_string(core.join("sim.f")).expect("the list is there");
    let path = list.lines().find(|path| path.ends_with(&format!("/{file}")));
    let path = path.unwrap_or_else(|| panic!("{name}: the core is without {file}"));
    fs::write(core.join(path), broken(mutation)).expect("a writable file");
}

/// How `verify` caught a bug; `None` when it did not.
fn caught(mutation: &Mutation, verilator: &Tool, cache: &Cache) -> Option<String> {
    let Mutation(name, .., design) = mutation;
    let prepared = prepare(*design);
    let folder = tempfile::tempdir().expect("a folder");
    let core: PathBuf = folder.path().join("core");
    let files = hw::emit(&prepared.network, &prepared.plan, &prepared.images[..1]).expect("emission");
    files.write(&core).expect("a writable folder");
    plant(mutation, &core);
    let options = SimOptions { cells: matches!(design, Cells), ..SimOptions::default() };
    let job = SimJob { folder: core.clone(), top: format!("{}_sim", prepared.plan.core.name), options };
    let verifier = Verifier::build(&prepared.network, &prepared.plan, core, options, verilator, cache)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let verdict = match verifier.run(&prepared.images, &VerifyOptions::default(), |_| ()) {
        Ok(report) => report.first.map(|m| {
            format!("{} run: image {} row {} expected {} found {}", m.run, m.image, m.row, m.expected, m.found)
        }),
        Err(error) => Some(fault(name, &error)),
    };
    verdict.or_else(|| {
        let program = job.build(verilator, cache).unwrap_or_else(|error| panic!("{name}: {error}"));
        caught_by_a_cut_image(name, &prepared, &program)
    })
}

/// What the core does wrong; a fault of tool or disk catches nothing.
fn fault(name: &str, error: &SimError) -> String {
    match error {
        SimError::Timeout(_) | SimError::Protocol(_) | SimError::Design(_) => {
            error.to_string().lines().next().unwrap_or_default().to_owned()
        }
        error => panic!("{name}: {error}"),
    }
}

/// `verify` sends whole images only: here the first one is cut in two, and must cost no other.
fn caught_by_a_cut_image(name: &str, prepared: &Prepared, program: &SimProgram) -> Option<String> {
    let Prepared { network, plan, images } = prepared;
    let PlanSummary { input, output, .. } = PlanSummary::of(plan);
    if input.beats == 1 {
        return None;
    }
    let mut run = SimRun::of_images(plan, &input, &output, images);
    (run.faults, run.expected) = (vec![(0, BeatFault::TurnLast)], images.len() as u64 - 1);
    run.max_idle = hw::max_idle(plan.cycles);
    run.dram = SimDram::of(network, plan);
    match program.run(&run, |_| ()) {
        Ok(result) => {
            let others = golden::run_batch(network, &images[1..]).expect("the golden model runs");
            let expected: Vec<u8> = others.iter().flat_map(|values| output.stream(values)).collect();
            (result.output != expected).then(|| "a cut image: others have other results".to_owned())
        }
        Err(error) => Some(format!("a cut image: {}", fault(name, &error))),
    }
}

fn main() {
    // A bug that cannot be planted is known before the first one is tried.
    for mutation in MUTATIONS {
        broken(mutation);
    }
    // `cargo test` leaves it at that.
    if std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations"));
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let chosen = |m: &&Mutation| filter.as_ref().is_none_or(|text| m.0.contains(text) || m.1.contains(text));
    let mutations: Vec<&Mutation> = MUTATIONS.iter().filter(chosen).collect();
    let outcomes: Vec<Option<String>> = mutations.par_iter().map(|m| caught(m, &verilator, &cache)).collect();
    let mut table = String::from("mutation,module,caught,how\n");
    for (Mutation(name, file, ..), outcome) in mutations.iter().zip(&outcomes) {
        let how = outcome.as_deref().unwrap_or("").replace(',', ";");
        let verdict = if outcome.is_some() { "yes" } else { "NO" };
        table += &[*name, file, verdict, &how].join(",");
        table.push('\n');
    }
    print!("{table}");
    if filter.is_none() {
        let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("record");
        fs::create_dir_all(&record)
            .and_then(|()| fs::write(record.join("mutations.csv"), &table))
            .expect("a writable record");
    }
    let survivors = outcomes.iter().filter(|o| o.is_none()).count();
    println!("{} of {} mutations caught", outcomes.len() - survivors, outcomes.len());
    assert_eq!(survivors, 0, "some bugs were not seen");
}
