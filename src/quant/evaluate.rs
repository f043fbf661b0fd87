//! How good a quantized network is: its integer results against the float network and the labels.

use rayon::prelude::*;
use serde::Serialize;

use super::error::Result;
use super::sqnr_db;
use crate::float::{AsIs, Executor, Params, Samples};
use crate::golden;
use crate::host::{Classes, output_values, quantize_input};
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
    /// The integer network's answer is the label, in percent; see [`Classes::answer`].
    pub accuracy: Option<f64>,
    /// The same for the float network.
    pub float_accuracy: Option<f64>,
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
    let inputs: Vec<Vec<i32>> =
        samples.images.par_iter().map(|image| quantize_input(network, image).integers).collect();
    let integers = golden::run_batch(network, &inputs)?;
    let outputs: Vec<Vec<f32>> = integers.iter().map(|output| output_values(network, output)).collect();
    Ok(compare(&outputs, reference, samples.labels.as_deref()))
}

/// Compares results before the host's function.
pub fn compare(outputs: &[Vec<f32>], reference: &[Vec<f32>], labels: Option<&[usize]>) -> Evaluation {
    let pairs = || outputs.iter().zip(reference);
    let percent = |count: usize| 100.0 * count as f64 / outputs.len().max(1) as f64;
    let right = |all: &[Vec<f32>]| {
        labels.map(|labels| percent(all.iter().zip(labels).filter(|(o, label)| Classes::answer(o) == **label).count()))
    };
    let several = reference.first().is_some_and(|output| output.len() > 1);
    Evaluation {
        samples: outputs.len(),
        sqnr_db: sqnr_db(pairs().map(|(found, expected)| (expected.as_slice(), found.as_slice()))),
        agreement: several.then(|| percent(pairs().filter(|(a, b)| Classes::answer(a) == Classes::answer(b)).count())),
        accuracy: right(outputs),
        float_accuracy: right(reference),
    }
}
