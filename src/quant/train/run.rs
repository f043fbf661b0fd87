//! Quantization-aware training of a network.

use candle_core::{Tensor, Var};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::checkpoint::Checkpoint;
use super::epoch::EpochResult;
use super::options::TrainOptions;
use super::state::TrainState;
use crate::float::{Conv, ConvParams, Graph, HostFunction, Op, Params, Samples, straight_through};
use crate::num::{Levels, Scheme};
use crate::quant::pipeline::{Quantizer, units};
use crate::quant::rows::RowTask;
use crate::quant::sensitivity::{class_scores, log_softmax, one_hot};
use crate::quant::spec::{QuantizedGraph, QuantizedRows};
use crate::quant::{QuantError, Result, evaluate};

/// Softness of the float network's answers (Hinton et al. 2015) and their weight beside the labels.
const TEMPERATURE: f64 = 2.0;
const TEACHER_WEIGHT: f64 = 2.0;
/// Pull of ADMM's penalty, relative to the loss.
const ADMM_PENALTY: f64 = 1e-2;

impl<'g> Quantizer<'g> {
    /// Fine-tunes from the float weights; `seen` hears of every epoch. With a checkpoint the run goes on where it was
    /// interrupted, tells of the epochs already done, and ends with the same result as one without interruption.
    pub fn train(
        &self,
        samples: &Samples,
        options: &TrainOptions,
        checkpoint: Option<&Checkpoint>,
        seen: &mut dyn FnMut(&EpochResult),
    ) -> Result<QuantizedGraph<'g>> {
        let prescribed = self.graph().convs().any(|(_, conv)| conv.quant.is_some());
        if prescribed && !self.settings().reassign {
            return Err(QuantError::Settings(
                "the model prescribes the types of its weights, which fine-tuning changes: add --reassign".into(),
            ));
        }
        let mut state = TrainState::new(self.executor(), self.params(), &self.acts)?;
        let key = self.key(samples, options);
        if let Some(path) = checkpoint {
            state.resume(path, &key, self.graph())?;
            state.history.iter().for_each(&mut *seen);
        }
        let teacher = evaluate::float_outputs(self.executor(), self.params(), &samples.images)?;
        while state.epoch() < options.epochs {
            if options.refreshes(state.epoch()) {
                self.refresh(&mut state)?;
            }
            let result = self.epoch(&mut state, samples, &teacher, options)?;
            if let Some(diverged) = state.diverged(result)? {
                checkpoint.map_or(Ok(()), Checkpoint::remove)?;
                return Err(diverged);
            }
            state.history.push(result);
            if let Some(path) = checkpoint {
                state.save(path, &key)?;
            }
            seen(&result);
        }
        self.finish(&state)
    }

    /// What a checkpoint belongs to.
    fn key(&self, samples: &Samples, options: &TrainOptions) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?} {:?}", self.settings(), options).as_bytes());
        for (_, conv) in self.graph().convs() {
            conv.weight.iter().chain(&conv.bias).for_each(|w| _ = hasher.update(&w.to_le_bytes()));
        }
        samples.images.iter().flatten().for_each(|v| _ = hasher.update(&v.to_le_bytes()));
        hasher.update(format!("{:?}", samples.labels).as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// Chooses schemes and row scales for the weights of the moment.
    fn refresh(&self, state: &mut TrainState) -> Result<()> {
        let graph = trained_graph(self.graph(), state)?;
        let acts = state.grid.current(&graph)?;
        state.assignment = match state.epoch() {
            0 => self.run()?.assignment,
            _ => self.reassigned(&graph, &acts, &state.assignment)?,
        };
        let units = units(&graph, &acts);
        state.ratios = vec![Vec::new(); graph.nodes.len()];
        for (node, conv) in graph.convs() {
            let unit = units[node];
            state.ratios[node] = (0..conv.rows)
                .into_par_iter()
                .map(|row| {
                    RowTask::new(conv, row, &[], unit, self.settings()).scale(state.assignment[node][row]) / unit
                })
                .collect();
        }
        Ok(())
    }

    fn epoch(
        &self,
        state: &mut TrainState,
        samples: &Samples,
        teacher: &[Vec<f32>],
        options: &TrainOptions,
    ) -> Result<EpochResult> {
        let epoch = state.epoch();
        let mut order: Vec<usize> = (0..samples.images.len()).collect();
        order.shuffle(&mut StdRng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(epoch as u64)));
        let steps = order.len().div_ceil(options.batch);
        let pulls = if options.is_admm(epoch) { Some(self.update_duals(state)?) } else { None };
        let (mut total, mut right) = (0.0, 0);
        for (index, batch) in order.chunks(options.batch).enumerate() {
            let images: Vec<&[f32]> = batch.iter().map(|i| samples.images[*i].as_slice()).collect();
            let params = if pulls.is_some() { state.params.clone() } else { self.on_levels(state)? };
            let input = self.executor().batch(&images)?;
            let output = self.executor().output(&params, &input, &state.grid)?;
            let labels = samples.labels.as_ref().map(|labels| batch.iter().map(|i| labels[*i]).collect::<Vec<_>>());
            let soft: Vec<&[f32]> = batch.iter().map(|i| teacher[*i].as_slice()).collect();
            let mut loss = self.loss(&output, &soft, labels.as_deref())?;
            total += f64::from(loss.to_scalar::<f32>()?) * batch.len() as f64;
            right += labels.map_or(Ok(0), |labels| count_right(&output, &labels))?;
            if let Some(pulls) = &pulls {
                loss = (loss + self.pull(state, pulls)?)?;
            }
            let rate = options.rate_at(epoch * steps + index, options.epochs * steps);
            state.adam.step(&loss.backward()?, rate)?;
        }
        let count = order.len().max(1) as f64;
        let accuracy = samples.labels.as_ref().map(|_| 100.0 * right as f64 / count);
        Ok(EpochResult { epoch: epoch + 1, loss: total / count, accuracy })
    }

    /// Cross entropy with labels and with the float network's softened answers; squared distance if the network is no classifier.
    fn loss(&self, output: &Tensor, teacher: &[&[f32]], labels: Option<&[usize]>) -> Result<Tensor> {
        let target = by_channel(teacher, output)?;
        let batch = teacher.len() as f64;
        if labels.is_none() && self.graph().host.function != Some(HostFunction::Softmax) {
            let energy = target.sqr()?.mean_all()?.to_scalar::<f32>()?.max(1e-12);
            return Ok(((output - target)?.sqr()?.mean_all()? / f64::from(energy))?);
        }
        let (target, output) = (class_scores(&target)?, class_scores(output)?);
        let soft = log_softmax(&(target / TEMPERATURE)?)?.exp()?.detach();
        let answers = log_softmax(&(&output / TEMPERATURE)?)?;
        let distillation = ((answers * soft)?.sum_all()? * (-TEACHER_WEIGHT / batch))?;
        let Some(labels) = labels else { return Ok(distillation) };
        let truth = one_hot(labels, output.dim(0)?, self.executor())?;
        let entropy = ((log_softmax(&output)? * truth)?.sum_all()? * (-1.0 / batch))?;
        Ok((entropy + distillation)?)
    }

    /// Weights at their levels, with straight-through gradients.
    fn on_levels(&self, state: &TrainState) -> Result<Params> {
        let units = self.current_units(state)?;
        let mut params = state.params.clone();
        for (node, variable) in state.weight_of(self.graph()) {
            let Op::Conv(conv) = &self.graph().nodes[node].op else { continue };
            let weights: Vec<f32> = variable.as_tensor().flatten_all()?.to_vec1()?;
            let rows = self.rows(state, node, conv, &weights, units[node]);
            let bias = params.0[node].as_ref().map(|p| p.bias.clone());
            let on_grid = ConvParams::new(conv, &rows.weights(), &conv.bias, self.executor().device())?.weight;
            let weight = straight_through(variable.as_tensor(), &on_grid)?;
            params.0[node] = bias.map(|bias| ConvParams { weight, bias });
        }
        Ok(params)
    }

    /// By node: the unit of row scales with the activation scales of the moment.
    fn current_units(&self, state: &TrainState) -> Result<Vec<f64>> {
        Ok(units(self.graph(), &state.grid.current(self.graph())?))
    }

    /// Levels of the weights of the moment.
    fn rows(&self, state: &TrainState, node: usize, conv: &Conv, weights: &[f32], unit: f64) -> QuantizedRows {
        let scales: Vec<f64> = state.ratios[node].iter().map(|ratio| ratio * unit).collect();
        let schemes: &[Scheme] = &state.assignment[node];
        let levels = weights.par_chunks(conv.columns).enumerate().flat_map_iter(|(row, weights)| {
            let (levels, scale) = (Levels::of(schemes[row]), scales[row]);
            weights.iter().map(move |w| levels.project(f64::from(*w) / scale))
        });
        QuantizedRows {
            levels: levels.collect(),
            schemes: schemes.to_vec(),
            scales,
            bias: Vec::new(),
            mantissa_bits: self.settings().mantissa_bits,
            prescribed: false,
        }
    }

    /// ADMM: the levels nearest to weights plus multipliers, and the multipliers' update (MSQ, Eq. 11 and 12).
    fn update_duals(&self, state: &mut TrainState) -> Result<Vec<(usize, Tensor)>> {
        let units = self.current_units(state)?;
        let mut pulls = Vec::new();
        let nodes: Vec<(usize, Var)> = state.weight_of(self.graph()).into_iter().map(|(n, v)| (n, v.clone())).collect();
        for (node, variable) in nodes {
            let Op::Conv(conv) = &self.graph().nodes[node].op else { continue };
            let weights: Vec<f32> = variable.as_tensor().flatten_all()?.to_vec1()?;
            let mut dual = std::mem::take(&mut state.duals[node]);
            dual.resize(weights.len(), 0.0);
            let sums: Vec<f32> = weights.iter().zip(&dual).map(|(w, u)| w + u).collect();
            let levels = self.rows(state, node, conv, &sums, units[node]).weights();
            dual.iter_mut().zip(weights.iter().zip(&levels)).for_each(|(u, (w, z))| *u += w - z);
            let centre: Vec<f32> = levels.iter().zip(&dual).map(|(z, u)| z - u).collect();
            let energy: f32 = weights.iter().map(|w| w * w).sum::<f32>().max(1e-12);
            let centre = Tensor::from_vec(centre, (conv.rows, conv.columns), self.executor().device())?;
            pulls.push((node, (centre / f64::from(energy).sqrt())?));
            state.duals[node] = dual;
        }
        Ok(pulls)
    }

    /// The penalty of ADMM, relative to the energy of each layer's weights.
    fn pull(&self, state: &TrainState, pulls: &[(usize, Tensor)]) -> Result<Tensor> {
        let mut sum = Tensor::zeros((), candle_core::DType::F32, self.executor().device())?;
        for ((_, variable), (_, centre)) in state.weight_of(self.graph()).into_iter().zip(pulls) {
            let energy = variable.as_tensor().detach().sqr()?.sum_all()?.to_scalar::<f32>()?.max(1e-12);
            let distance = ((variable.as_tensor() / f64::from(energy).sqrt())? - centre)?.sqr()?.sum_all()?;
            sum = (sum + (distance * (0.5 * ADMM_PENALTY))?)?;
        }
        Ok(sum)
    }

    fn finish(&self, state: &TrainState) -> Result<QuantizedGraph<'g>> {
        let graph = self.graph();
        let units = self.current_units(state)?;
        let mut all_rows = vec![None; graph.nodes.len()];
        for (node, variable) in state.weight_of(graph) {
            let Op::Conv(conv) = &graph.nodes[node].op else { continue };
            let weights: Vec<f32> = variable.as_tensor().flatten_all()?.to_vec1()?;
            let mut rows = self.rows(state, node, conv, &weights, units[node]);
            if let Some(params) = &state.params.0[node] {
                rows.bias = params.bias.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
            }
            all_rows[node] = Some(rows);
        }
        Ok(QuantizedGraph { graph, acts: state.grid.current(graph)?, rows: all_rows })
    }
}

/// The graph with the weights of the moment.
fn trained_graph(graph: &Graph, state: &TrainState) -> Result<Graph> {
    let mut trained = graph.clone();
    for (node, variable) in state.weight_of(graph) {
        if let Op::Conv(conv) = &mut trained.nodes[node].op {
            conv.weight = variable.as_tensor().flatten_all()?.to_vec1()?;
        }
    }
    Ok(trained)
}

/// Outputs of single images as `[channels, batch * pixels]`.
fn by_channel(images: &[&[f32]], like: &Tensor) -> Result<Tensor> {
    let (channels, columns) = like.dims2()?;
    let pixels = columns / images.len().max(1);
    let values = (0..channels).flat_map(|c| images.iter().flat_map(move |image| &image[c * pixels..(c + 1) * pixels]));
    Ok(Tensor::from_vec(values.copied().collect::<Vec<f32>>(), (channels, columns), like.device())?)
}

fn count_right(output: &Tensor, labels: &[usize]) -> Result<usize> {
    let answers: Vec<u32> = class_scores(output)?.argmax(0)?.to_vec1()?;
    Ok(answers.iter().zip(labels).filter(|(answer, label)| **answer as usize == **label).count())
}
