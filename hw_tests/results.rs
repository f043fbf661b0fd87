//! Results on their stream: the bytes of the dense array [pixel][channel] in the network's order, whatever order the core computes in.

#[path = "../tests/common/mod.rs"]
mod seeded;

use std::path::Path;

use rayon::prelude::*;
use rowsmith::golden;
use rowsmith::hw::{self, PlanSummary};
use rowsmith::ir::{ActType, Network, Op, Padding, Requant, TensorId, Window};
use rowsmith::plan::{CoreShape, Plan};
use rowsmith::sim::{SimJob, SimLanes, SimOptions, SimRun, Stalls, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};
use seeded::{Builder, slide};

const IMAGES: usize = 3;

/// A network on a shape, and what its plan must be like to be a test of what its name says.
struct Case {
    name: &'static str,
    network: Network,
    /// Dimensions, and rows of each lane.
    shape: [&'static str; 2],
    is_one: fn(&Plan) -> bool,
}

fn act(bits: u32) -> ActType {
    ActType { bits, signed: true, lo: -(1 << (bits - 1)), hi: (1 << (bits - 1)) - 1 }
}

fn window(size: usize) -> Window {
    Window { kernel: [size, size], stride: [1, 1], padding: Padding::default() }
}

/// A layer of 3 x 3 windows without padding, so that blocks hold pixels beyond the result's rows, behind one of 1 x 1.
fn convolution(channels: usize, bits: u32) -> Builder {
    let mut builder = Builder::new(5, [2, 6, 7], ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    builder.conv(4, window(1), ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    builder.conv(channels, window(3), act(bits));
    builder
}

/// The same with a second operand.
fn sum(channels: usize) -> Network {
    let mut builder = convolution(channels, 8);
    let (first, shape) = (builder.network.output, builder.last().shape);
    builder.network.output = TensorId(1);
    builder.conv(channels, window(3), act(8));
    let operands = vec![first, builder.network.output];
    builder.layer(Op::Add([Requant { mul: 1, add: 0, shift: 0 }; 2]), operands, shape, act(9));
    builder.finish()
}

fn pool(channels: usize) -> Network {
    let mut builder = convolution(channels, 8);
    let (source, window) = (builder.network.output, window(2));
    let shape = slide(builder.last().shape, &window, channels);
    builder.layer(Op::MaxPool(window), vec![source], shape, act(8));
    builder.finish()
}

fn dense(rows: usize) -> Network {
    let mut builder = Builder::new(6, [8, 1, 1], act(4));
    builder.conv(rows, window(1), act(8));
    builder.finish()
}

fn cases() -> Vec<Case> {
    let by_block: fn(&Plan) -> bool = |plan| {
        let last = plan.program.steps.last().unwrap();
        last.groups > 1 && last.blocks > 1 && plan.core.by_block() && !plan.core.output_ordered()
    };
    let mixed = "dsp(16)=2,dsp(8)=2";
    let case = |name, network, shape, is_one| Case { name, network, shape, is_one };
    vec![
        case("several groups and blocks", convolution(10, 8).finish(), ["2x3x4x2", mixed], by_block),
        case("elements of 16 bits", convolution(7, 12).finish(), ["2x4x4x2", mixed], by_block),
        case("elements of 32 bits", convolution(5, 20).finish(), ["2x2x4x1", mixed], by_block),
        case("a sum", sum(10), ["2x3x4x2", mixed], by_block),
        case("maxima", pool(10), ["2x3x4x2", mixed], by_block),
        case("words in order", dense(24), ["4x1x8x4", "dsp(16)=8"], |plan| plan.core.output_ordered()),
        case("two words a beat", dense(6), ["4x1x4x2", "dsp(16)=4"], |plan| {
            plan.core.output_ordered() && plan.core.stream_bits() == 32
        }),
    ]
}

fn check(case: &Case, verilator: &Tool) -> Result<(), String> {
    let Case { network, shape: [dims, rows], .. } = case;
    let dims = CoreShape::parse_dims(dims).map_err(|e| e.to_string())?;
    let arrays = CoreShape::parse_rows(rows).map_err(|e| e.to_string())?;
    let shape = CoreShape {
        ci: dims.ci,
        px: dims.px,
        q: dims.q.unwrap(),
        drained: dims.drained.unwrap_or(1),
        digit: None,
        arrays,
    };
    let plan = Plan::build(network, &Target::find("ecp5-85f").unwrap(), &shape).map_err(|e| e.to_string())?;
    if !(case.is_one)(&plan) {
        return Err("the plan is another one".to_owned());
    }
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let core = folder.path().join("core");
    let files = hw::emit(network, &plan, &[]).map_err(|e| e.to_string())?;
    files.write(&core).map_err(|e| e.to_string())?;
    let job = SimJob { folder: core, top: format!("{}_sim", network.name), options: SimOptions::default() };
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let program = job.build(verilator, &cache).map_err(|e| e.to_string())?;

    let images = random_images(network, IMAGES, 3);
    let result = network.tensor(network.output);
    let (pixels, bytes) = (result.shape.pixels(), result.act.bits.next_power_of_two().max(8) as usize / 8);
    let image = network.tensor(network.input).shape;
    let place = |at: usize| at % image.channels * image.pixels() + at / image.channels;
    let input = images.iter().flat_map(|values| (0..image.len()).map(|at| values[place(at)] as u8)).collect();
    let mut expected: Vec<u8> = Vec::new();
    for values in golden::run_batch(network, &images).map_err(|e| e.to_string())? {
        for pixel in 0..pixels {
            for channel in 0..result.shape.channels {
                expected.extend(&values[channel * pixels + pixel].to_le_bytes()[..bytes]);
            }
        }
    }
    let summary = PlanSummary::of(&plan);
    let lanes = SimLanes {
        input: summary.input.beat_bytes as u16,
        output: summary.output.beat_bytes as u16,
        trace: shape.q as u16,
    };
    let size = (expected.len() / IMAGES) as u64;
    for stalls in [0, 300, 800] {
        let mut run = SimRun::new(lanes, IMAGES as u64, image.len() as u64, size, Vec::clone(&input));
        run.stalls = Stalls { input: stalls / 4, output: stalls };
        let found = program.run(&run, |_| ()).map_err(|e| e.to_string())?;
        if found.output != expected {
            return Err(format!("wrong bytes with {stalls} stalls in 1000 cycles"));
        }
    }
    Ok(())
}

#[test]
fn results_are_dense_arrays() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let fault = |case: &Case| Some(format!("{}: {}", case.name, check(case, &verilator).err()?));
    let faults: Vec<String> = cases().par_iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
