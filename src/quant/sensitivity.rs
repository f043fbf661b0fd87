//! How much the network's result depends on each row: output sensitivity, and Hessian eigenvalues.

use candle_core::{Tensor, Var};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::Result;
use super::activations::batch_size;
use crate::float::{self, AsIs, Conv, ConvParams, Executor, Graph, HostFunction, Numerics, Params, Samples};
use crate::host::Classes;

/// Random probes per batch of images.
const PROBES: usize = 4;
/// Steps of power iteration.
const STEPS: usize = 8;
/// Multiply-accumulates that all Hessian products together may take, and limits of the number of sign patterns per step.
const BUDGET: usize = 1 << 36;
const SIGNS: [usize; 2] = [2, 16];
/// Step of the central difference, as a share of each row's root mean square weight.
const DIFFERENCE: f64 = 1e-2;

/// By node and row: by how much the square of the result's error grows per square of the row's mean error.
///
/// The diagonal of J^T J, J the derivative of the network's result by the row's results, summed over pixels and estimated with
/// random signs (Hutchinson).
pub fn output_sensitivity(
    executor: &Executor,
    params: &Params,
    images: &[Vec<f32>],
    seed: u64,
) -> Result<Vec<Vec<f64>>> {
    let graph = executor.graph();
    let mut random = StdRng::seed_from_u64(seed);
    let mut sums: Vec<Vec<f64>> = vec![Vec::new(); graph.nodes.len()];
    graph.convs().for_each(|(node, conv)| sums[node] = vec![0.0; conv.rows]);
    for batch in images.chunks(batch_size(graph)) {
        let input = executor.batch(batch)?;
        let offsets = Offsets::zeros(graph, batch.len(), executor)?;
        let output = executor.output(params, &input, &offsets)?;
        for _ in 0..PROBES {
            let signs = signs(&mut random, output.elem_count());
            let probe = Tensor::from_vec(signs, output.shape(), executor.device())?;
            let gradients = (&output * probe)?.sum_all()?.backward()?;
            for (node, offset) in offsets.0.iter().enumerate() {
                let Some(gradient) = offset.as_ref().and_then(|offset| gradients.get(offset)) else { continue };
                let squares: Vec<f32> = gradient.sqr()?.sum(1)?.to_vec1()?;
                let scale = 1.0 / (PROBES * images.len()) as f64;
                sums[node].iter_mut().zip(squares).for_each(|(sum, square)| *sum += f64::from(square) * scale);
            }
        }
    }
    Ok(sums)
}

/// Variables added to the result of every convolution, to take derivatives by.
struct Offsets(Vec<Option<Var>>);

impl Offsets {
    fn zeros(graph: &Graph, batch: usize, executor: &Executor) -> Result<Self> {
        let mut offsets = vec![None; graph.nodes.len()];
        for (node, conv) in graph.convs() {
            let columns = batch * graph.tensor(graph.nodes[node].output).shape.pixels();
            offsets[node] = Some(Var::zeros((conv.rows, columns), candle_core::DType::F32, executor.device())?);
        }
        Ok(Self(offsets))
    }
}

impl Numerics for Offsets {
    fn result(&self, _graph: &Graph, node: usize, value: Tensor) -> float::Result<Tensor> {
        match &self.0[node] {
            Some(offset) => Ok((value + offset.as_tensor())?),
            None => Ok(value),
        }
    }
}

/// By node and row: the largest eigenvalue of the loss's Hessian by the row's weights (RMSMP, section 3.2).
///
/// All rows iterate at once: the signs of the rows' directions follow Walsh functions, so that the contributions of other rows cancel in
/// the sum over sign patterns; where there are more rows than patterns, random signs do it on average. Hessian times vector
/// is a central difference of gradients. Only the rows of `measured` convolutions are measured; the others have 0.
pub fn eigenvalues(
    executor: &Executor,
    params: &Params,
    samples: &Samples,
    seed: u64,
    measured: impl Fn(&Conv) -> bool,
) -> Result<Vec<Vec<f64>>> {
    let graph = executor.graph();
    let mut result: Vec<Vec<f64>> = vec![Vec::new(); graph.nodes.len()];
    graph.convs().for_each(|(node, conv)| result[node] = vec![0.0; conv.rows]);
    if !graph.convs().any(|(_, conv)| measured(conv)) {
        return Ok(result);
    }
    let mut random = StdRng::seed_from_u64(seed);
    let loss = Loss::new(executor, params, samples)?;
    let mut directions = Directions::random(graph, &mut random, measured);
    let product_macs = 6 * macs(graph) * samples.images.len();
    let affordable = (BUDGET / (STEPS + 2) / product_macs.max(1)).clamp(SIGNS[0], SIGNS[1]);
    let signs = 1 << affordable.ilog2();
    for _ in 0..STEPS {
        let product = directions.hessian_product(&loss, signs, &mut random)?;
        directions.rows = product.into_iter().map(|rows| rows.into_iter().map(unit).collect()).collect();
    }
    let product = directions.hessian_product(&loss, 2 * signs, &mut random)?;
    let rayleigh = |(direction, product): (&Vec<f32>, &Vec<f32>)| dot(direction, product).max(0.0);
    let rows = |(a, b): (&Vec<Vec<f32>>, &Vec<Vec<f32>>)| a.iter().zip(b).map(rayleigh).collect();
    for (values, found) in result.iter_mut().zip(directions.rows.iter().zip(&product).map(rows)) {
        values.iter_mut().zip::<Vec<f64>>(found).for_each(|(value, found)| *value = found);
    }
    Ok(result)
}

/// Multiply-accumulates of one image.
fn macs(graph: &Graph) -> usize {
    let pixels = |node: usize| graph.tensor(graph.nodes[node].output).shape.pixels();
    graph.convs().map(|(node, conv)| conv.weight.len() * pixels(node)).sum()
}

/// A direction for every row of every convolution.
struct Directions<'g> {
    graph: &'g Graph,
    /// By node and row; empty for nodes that are not measured.
    rows: Vec<Vec<Vec<f32>>>,
}

impl<'g> Directions<'g> {
    fn random(graph: &'g Graph, random: &mut StdRng, measured: impl Fn(&Conv) -> bool) -> Self {
        let mut rows = vec![Vec::new(); graph.nodes.len()];
        for (node, conv) in graph.convs().filter(|(_, conv)| measured(conv)) {
            rows[node] = (0..conv.rows).map(|_| unit(signs(random, conv.columns))).collect();
        }
        Self { graph, rows }
    }

    /// The Hessian's diagonal blocks times the directions.
    fn hessian_product(&self, loss: &Loss, patterns: usize, random: &mut StdRng) -> Result<Vec<Vec<Vec<f32>>>> {
        let mut sums: Vec<Vec<Vec<f32>>> =
            self.rows.iter().map(|rows| rows.iter().map(|row| vec![0.0; row.len()]).collect()).collect();
        let mut codes: Vec<usize> = (0..self.rows.iter().map(Vec::len).sum()).collect();
        codes.shuffle(random);
        let signs = signs(random, codes.len());
        for pattern in 0..patterns {
            // Rows whose codes differ in the low bits have orthogonal signs over all patterns.
            let walsh = |code: usize| if (code & pattern).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
            let mut each = codes.iter().zip(&signs).map(|(code, sign)| sign * walsh(*code));
            let steps: Vec<Vec<f32>> = (0..self.rows.len())
                .map(|node| {
                    let length = self.step(node);
                    each.by_ref().take(self.rows[node].len()).map(|sign| length * sign).collect()
                })
                .collect();
            let ahead = loss.gradients(&self.moved(&steps, loss, 1.0)?)?;
            let behind = loss.gradients(&self.moved(&steps, loss, -1.0)?)?;
            for (node, conv) in self.graph.convs() {
                for (row, sum) in sums[node].iter_mut().enumerate() {
                    // Signs are +-1, so dividing by the signed step undoes them.
                    let factor = 1.0 / (2.0 * steps[node][row] * patterns as f32);
                    let range = row * conv.columns..(row + 1) * conv.columns;
                    let difference = ahead[node][range.clone()].iter().zip(&behind[node][range]);
                    sum.iter_mut().zip(difference).for_each(|(s, (a, b))| *s += (a - b) * factor);
                }
            }
        }
        Ok(sums)
    }

    /// Length of a row's step.
    fn step(&self, node: usize) -> f32 {
        let crate::float::Op::Conv(conv) = &self.graph.nodes[node].op else { return 0.0 };
        let square: f64 = conv.weight.iter().map(|w| f64::from(*w).powi(2)).sum();
        (DIFFERENCE * (square / conv.rows.max(1) as f64).sqrt().max(1e-12)) as f32
    }

    fn moved(&self, steps: &[Vec<f32>], loss: &Loss, sign: f32) -> Result<Params> {
        let mut params = loss.params.clone();
        for (node, conv) in self.graph.convs() {
            let mut weight = conv.weight.clone();
            for ((values, direction), step) in weight.chunks_mut(conv.columns).zip(&self.rows[node]).zip(&steps[node]) {
                values.iter_mut().zip(direction).for_each(|(value, d)| *value += sign * step * d);
            }
            params.0[node] = Some(ConvParams::new(conv, &weight, &conv.bias, loss.executor.device())?);
        }
        Ok(params)
    }
}

/// The loss whose Hessian is taken: cross entropy with the labels, or with the float network's own result where there are none;
/// half the squared distance from it if the network is no classifier.
struct Loss<'e, 'g> {
    executor: &'e Executor<'g>,
    params: &'e Params,
    batches: Vec<(Tensor, Tensor)>,
    classes: bool,
    images: usize,
}

impl<'e, 'g> Loss<'e, 'g> {
    fn new(executor: &'e Executor<'g>, params: &'e Params, samples: &Samples) -> Result<Self> {
        let graph = executor.graph();
        let classes = graph.host.function == Some(HostFunction::Softmax) || samples.labels.is_some();
        let count = Classes::of_shape(graph.tensor(graph.output).shape).count().unwrap_or(0);
        let mut batches = Vec::new();
        for (index, batch) in samples.images.chunks(batch_size(graph)).enumerate() {
            let input = executor.batch(batch)?;
            let output = executor.output(params, &input, &AsIs)?;
            let start = index * batch_size(graph);
            let labels = samples.labels.as_ref().map(|labels| &labels[start..start + batch.len()]);
            let target = match labels {
                Some(labels) if labels.iter().all(|label| *label < count) => one_hot(labels, count, executor)?,
                _ if classes => log_softmax(&class_scores(&output)?)?.exp()?,
                _ => output,
            };
            batches.push((input, target.detach()));
        }
        Ok(Self { executor, params, batches, classes, images: samples.images.len() })
    }

    /// Gradient by the weights of every convolution, by node.
    fn gradients(&self, params: &Params) -> Result<Vec<Vec<f32>>> {
        let (params, variables) = params.variables()?;
        let mut sums: Vec<Vec<f32>> = vec![Vec::new(); params.0.len()];
        for (input, target) in &self.batches {
            let output = self.executor.output(&params, input, &AsIs)?;
            let loss = if self.classes {
                (log_softmax(&class_scores(&output)?)? * target)?.sum_all()?.neg()?
            } else {
                ((output - target)?.sqr()?.sum_all()? * 0.5)?
            };
            let gradients = (loss / self.images as f64)?.backward()?;
            let nodes = self.executor.graph().convs().map(|(node, _)| node);
            for (node, variable) in nodes.zip(variables.iter().step_by(2)) {
                let Some(gradient) = gradients.get(variable) else { continue };
                let values: Vec<f32> = gradient.flatten_all()?.to_vec1()?;
                if sums[node].is_empty() {
                    sums[node] = values;
                } else {
                    sums[node].iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        }
        self.executor.graph().convs().for_each(|(node, conv)| sums[node].resize(conv.weight.len(), 0.0));
        Ok(sums)
    }
}

/// Scores of two classes for a single result, which stands for the second class: their softmax is its logistic function.
/// Other results are scores already.
pub fn class_scores(result: &Tensor) -> Result<Tensor> {
    if result.dim(0)? > 1 { Ok(result.clone()) } else { Ok(Tensor::cat(&[&result.zeros_like()?, result], 0)?) }
}

/// Log probabilities over the channels of `[channels, batch]`.
pub fn log_softmax(logits: &Tensor) -> Result<Tensor> {
    let shifted = logits.broadcast_sub(&logits.max_keepdim(0)?.detach())?;
    Ok(shifted.broadcast_sub(&shifted.exp()?.sum_keepdim(0)?.log()?)?)
}

/// `[classes, batch]`: one where the label is.
pub fn one_hot(labels: &[usize], classes: usize, executor: &Executor) -> Result<Tensor> {
    let mut values = vec![0f32; classes * labels.len()];
    for (image, label) in labels.iter().enumerate().filter(|(_, label)| **label < classes) {
        values[label * labels.len() + image] = 1.0;
    }
    Ok(Tensor::from_vec(values, (classes, labels.len()), executor.device())?)
}

fn signs(random: &mut StdRng, count: usize) -> Vec<f32> {
    (0..count).map(|_| [-1.0, 1.0].choose(random).copied().unwrap_or(1.0)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

fn unit(row: Vec<f32>) -> Vec<f32> {
    let norm = dot(&row, &row).sqrt().max(1e-30) as f32;
    row.into_iter().map(|value| value / norm).collect()
}
