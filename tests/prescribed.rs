//! Networks whose numbers the file prescribes: the integer network gives the file's numbers.

#![allow(clippy::float_cmp, reason = "numbers are compared to the last bit on purpose")]

use crate::common::float_nets::random_images;
use crate::common::prescribed::{Net, network, network_with, results, signed, unsigned, window};
use candle_core::Device;
use rowsmith::float::Rounding::{Floor as Down, HalfUp};
use rowsmith::float::{ActQuant, Clip, Conv, Op, Samples, WeightQuant};
use rowsmith::host::{output_values, quantize_input};
use rowsmith::ir::{ActType, Network, Rounding, Shape};
use rowsmith::num::Scheme;
use rowsmith::quant::{Method, OnGrid, Quantizer, Settings, Untyped, evaluate, float_outputs, lower, lowered};
use rowsmith::{golden, manifest};

const IMAGE: Shape = Shape { channels: 3, height: 6, width: 6 };

#[test]
fn limits_before_a_signed_type_stay() {
    for (clip, limits) in [(Clip::RELU, [0, 127]), (Clip { lo: -1.0, hi: 6.0 }, [-10, 60])] {
        let mut net = Net::new(IMAGE, Some(signed(8, 0.01)));
        net.conv(0, 4, window(3, 1, 0), (&[0.05], 0.01), (clip, Some(signed(8, 0.1))));
        let network = network(&net.graph);
        let act = network.tensor(network.output).act;
        assert_eq!(act, ActType { bits: 8, signed: true, lo: limits[0], hi: limits[1] });
    }
}

/// The input's type cuts most values off: weights that are chosen make up for rounding, not for what the file cuts off itself.
#[test]
fn inputs_beyond_their_type_are_those_of_the_file() {
    let mut net = Net::new(IMAGE, Some(signed(8, 0.004)));
    net.conv(0, 4, window(3, 1, 0), (&[0.05], 0.01), (Clip::NONE, None));
    if let Op::Conv(conv) = &mut net.graph.nodes[0].op {
        conv.quant = None;
    }
    let samples = Samples { images: random_images(&net.graph, 24, 3), labels: None };
    let uniform = Method::Uniform(Scheme::Fixed { bits: 8 });
    let settings = Settings { method: uniform, act_bits: 8, ..Settings::default() };
    let quantizer = Quantizer::new(&net.graph, Device::Cpu, &samples, settings).unwrap();
    let network = lower(&quantizer.run().unwrap().quantized).unwrap();
    let expected = float_outputs(quantizer.executor(), quantizer.params(), &samples.images).unwrap();
    let found = evaluate(&network, &expected, &samples).unwrap().sqnr_db;
    assert!(found > 34.0, "{found} dB");
}

#[test]
fn the_lowest_integer_as_zero_point_is_an_unsigned_type() {
    let of = |quant: fn(f32) -> ActQuant| {
        let mut net = Net::new(IMAGE, Some(quant(0.02)));
        let hidden = net.conv(0, 4, window(3, 1, 1), (&[0.05], 0.01), (Clip::RELU, Some(quant(0.1))));
        let pool = window(6, 1, 0);
        let mean = net.node(
            Op::AvgPool { window: pool, count_padding: false },
            &[hidden],
            Clip::NONE,
            Some(unsigned(8, 0.05)),
        );
        net.conv(mean, 4, window(1, 1, 0), (&[0.05], 0.01), (Clip::NONE, Some(signed(8, 0.1))));
        network(&net.graph)
    };
    let shifted = |scale: f32| ActQuant { lo: -128, hi: 127, offset: 128.0 * scale, ..unsigned(8, scale) };
    let (twin, shifted) = (of(|scale| unsigned(8, scale)), of(shifted));
    assert_eq!(shifted.digest, twin.digest);
    assert_eq!(shifted.tensors[1].act, ActType { bits: 8, signed: false, lo: 0, hi: 255 });
}

/// Signed input of 4 bits in steps of 1/8: products with other powers of two are exact in single precision.
fn start() -> Net {
    Net::new(IMAGE, Some(signed(4, 0.125)))
}

/// No limits, and this type.
fn typed(quant: ActQuant) -> (Clip, Option<ActQuant>) {
    (Clip::NONE, Some(quant))
}

const BARE: (Clip, Option<ActQuant>) = (Clip::NONE, None);
const HALF: (&[f32], f32) = (&[0.5], 0.0625);

/// The first pair of values that differ.
fn different(found: &[Vec<f32>], expected: &[Vec<f32>]) -> Option<(f32, f32)> {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().flatten().copied().zip(expected.iter().flatten().copied());
    pairs.into_iter().find(|(a, b)| a != b)
}

/// The integer network, simulated grids and the file's own arithmetic agree in every bit, and every layer is known to be exact.
fn agrees(name: &str, net: Net) -> Network {
    let (network, exact) = same(name, net);
    let doubtful: Vec<_> = network.layers.iter().zip(&exact).filter(|(_, e)| **e != Some(true)).collect();
    assert!(doubtful.is_empty(), "{name}: {doubtful:?}");
    network
}

/// Agreement in every bit, with what is known to be exact.
fn same(name: &str, net: Net) -> (Network, Vec<Option<bool>>) {
    let graph = net.graph;
    let images = random_images(&graph, 24, 11);
    let samples = Samples { images: images.clone(), labels: None };
    let settings = Settings { method: Method::Msq, ..Settings::default() };
    let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
    let quantized = quantizer.run().unwrap().quantized;
    let lowered = lowered(&quantized).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let network = manifest::load(&manifest::save(&lowered.network, folder.path()).unwrap()).unwrap();
    let inputs: Vec<Vec<i32>> = images.iter().map(|image| quantize_input(&network, image).integers).collect();
    let integers = golden::run_batch(&network, &inputs).unwrap();
    let found: Vec<Vec<f32>> = integers.iter().map(|result| output_values(&network, result)).collect();
    let executor = quantizer.executor();
    let expected = float_outputs(executor, quantizer.params(), &images).unwrap();
    assert_eq!(different(&found, &expected), None, "{name}");
    let grid = OnGrid(&quantized.acts);
    let batch = executor.batch(&images).unwrap();
    let simulated = executor.output(quantizer.params(), &batch, &grid).unwrap();
    let pixels = graph.tensor(graph.output).shape.pixels();
    assert_eq!(different(&found, &executor.images(&simulated, pixels).unwrap()), None, "{name}, simulated");
    let values = found.concat();
    assert!(values.iter().any(|value| *value != values[0]), "{name} is constant");
    (network, lowered.exact)
}

#[test]
fn rows_round_as_the_file_does() {
    let mut ties = start();
    ties.conv(0, 6, window(3, 1, 1), HALF, typed(signed(4, 0.5)));
    let network = agrees("ties", ties);
    assert_eq!(network.layers[0].rounding, Rounding::HalfEven);
    let mut uneven = start();
    uneven.conv(0, 6, window(3, 1, 1), (&[0.5, 0.25, 0.125], 0.01), typed(signed(8, 0.0137)));
    assert_eq!(agrees("uneven scales", uneven).layers[0].rounding, Rounding::Floor);
    let mut floor = start();
    floor.conv(0, 6, window(3, 1, 0), HALF, typed(ActQuant { rounding: Down, ..unsigned(4, 0.5) }));
    agrees("rounded down", floor);
}

#[test]
fn ties_go_to_even_multiples_whatever_the_zero_point() {
    for (low, rounding) in [(-5, Rounding::HalfOdd), (-6, Rounding::HalfEven)] {
        let quant = |scale: f32| ActQuant { lo: low, hi: low + 15, ..signed(4, scale) };
        let mut net = start();
        let left = net.conv(0, 4, window(3, 1, 1), HALF, typed(quant(0.5)));
        let right = net.conv(0, 4, window(1, 1, 0), HALF, typed(quant(0.25)));
        net.node(Op::Add, &[left, right], Clip::NONE, Some(quant(0.5)));
        let network = agrees("zero points", net);
        assert!(network.layers.iter().all(|layer| layer.rounding == rounding), "{low}");
    }
}

#[test]
fn types_hold_zero_points_beyond_their_limits() {
    let mut net = start();
    let quant = ActQuant { lo: -70, hi: -20, ..signed(8, 0.031_25) };
    let below = net.conv(0, 4, window(3, 1, 1), HALF, typed(quant));
    net.conv(below, 4, window(3, 1, 1), HALF, typed(signed(8, 0.5)));
    let network = agrees("values below zero", net);
    assert_eq!(network.tensors[1].zero_point, 70);
    assert_eq!(network.tensors[1].act, ActType { bits: 7, signed: false, lo: 0, hi: 50 });
}

/// Averages of nine and fewer pixels on scales that are powers of two: a half is one only behind a common shift.
#[test]
fn averages_of_any_number_of_pixels_round_ties_to_even() {
    for (pad, count_padding) in [(0, true), (1, true), (1, false)] {
        let mut net = start();
        let typed = net.conv(0, 4, window(3, 1, 1), HALF, typed(signed(8, 0.0625)));
        let pool = Op::AvgPool { window: window(3, 1, pad), count_padding };
        net.node(pool, &[typed], Clip::NONE, Some(signed(8, 0.125)));
        let network = agrees("average", net);
        assert!(network.layers[1].shift > 0 && network.layers[1].rounding == Rounding::HalfEven);
    }
    // The average has no type of its own, and is scaled before it gets one.
    let mut net = start();
    let typed = net.conv(0, 3, window(3, 1, 1), HALF, typed(signed(8, 0.0625)));
    let mean = net.node(Op::AvgPool { window: window(3, 1, 0), count_padding: true }, &[typed], Clip::NONE, None);
    net.node(Op::Conv(scaling(&[0.75, -1.0, 0.5])), &[mean], Clip::NONE, Some(signed(8, 0.125)));
    assert!(agrees("scaled average", net).layers[2].shift > 0);
}

/// Each channel by itself: times a factor, and biased by a quarter or nothing.
fn scaling(factors: &[f32]) -> Conv {
    let channels = factors.len();
    Conv {
        window: window(1, 1, 0),
        groups: channels,
        rows: channels,
        columns: 1,
        weight: factors.to_vec(),
        bias: (0..channels).map(|channel| 0.25 * (channel % 2) as f32).collect(),
        quant: Some(WeightQuant { scales: factors.iter().map(|factor| factor.abs()).collect(), bits: 2 }),
    }
}

/// Factors of a sum that are far from one keep their bits.
#[test]
fn sums_of_unlike_scales_are_as_exact_as_floats() {
    for scale in [0.002, 0.000_31] {
        let mut net = start();
        let rows: (&[f32], f32) = (&[0.123_4, 0.317_7, 0.071_3], 0.013_7);
        let sum = net.conv(0, 3, window(3, 1, 1), rows, BARE);
        net.node(Op::Add, &[sum, 0], Clip::NONE, Some(signed(16, scale)));
        let pairs = results(&net.graph);
        // What lies in the middle between two steps may go either way.
        assert!(pairs.iter().all(|(found, expected)| (found - expected).abs() < 1.01 * scale));
        assert!(pairs.iter().filter(|(found, expected)| found != expected).count() * 100 < pairs.len());
    }
}

#[test]
fn biases_share_a_unit_with_their_rows() {
    let mut net = start();
    // Rows in steps of 3/128, biases in quarters: multiples of 1/128.
    net.conv(0, 4, window(3, 1, 1), (&[0.1875], 0.25), BARE);
    assert_eq!(agrees("uneven bias", net).tensors[1].scale, Some(0.007_812_5));
    // Products in single precision, as exporters store them.
    let mut net = Net::new(IMAGE, Some(signed(8, 0.005_734_892)));
    net.conv(0, 4, window(3, 1, 1), (&[0.022_889_024], 0.022_889_024 * 0.005_734_892), BARE);
    // As the file has it: in single precision.
    let unit = network(&net.graph).tensors[1].scale.unwrap();
    assert!((unit / (f64::from(0.022_889_024_f32) * f64::from(0.005_734_892_f32)) - 1.0).abs() < 1e-7);
}

#[test]
fn limits_within_steps_of_one_bit_are_met() {
    let bipolar = ActQuant { scale: 1.0, offset: 0.5, lo: -1, hi: 0, rounding: HalfUp, dropped: 0 };
    let mut net = Net::new(IMAGE, Some(bipolar));
    let positive = net.node(Op::Identity, &[0], Clip::RELU, None);
    net.conv(positive, 4, window(3, 1, 0), (&[0.5, 0.25], 0.0625), typed(signed(8, 0.125)));
    agrees("rectified signs", net);
}

/// A limit beyond all values, on no grid: what is left is one number.
#[test]
fn a_limit_beyond_all_values_is_a_constant() {
    let mut net = start();
    let quant = ActQuant { lo: -49, hi: 206, ..signed(8, 0.010_153_393) };
    let typed = net.conv(0, 4, window(3, 1, 1), HALF, typed(quant));
    let least = net.node(Op::Identity, &[typed], Clip { hi: -1.194_039_2, ..Clip::NONE }, None);
    net.node(Op::Add, &[typed, least], Clip::NONE, Some(signed(8, 0.011_828_182)));
    let (_, exact) = same("a constant", net);
    // The number lies on no grid: what the second layer gives is near it.
    assert_eq!(exact, [Some(true), Some(false), Some(true)]);
}

#[test]
fn joined_tensors_keep_their_type() {
    let mut net = Net::new(IMAGE, Some(ActQuant { lo: -56, hi: 199, ..signed(8, 0.015_625) }));
    let twice = net.node(Op::Concat, &[0, 0], Clip::NONE, None);
    net.conv(twice, 4, window(3, 1, 1), HALF, typed(signed(8, 0.125)));
    let network = agrees("joined", net);
    assert_eq!((network.tensors[1].act.bits, network.tensors[1].zero_point), (8, 56));
}

/// A sum of calibrated operands is rounded to a prescribed type once, not operand by operand.
#[test]
fn a_coarse_type_behind_calibrated_operands_is_met() {
    let mut net = Net::new(IMAGE, None);
    let rows = net.conv(0, 4, window(3, 1, 1), HALF, BARE);
    let others = net.conv(0, 4, window(1, 1, 0), HALF, BARE);
    net.node(Op::Add, &[rows, others], Clip::NONE, Some(signed(3, 2.0)));
    let pairs = results(&net.graph);
    let (wrong, count) = (pairs.iter().filter(|(found, expected)| found != expected).count(), pairs.len());
    // Those nearest to the middle between two steps may go either way: 8 bits leave about one in thirty.
    assert!(wrong * 20 < count, "{wrong} of {count}");
}

#[test]
fn values_of_one_bit_have_accumulators() {
    let bipolar = ActQuant { scale: 0.5, offset: 0.25, lo: -1, hi: 0, rounding: HalfUp, dropped: 0 };
    let mut net = Net::new(IMAGE, Some(bipolar));
    net.conv(0, 4, window(3, 1, 0), (&[0.5, 0.25], 0.0625), BARE);
    agrees("bipolar", net);
}

#[test]
fn limits_beyond_all_values_leave_one() {
    let mut net = start();
    let quant = ActQuant { lo: -70, hi: -20, ..signed(8, 0.031_25) };
    let below = net.conv(0, 4, window(3, 1, 1), HALF, typed(quant));
    let zero = net.node(Op::Identity, &[below], Clip { lo: 0.0, ..Clip::NONE }, None);
    net.node(Op::Add, &[below, zero], Clip::NONE, None);
    agrees("a rectifier of negative values", net);
}

#[test]
fn accumulators_stay_before_scalings() {
    let mut net = start();
    let sum = net.conv(0, 3, window(3, 1, 1), HALF, BARE);
    net.node(Op::Conv(scaling(&[0.75, -1.0, 0.312_5])), &[sum], Clip::NONE, Some(signed(8, 0.125)));
    let network = agrees("scaled accumulators", net);
    assert!(network.tensors[1].act.bits > 8);
}

/// Results and sums of rows that have no grid in common keep single precision.
#[test]
fn results_without_a_common_grid_are_as_fine_as_floats() {
    let mut net = start();
    let rows: (&[f32], f32) = (&[0.123_4, 0.317_7, 0.071_3], 0.013_7);
    let sum = net.conv(0, 3, window(3, 1, 1), rows, BARE);
    net.node(Op::Add, &[sum, 0], Clip { lo: 0.0, ..Clip::NONE }, None);
    let pairs = results(&net.graph);
    let largest = pairs.iter().fold(0.0_f32, |most, (_, expected)| most.max(*expected));
    for (found, expected) in pairs {
        assert!((found - expected).abs() <= largest * 1e-6, "{found} instead of {expected}");
    }
}

#[test]
fn leaky_rectifiers_act_on_the_accumulator() {
    for (slope, quant) in [(0.101_562_5, signed(4, 0.25)), (0.1, signed(8, 0.0229)), (0.0, signed(4, 0.25))] {
        let mut net = start();
        let sum = net.conv(0, 5, window(3, 1, 1), HALF, BARE);
        net.node(Op::LeakyRelu(slope), &[sum], Clip::NONE, Some(quant));
        let network = agrees("leaky", net);
        assert_eq!(network.layers.len(), 1, "one layer of rows");
    }
}

#[test]
fn results_without_a_type_are_accumulators() {
    let mut net = start();
    net.conv(0, 4, window(3, 1, 1), (&[0.5, 0.25], 0.007_812_5), BARE);
    let graph = net.graph.clone();
    let network = agrees("accumulators", net);
    assert!(network.tensor(network.output).act.bits > 8);
    // What a core can store, where that is asked for.
    let narrow =
        network_with(&graph, Settings { method: Method::Msq, untyped: Untyped::Narrow, ..Settings::default() });
    assert_eq!(narrow.tensor(narrow.output).act.bits, 8);
}

#[test]
fn sums_are_rounded_once() {
    let sum = |scales: [f32; 2], clip: Clip, quant: ActQuant| {
        let mut net = start();
        let left = net.conv(0, 4, window(3, 1, 1), HALF, typed(signed(8, scales[0])));
        let right = net.conv(0, 4, window(1, 1, 0), HALF, typed(signed(5, scales[1])));
        net.node(Op::Add, &[left, right], clip, Some(quant));
        net
    };
    agrees("sum", sum([0.0137, 0.0191], Clip::NONE, signed(8, 0.0229)));
    agrees("rectified sum", sum([0.0137, 0.0191], Clip::RELU, unsigned(4, 0.11)));
    agrees("sum with ties", sum([0.25, 0.125], Clip::NONE, signed(4, 0.5)));
    let mut net = start();
    let left = net.conv(0, 4, window(3, 1, 1), HALF, BARE);
    let right = net.conv(0, 4, window(1, 1, 0), (&[0.25], 0.125), BARE);
    net.node(Op::Add, &[left, right], Clip::NONE, Some(signed(8, 0.0229)));
    agrees("sum of accumulators", net);
}

#[test]
fn types_stay_behind_averages_and_before_maxima() {
    for (pad, count_padding) in [(0, false), (1, true), (1, false)] {
        let mut net = start();
        let hidden = net.conv(0, 4, window(3, 1, 1), HALF, typed(signed(8, 0.0625)));
        let pool = Op::AvgPool { window: window(2, 2, pad), count_padding };
        net.node(pool, &[hidden], Clip::NONE, Some(signed(8, 0.0229)));
        agrees("average", net);
    }
    for first in [None, Some(signed(8, 0.0137))] {
        let mut net = start();
        let hidden = net.conv(0, 4, window(3, 1, 1), HALF, (Clip::NONE, first));
        let pool = net.node(Op::MaxPool(window(2, 2, 0)), &[hidden], Clip::NONE, None);
        let large = net.node(Op::Upsample([2, 2]), &[pool], Clip::NONE, None);
        net.quant(large, signed(8, 0.0229));
        agrees("maximum", net);
    }
}

#[test]
fn types_follow_types_and_rectifiers() {
    let mut net = start();
    let hidden = net.conv(0, 4, window(3, 1, 1), HALF, typed(signed(8, 0.0625)));
    let positive = net.node(Op::Identity, &[hidden], Clip::RELU, None);
    let hidden = net.conv(positive, 4, window(3, 1, 1), HALF, typed(signed(8, 0.1103)));
    let again = net.quant(hidden, signed(8, 0.0229));
    let other = net.conv(0, 2, window(1, 1, 0), HALF, typed(signed(4, 0.3011)));
    net.node(Op::Concat, &[again, other], Clip::NONE, Some(signed(6, 0.1707)));
    agrees("chain", net);
}

#[test]
fn zero_points_pad() {
    let skewed = |scale: f32| ActQuant { lo: -28, hi: 227, ..signed(8, scale) };
    let mut net = Net::new(IMAGE, Some(skewed(0.0625)));
    let hidden = net.conv(0, 4, window(3, 1, 1), HALF, typed(skewed(0.125)));
    net.conv(hidden, 4, window(3, 2, 1), HALF, typed(skewed(0.1103)));
    let network = agrees("zero points", net);
    assert_eq!(network.tensors[1].act, ActType { bits: 8, signed: false, lo: 0, hi: 255 });
    assert_eq!(network.tensors[1].zero_point, 28);
}
