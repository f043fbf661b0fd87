//! Results on their stream: the bytes of the dense array [pixel][channel] in the network's order, whatever order the core computes in.

use std::path::Path;

use crate::seeded::{Builder, slide};
use rayon::prelude::*;
use rowsmith::golden;
use rowsmith::hw::{self, PlanSummary};
use rowsmith::ir::{ActType, Network, Op, Padding, Requant, TensorId, Window};
use rowsmith::plan::{CoreShape, Plan};
use rowsmith::sim::{SimJob, SimLanes, SimOptions, SimRun, Stalls, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

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
        last.groups > 1 && last.blocks > 1 && plan.core.by_block() == 1 && !plan.core.output_ordered()
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

fn shape_of([dims, rows]: [&str; 2]) -> CoreShape {
    let (dims, arrays) = (CoreShape::parse_dims(dims).unwrap(), CoreShape::parse_rows(rows).unwrap());
    let (q, drained) = (dims.q.unwrap(), dims.drained.unwrap_or(1));
    CoreShape { ci: dims.ci, px: dims.px, q, drained, digit: None, arrays }
}

fn check(case: &Case, verilator: &Tool) -> Result<(), String> {
    let Case { network, shape, .. } = case;
    let plan =
        Plan::build(network, &Target::find("ecp5-85f").unwrap(), &shape_of(*shape)).map_err(|e| e.to_string())?;
    if !(case.is_one)(&plan) {
        return Err("the plan is another one".to_owned());
    }
    let images = random_images(network, IMAGES, 3);
    stream(network, &plan, IMAGES, &input_bytes(network, &images), &result_bytes(network, &images), verilator)
}

/// Images as they lie in memory.
fn input_bytes(network: &Network, images: &[Vec<i32>]) -> Vec<u8> {
    let image = network.tensor(network.input).shape;
    let place = |at: usize| at % image.channels * image.pixels() + at / image.channels;
    images.iter().flat_map(|values| (0..image.len()).map(move |at| values[place(at)] as u8)).collect()
}

/// Their results as they are to lie there.
fn result_bytes(network: &Network, images: &[Vec<i32>]) -> Vec<u8> {
    let result = network.tensor(network.output);
    let (pixels, bytes) = (result.shape.pixels(), result.act.bits.next_power_of_two().max(8) as usize / 8);
    let mut expected: Vec<u8> = Vec::new();
    for values in golden::run_batch(network, images).unwrap() {
        for pixel in 0..pixels {
            for channel in 0..result.shape.channels {
                expected.extend(&values[channel * pixels + pixel].to_le_bytes()[..bytes]);
            }
        }
    }
    expected
}

/// Sends so many images to a core, and compares what comes back.
fn stream(
    network: &Network,
    plan: &Plan,
    count: usize,
    input: &[u8],
    expected: &[u8],
    verilator: &Tool,
) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let core = folder.path().join("core");
    let files = hw::emit(network, plan, &[]).map_err(|e| e.to_string())?;
    files.write(&core).map_err(|e| e.to_string())?;
    let job = SimJob { folder: core, top: format!("{}_sim", network.name), options: SimOptions::default() };
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let program = job.build(verilator, &cache).map_err(|e| e.to_string())?;
    let summary = PlanSummary::of(plan);
    let lanes = SimLanes {
        input: summary.input.beat_bytes as u16,
        output: summary.output.beat_bytes as u16,
        trace: plan.core.shape.q as u16,
    };
    let [image, result] = [input, expected].map(|bytes| (bytes.len() / count) as u64);
    for stalls in [0, 300, 800] {
        let mut run = SimRun::new(lanes, count as u64, image, result, input.to_vec());
        run.stalls = Stalls { input: stalls / 4, output: stalls };
        let found = program.run(&run, |_| ()).map_err(|e| e.to_string())?;
        if found.output != expected {
            return Err(format!("wrong bytes with {stalls} stalls in 1000 cycles"));
        }
    }
    Ok(())
}

/// A frame's results are those of its images, one after another.
#[test]
fn frames_are_images_one_after_another() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let mut builder = Builder::new(8, [7, 1, 1], act(4));
    for (rows, bits) in [(12, 4), (12, 4), (5, 8)] {
        builder.conv(rows, window(1), act(bits));
    }
    let network = builder.finish();
    for (frame, shape) in [(3, "4x1x4x2"), (4, "4x2x4x2x2"), (5, "2x4x4x1x4")] {
        let frames = network.frame(frame).unwrap();
        let plan =
            Plan::build(&frames, &Target::find("xc7z020").unwrap(), &shape_of([shape, "dsp(16)=2,dsp(8)=2"])).unwrap();
        let images = random_images(&network, frame * IMAGES, 4);
        let (input, expected) = (input_bytes(&network, &images), result_bytes(&network, &images));
        assert_eq!(result_bytes(&frames, &frames.framed(&images)), expected);
        stream(&frames, &plan, IMAGES, &input, &expected, &verilator)
            .unwrap_or_else(|fault| panic!("{shape}: {fault}"));
    }
}

/// Networks of images have none.
#[test]
fn images_of_several_pixels_have_no_frames() {
    assert!(convolution(4, 8).finish().frame(2).unwrap_err().contains("6 x 7 pixels"));
    assert_eq!(dense(6).frame(4).unwrap().alone().tensors, dense(6).tensors);
}

#[test]
fn results_are_dense_arrays() {
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let fault = |case: &Case| Some(format!("{}: {}", case.name, check(case, &verilator).err()?));
    let faults: Vec<String> = cases().par_iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
