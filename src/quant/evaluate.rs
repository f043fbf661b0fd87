//! How good a quantized network is: its integer results against the float network and the labels.

use rayon::prelude::*;
use serde::Serialize;

use super::error::Result;
use super::sqnr_db;
use crate::float::{AsIs, Executor, Params, Samples};
use crate::golden;
use crate::ir::Network;

/// Results on a set of samples. Percentages are of all samples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Signal to noise of the results before the host's function, in dB.
    pub sqnr_db: f64,
    /// Largest output of both networks is the same, in percent; none for a single output.
    pub agreement: Option<f64>,
    /// Largest output of the integer network is the label, in percent.
    pub accuracy: Option<f64>,
    /// The same for the float network.
    pub float_accuracy: Option<f64>,
}

/// The integers that the host sends for one image.
pub fn quantize_input(network: &Network, image: &[f32]) -> Vec<i32> {
    let input = network.tensor(network.input);
    let scale = input.scale.unwrap_or(1.0);
    let integer = |value: &f32| {
        let grid = (f64::from(*value) - input.offset) / scale;
        (grid + 0.5).floor().clamp(input.act.lo.into(), input.act.hi.into()) as i32
    };
    image.iter().map(integer).collect()
}

/// The real values of the network's result.
pub fn output_values(network: &Network, output: &[i32]) -> Vec<f32> {
    let tensor = network.tensor(network.output);
    let scale = tensor.scale.unwrap_or(1.0);
    output.iter().map(|integer| (scale * f64::from(*integer) + tensor.offset) as f32).collect()
}

/// The float network's results before the host's function, in CHW order.
pub fn float_outputs(executor: &Executor, params: &Params, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
    let graph = executor.graph();
    let pixels = graph.tensor(graph.output).shape.pixels();
    let mut outputs = Vec::with_capacity(images.len());
    for batch in images.chunks(super::activations::batch_size(graph)) {
        let output = executor.output(params, &executor.batch(batch)?, &AsIs)?;
        outputs.extend(executor.images(&output, pixels)?);
    }
    Ok(outputs)
}

/// Runs the integer network over all samples and compares with the float network's `reference` outputs.
pub fn evaluate(network: &Network, reference: &[Vec<f32>], samples: &Samples) -> Result<Evaluation> {
    let inputs: Vec<Vec<i32>> = samples.images.par_iter().map(|image| quantize_input(network, image)).collect();
    let integers = golden::run_batch(network, &inputs)?;
    let outputs: Vec<Vec<f32>> = integers.iter().map(|output| output_values(network, output)).collect();
    Ok(compare(&outputs, reference, samples.labels.as_deref()))
}

/// Compares results before the host's function.
pub fn compare(outputs: &[Vec<f32>], reference: &[Vec<f32>], labels: Option<&[usize]>) -> Evaluation {
    let pairs = || outputs.iter().zip(reference);
    let percent = |count: usize| 100.0 * count as f64 / outputs.len().max(1) as f64;
    let right = |all: &[Vec<f32>]| {
        labels.map(|labels| percent(all.iter().zip(labels).filter(|(o, label)| largest(o) == **label).count()))
    };
    let several = reference.first().is_some_and(|output| output.len() > 1);
    Evaluation {
        samples: outputs.len(),
        sqnr_db: sqnr_db(pairs().map(|(found, expected)| (expected.as_slice(), found.as_slice()))),
        agreement: several.then(|| percent(pairs().filter(|(a, b)| largest(a) == largest(b)).count())),
        accuracy: right(outputs),
        float_accuracy: right(reference),
    }
}

/// Index of the largest value; the first of equal ones.
fn largest(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (0..values.len()).fold(0, better)
}
