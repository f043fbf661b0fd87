//! Networks at the limits of what a core can hold or reach.

use std::collections::BTreeSet;
use std::process::Command;

use rayon::prelude::*;
use rowsmith::hw;
use rowsmith::ir::{ActType, Average, Op, Padding, Requant, Rounding, TensorId, Window};
use rowsmith::plan::{ArraySpec, CoreShape, Plan};
use rowsmith::sim::random_images;
use rowsmith::target::Target;
use rowsmith::tool::{Tool, ToolKind};

use super::harness::check;
use crate::seeded::{Builder, Random, Subject, subject};

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
