//! Maxima of windows, taken of results as they are drained.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rowsmith::ir::{ActType, Op, Padding, Shape, Window};
use rowsmith::plan::{ArraySpec, CoreShape, Plan, WindowAxis};
use rowsmith::target::Target;
use rowsmith::tool::{Tool, ToolKind};

use super::harness::check;
use crate::seeded::{Builder, Random, Subject};

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
