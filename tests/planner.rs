//! The planner's choice against every shape there is, on targets small enough to try them all.

use std::path::Path;

use crate::common::Builder;

use rayon::prelude::*;
use rowsmith::ir::{ActType, Average, Negative, Network, Op, Padding, Requant, Rounding, Shape, TensorId, Window};
use rowsmith::manifest;
use rowsmith::plan::{ArraySpec, CoreShape, Plan, Request, StepGraph};
use rowsmith::target::Target;

/// Fewest cycles of all shapes that fit: any CI, PX, Q, D, and any rows in the two arrays.
fn fewest_cycles(model: &Path, target: &Target, arrays: [&str; 2], most_rows: [usize; 2]) -> u64 {
    let network = manifest::load(model).unwrap();
    let lanes = arrays.map(|lane| lane.parse().unwrap());
    let mut shapes = Vec::new();
    for ci in 1..=16 {
        for px in 1..=8 {
            for first in 1..=most_rows[0] {
                for second in 1..=most_rows[1] {
                    let arrays = [first, second].into_iter().zip(lanes).map(|(rows, lane)| ArraySpec { lane, rows });
                    let arrays: Vec<ArraySpec> = arrays.collect();
                    let divides = |q: &usize| ci % q == 0 && (first + second) % q == 0;
                    let spans = |q| (1..=px).filter(|drained| px % drained == 0).map(move |drained| (q, drained));
                    shapes.extend((1..=16).filter(divides).flat_map(spans).map(|(q, drained)| {
                        let arrays = arrays.clone();
                        CoreShape { ci, px, q, drained, digit: None, arrays }
                    }));
                }
            }
        }
    }
    let cycles = |shape: &CoreShape| {
        let plan = Plan::build(&network, target, shape).ok()?;
        plan.excess().is_none().then_some(plan.cycles)
    };
    shapes.par_iter().filter(|shape| shape.check().is_ok()).filter_map(cycles).min().unwrap()
}

fn check(model: &str, target: &str, arrays: [&str; 2], most_rows: [usize; 2]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(model);
    let target = Target::find(target).unwrap();
    let chosen = Request::default().plan(&manifest::load(&path).unwrap(), &target).unwrap();
    let best = fewest_cycles(&path, &target, arrays, most_rows);
    let ratio = chosen.cycles as f64 / best as f64;
    println!("{model}: {} of shape {} chosen, {best} at best", chosen.cycles, chosen.core.shape);
    assert!(ratio <= 1.05, "{model}: {} cycles of shape {} chosen, {best} at best", chosen.cycles, chosen.core.shape);
}

#[test]
fn digits_on_ice40() {
    check("digits/msq.toml", "ice40up5k", ["dsp(4)", "sp2(4)"], [8, 16]);
}

#[test]
fn residual_network_on_a_small_part_of_a_device() {
    let text = include_str!("../targets/xc7a35t.toml");
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small.toml");
    let small_text: String = text
        .lines()
        .map(|line| if line.starts_with("luts") { "luts = 7000\n".to_owned() } else { format!("{line}\n") })
        .collect();
    std::fs::write(&small, small_text).unwrap();
    check("resnet8-shape/resnet8_shape.toml", small.to_str().unwrap(), ["dsp(4)", "sp2(4)"], [6, 18]);
}

const ACT: ActType = ActType { bits: 4, signed: true, lo: -8, hi: 7 };
const PADDED: Window =
    Window { kernel: [3, 3], stride: [1, 1], padding: Padding { top: 1, left: 1, bottom: 1, right: 1 } };

/// A network of one operator over an image of 2 x 4 x 4; none is a padded convolution.
fn single(op: Option<Op>, inputs: usize) -> Network {
    let mut builder = Builder::new(1, [2, 4, 4], ACT);
    match op {
        Some(op) => builder.layer(op, vec![TensorId(0); inputs], Shape { channels: 2, height: 4, width: 4 }, ACT),
        None => builder.conv(2, PADDED, ACT),
    }
    builder.finish()
}

/// Numbers that no core computes are refused by name; the same network without them is planned.
#[test]
fn numbers_without_hardware_are_refused() {
    let plan = |network: &Network| StepGraph::lower(network).map_err(|error| error.to_string());
    let refused = |network: &Network, reason: &str| {
        let text = plan(network).expect_err(reason);
        assert!(text.contains(reason) && text.contains(": "), "{text}");
    };
    let conv = single(None, 1);
    plan(&conv).unwrap();

    let mut leaky = conv.clone();
    let Op::Conv(rows) = &mut leaky.layers[0].op else { panic!("a convolution") };
    let negative = |own: &Requant| Negative::by_sign(*own, Requant::IDENTITY);
    rows.matrix.negative = Some(rows.matrix.requant.iter().map(negative).collect());
    plan(&leaky).unwrap();

    let mut odd = conv.clone();
    odd.layers[0].rounding = Rounding::HalfOdd;
    refused(&odd, "rounds halves to odd integers");

    // Padding is the zero point as it is stored: signed values with half of their range added.
    let padding = |network: &Network| {
        let graph = plan(network).unwrap();
        graph.padding(&graph.steps[0])
    };
    let mut asymmetric = conv.clone();
    asymmetric.tensors[0].zero_point = -8;
    let ActType { bits, signed, .. } = asymmetric.tensors[0].act;
    assert_eq!(padding(&asymmetric), if signed { (1 << (bits - 1)) - 8 } else { -8 });

    // A result may be wide, the tensor that a core stores may not.
    let mut wide = conv;
    let nine = ActType { bits: 9, signed: true, lo: -256, hi: 255 };
    wide.tensors[1].act = nine;
    plan(&wide).unwrap();
    wide.tensors[0].act = nine;
    refused(&wide, "`image` has 9 bits");

    let requant = Requant { mul: 7, add: 32, shift: 6 };
    let mut mean = single(Some(Op::AvgPool(PADDED, Average::Window(requant))), 1);
    let unshifted = padding(&mean);
    mean.tensors[0].zero_point = 3;
    assert_eq!(padding(&mean), unshifted + 3);
    let highest = single(Some(Op::MaxPool(PADDED)), 1);
    assert_eq!(padding(&highest), 0, "the lowest number of what is stored");
    let by_pixels = Average::Image(vec![requant; 9]);
    refused(&single(Some(Op::AvgPool(PADDED, by_pixels.clone())), 1), "leaves padding out");

    let mut sum = single(Some(Op::Add([requant; 2])), 2);
    sum.layers[0].shift = 1;
    plan(&sum).unwrap();
    let mut guarded = single(Some(Op::AvgPool(PADDED, Average::Window(requant))), 1);
    guarded.layers[0].shift = 1;
    plan(&guarded).unwrap();

    // Without padding, both averages are the same, and a zero point means nothing.
    let inside = Window { padding: Padding::default(), ..PADDED };
    let mut builder = Builder::new(1, [2, 4, 4], ACT);
    let result = Shape { channels: 2, height: 2, width: 2 };
    builder.layer(Op::AvgPool(inside, by_pixels), vec![TensorId(0)], result, ACT);
    let mut network = builder.finish();
    network.tensors[0].zero_point = 3;
    plan(&network).unwrap();
}
