//! The quantizer on networks small enough to check by other means.

use crate::common::float_nets::{dense_net, random_images, residual_net};
use candle_core::Device;
use rowsmith::float::{Executor, Params, Samples};
use rowsmith::host::{output_values, quantize_input};
use rowsmith::ir::{Network, Op};
use rowsmith::num::Scheme;
use rowsmith::quant::{
    ActClip, Checkpoint, Method, OnGrid, Quantizer, Settings, TrainOptions, Variant, WeightClip, eigenvalues, evaluate,
    float_outputs, lower, output_sensitivity, row_classes,
};
use rowsmith::{golden, manifest};

fn settings(method: Method) -> Settings {
    Settings { method, lut_share: 0.5, ..Settings::default() }
}

fn saved(network: &Network) -> Network {
    let folder = tempfile::tempdir().unwrap();
    manifest::load(&manifest::save(network, folder.path()).unwrap()).unwrap()
}

fn schemes(network: &Network, layer: usize) -> Vec<Scheme> {
    match &network.layers[layer].op {
        Op::Conv(conv) => conv.matrix.schemes.clone(),
        _ => Vec::new(),
    }
}

#[test]
fn integers_follow_the_simulated_grid() {
    let graph = residual_net(3);
    let images = random_images(&graph, 12, 5);
    let samples = Samples { images: images.clone(), labels: None };
    for method in [Method::Msq, Method::Rmsmp, Method::Ausn, Method::Auto] {
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings(method)).unwrap();
        let quantized = quantizer.run().unwrap().quantized;
        let network = saved(&lower(&quantized).unwrap());
        let executor = Executor::new(&graph, Device::Cpu);
        let mut params = Params::of(&graph, &Device::Cpu).unwrap();
        for (node, conv) in graph.convs() {
            let rows = quantized.rows[node].as_ref().unwrap();
            params.0[node] = Some(rows.params(conv, &Device::Cpu).unwrap());
        }
        let grid = OnGrid(&quantized.acts);
        let simulated = executor.output(&params, &executor.batch(&images).unwrap(), &grid).unwrap();
        let simulated = executor.images(&simulated, 1).unwrap();
        let step = network.tensor(network.output).scale.unwrap() as f32;
        let (mut worst, mut different, mut all) = (0f32, 0, 0);
        for (image, expected) in images.iter().zip(&simulated) {
            let result = golden::run_batch(&network, &[quantize_input(&network, image).integers]).unwrap();
            let found = output_values(&network, &result[0]);
            for steps in found.iter().zip(expected).map(|(a, b)| (a - b).abs() / step) {
                worst = worst.max(steps);
                different += usize::from(steps > 0.5);
                all += 1;
            }
        }
        // Single precision tells a value from a tie but for now and then.
        assert!(worst < 3.5 && 10 * different < all, "{method}: {different} of {all} differ, by up to {worst} steps");
    }
}

#[test]
fn more_bits_come_closer_to_float() {
    let graph = residual_net(1);
    let samples = Samples { images: random_images(&graph, 24, 9), labels: None };
    let mut last = 0.0;
    for (weight_bits, act_bits) in [(3, 3), (4, 4), (5, 8)] {
        let settings =
            Settings { weight_bits, act_bits, ..settings(Method::Uniform(Scheme::Fixed { bits: weight_bits })) };
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
        let network = saved(&lower(&quantizer.run().unwrap().quantized).unwrap());
        let reference = float_outputs(quantizer.executor(), quantizer.params(), &samples.images).unwrap();
        let found = evaluate(&network, &reference, &samples).unwrap().sqnr_db;
        assert!(found > last + 2.0, "W{weight_bits}A{act_bits}: {found} dB after {last} dB");
        last = found;
    }
}

#[test]
fn compensation_and_bias_correction_lower_the_error() {
    let graph = residual_net(2);
    let samples = Samples { images: random_images(&graph, 48, 4), labels: None };
    let sqnr = |compensate: bool, correct_bias: bool| {
        let settings = Settings { compensate, correct_bias, ..settings(Method::Msq) };
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
        quantizer.run().unwrap().trials[0].sqnr_db
    };
    assert!(sqnr(true, true) > sqnr(false, false) + 1.0);
}

#[test]
fn msq_gives_the_rows_of_low_variance_to_sp2_in_exact_number() {
    let graph = dense_net(&[16, 11, 4], 1);
    let samples = Samples { images: random_images(&graph, 16, 2), labels: None };
    let settings = Settings { lut_share: 0.6, ..settings(Method::Msq) };
    let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
    let assignment = quantizer.evidence.msq(&settings);
    let (_, conv) = graph.convs().next().unwrap();
    let variance = |row: usize| {
        let mean = conv.row(row).iter().sum::<f32>() / 16.0;
        conv.row(row).iter().map(|w| (w - mean).powi(2)).sum::<f32>()
    };
    let of = |scheme: Scheme| (0..11).filter(|row| assignment[0][*row] == scheme).map(variance).collect::<Vec<_>>();
    let (low, high) = (of(settings.sp2()), of(settings.fixed()));
    assert_eq!((low.len(), high.len()), (7, 4));
    assert!(low.iter().all(|l| high.iter().all(|h| l <= h)));
}

#[test]
fn rmsmp_has_one_ratio_for_all_layers_and_ties_rows_that_are_added() {
    let graph = residual_net(5);
    let samples = Samples { images: random_images(&graph, 16, 2), labels: None };
    let settings = Settings { lut_share: 0.5, wide_share: 0.25, ..settings(Method::Rmsmp) };
    let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
    let network = lower(&quantizer.run().unwrap().quantized).unwrap();
    for (node, conv) in graph.convs() {
        let rows = schemes(&network, node);
        let count = |scheme: Scheme| rows.iter().filter(|s| **s == scheme).count();
        let counts = [count(settings.pot()), count(settings.fixed()), count(Settings::WIDE)];
        let exact = [0.5, 0.25, 0.25].map(|share| share * conv.rows as f64);
        for (count, exact) in counts.iter().zip(exact) {
            assert!((*count as f64 - exact).abs() < 1.0, "{counts:?}");
        }
    }
    let tied = row_classes(&graph).into_iter().find(|class| class.convs.len() > 1).unwrap();
    assert!(tied.convs.iter().all(|node| schemes(&network, *node) == schemes(&network, tied.convs[0])));
}

#[test]
fn auto_is_the_best_of_its_trials_and_no_worse_than_the_papers() {
    let graph = residual_net(7);
    let samples = Samples { images: random_images(&graph, 32, 3), labels: None };
    let of = |method| {
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings(method)).unwrap();
        quantizer.run().unwrap().trials[0].sqnr_db
    };
    let auto = of(Method::Auto);
    for method in [Method::Msq, Method::Rmsmp, Method::Ausn] {
        assert!(auto >= of(method) - 1e-9, "{method}");
    }
}

/// Second derivatives of the cross entropy by one row's weights, by differences of a loss in f64.
#[test]
fn eigenvalues_equal_those_of_the_exact_hessian() {
    let graph = dense_net(&[3, 3, 2], 4);
    let images = random_images(&graph, 8, 6);
    let samples = Samples { images: images.clone(), labels: Some(vec![0, 1, 1, 0, 1, 0, 0, 1]) };
    let executor = Executor::new(&graph, Device::Cpu);
    let params = Params::of(&graph, &Device::Cpu).unwrap();
    let found = eigenvalues(&executor, &params, &samples, 1, |_| true).unwrap();
    let loss = |net: &rowsmith::float::Graph| crate::common::float_nets::cross_entropy(net, &samples);
    for (node, _) in graph.convs() {
        for (row, found) in found[node].iter().enumerate() {
            let exact = crate::common::float_nets::largest_eigenvalue(&graph, node, row, &loss);
            let error = (found - exact).abs();
            assert!(error < 0.25 * exact + 0.003, "node {node} row {row}: {found} instead of {exact}");
        }
    }
}

#[test]
fn sensitivity_is_that_of_the_exact_derivative() {
    let graph = dense_net(&[4, 3, 2], 8);
    let images = random_images(&graph, 64, 6);
    let executor = Executor::new(&graph, Device::Cpu);
    let params = Params::of(&graph, &Device::Cpu).unwrap();
    let found = output_sensitivity(&executor, &params, &images, 3).unwrap();
    let last = graph.nodes.len() - 1;
    // The last layer's results are the network's.
    assert!(found[last].iter().all(|s| (s - 1.0).abs() < 1e-5));
    let (_, second) = graph.convs().nth(1).unwrap();
    let hidden = crate::common::float_nets::hidden_activity(&graph, &images);
    for row in 0..3 {
        let square: f32 = (0..2).map(|o| second.row(o)[row].powi(2)).sum();
        let exact = f64::from(square) * hidden[row];
        assert!((found[0][row] - exact).abs() < 0.35 * exact + 1e-3, "{} instead of {exact}", found[0][row]);
    }
}

#[test]
fn an_interrupted_training_ends_as_an_uninterrupted_one() {
    let graph = dense_net(&[6, 8, 3], 2);
    let labels = (0..60).map(|i| i % 3).collect();
    let samples = Samples { images: random_images(&graph, 60, 1), labels: Some(labels) };
    let folder = tempfile::tempdir().unwrap();
    let file = Checkpoint::prepare(&folder.path().join("state")).unwrap();
    for variant in [Variant::StraightThrough, Variant::Admm] {
        let options = TrainOptions { epochs: 6, batch: 16, rate: 2e-3, refresh: 2, variant, ..TrainOptions::default() };
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings(Method::Msq)).unwrap();
        let mut losses = Vec::new();
        let whole = quantizer.train(&samples, &options, None, &mut |e| losses.push(e.loss)).unwrap();
        assert!(losses.last().unwrap() < losses.first().unwrap());
        let stop = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut seen = |e: &rowsmith::quant::EpochResult| assert!(e.epoch < 4, "interrupted");
            quantizer.train(&samples, &options, Some(&file), &mut seen)
        }));
        assert!(stop.is_err());
        let mut epochs = Vec::new();
        let resumed = quantizer.train(&samples, &options, Some(&file), &mut |e| epochs.push(e.epoch)).unwrap();
        assert_eq!(epochs, [1, 2, 3, 4, 5, 6]);
        assert_eq!(whole.rows, resumed.rows);
        assert_eq!(whole.acts, resumed.acts);
        file.remove().unwrap();
    }
}

/// A single result stands for the second of two classes where it is above 0, in training and in evaluation.
#[test]
fn one_result_tells_two_classes_apart() {
    let graph = dense_net(&[6, 8, 1], 2);
    let images = random_images(&graph, 60, 1);
    let labels: Vec<usize> = images.iter().map(|image| usize::from(image[0] > image[1])).collect();
    let samples = Samples { images, labels: Some(labels.clone()) };
    let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings(Method::Rmsmp)).unwrap();
    let mut seen = Vec::new();
    let options = TrainOptions { epochs: 60, batch: 16, rate: 5e-3, ..TrainOptions::default() };
    let quantized =
        quantizer.train(&samples, &options, None, &mut |e| seen.push((e.loss, e.accuracy.unwrap()))).unwrap();
    let (first, last) = (seen.first().unwrap(), seen.last().unwrap());
    assert!(last.0 < 0.9 * first.0 && last.1 > first.1, "{first:?} {last:?}");
    let network = saved(&lower(&quantized).unwrap());
    let reference = float_outputs(quantizer.executor(), quantizer.params(), &samples.images).unwrap();
    let found = evaluate(&network, &reference, &samples).unwrap();
    let answers = samples.images.iter().map(|image| {
        let result = golden::run(&network, &quantize_input(&network, image).integers).unwrap();
        usize::from(output_values(&network, result.tensor(network.output))[0] > 0.0)
    });
    let right = answers.zip(&labels).filter(|(answer, label)| answer == *label).count();
    assert_eq!(found.accuracy, Some(100.0 * right as f64 / 60.0));
    assert!(found.accuracy > found.float_accuracy, "training moved it from {:?}", found.float_accuracy);
}

#[test]
fn every_way_to_clip_works_and_squared_error_is_best_on_its_own_measure() {
    let graph = dense_net(&[64, 8, 4], 3);
    let samples = Samples { images: random_images(&graph, 32, 1), labels: None };
    let error = |weight_clip: WeightClip| {
        let settings = Settings { weight_clip, compensate: false, ..settings(Method::Msq) };
        let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap();
        quantizer.evidence.layer_error(0, settings.fixed(), &settings)
    };
    let (max, mse, als) = (error(WeightClip::Max), error(WeightClip::Mse), error(WeightClip::Als));
    assert!(max.clipping < 1e-9 * max.energy);
    assert!(mse.total() <= max.total() && mse.total() <= als.total() + 1e-12);
    assert!(als.total() < max.total());
    for act_clip in [ActClip::MinMax, ActClip::Percentile(99.0), ActClip::Mse] {
        let settings = Settings { act_clip, ..settings(Method::Msq) };
        Quantizer::new(&graph, Device::Cpu, &samples, settings).unwrap().run().unwrap();
    }
}
