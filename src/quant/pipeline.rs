//! From a float graph and samples to a quantized graph.

use candle_core::{DType, Device, Tensor};

use super::activations::{Calibration, act_specs, batch_size};
use super::assign::{Assignment, Evidence};
use super::classes::row_classes;
use super::columns::{Columns, spread};
use super::error::{QuantError, Result};
use super::evaluate::{evaluate, float_outputs};
use super::lower::lower;
use super::numerics::OnGrid;
use super::sensitivity::{eigenvalues, output_sensitivity};
use super::settings::{Method, Settings, WeightClip};
use super::spec::{ActSpec, QuantizedGraph, QuantizedRows};
use super::weights::{prescribed_rows, quantize_conv, scale_unit, settle_biases};
use crate::float::{AsIs, Conv, Executor, Graph, Numerics, Op, Params, Samples};
use crate::ir::TensorId;
use crate::num::Scheme;

/// Windows of each convolution that statistics are measured on.
const WINDOWS: usize = 8192;
/// Images that derivatives are taken on.
const DERIVATIVE_IMAGES: usize = 32;

/// A float network with everything measured on its calibration samples.
#[derive(Debug)]
pub struct Quantizer<'g> {
    executor: Executor<'g>,
    params: Params,
    samples: Samples,
    settings: Settings,
    /// Values of the float network.
    pub calibration: Calibration,
    /// Type of every tensor.
    pub acts: Vec<ActSpec>,
    /// What assignments are decided on.
    pub evidence: Evidence<'g>,
}

/// One way of assigning schemes, tried on the calibration samples.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Trial {
    /// Where the assignment comes from.
    pub name: String,
    /// Signal to noise of the integer network's result on the calibration samples, in dB.
    pub sqnr_db: f64,
}

/// The quantized network, and what was tried on the way.
#[derive(Clone, Debug)]
pub struct Quantization<'g> {
    /// The network.
    pub quantized: QuantizedGraph<'g>,
    /// All trials, the chosen one first.
    pub trials: Vec<Trial>,
    /// The chosen schemes.
    pub assignment: Assignment,
}

impl<'g> Quantizer<'g> {
    /// Measures the network on calibration samples.
    pub fn new(graph: &'g Graph, device: Device, samples: &Samples, settings: Settings) -> Result<Self> {
        if graph.convs().next().is_none() {
            return Err(QuantError::NoWeights);
        }
        let executor = Executor::new(graph, device);
        let params = Params::of(graph, executor.device())?;
        let calibration = Calibration::run(&executor, &params, &samples.images)?;
        let acts = act_specs(graph, &calibration, &settings);
        let fitting = (1 << 26) / largest_windows(graph).max(1);
        let samples = samples.spread(settings.images.min(fitting).max(1));
        let units = units(graph, &acts);
        let evidence = Evidence {
            graph,
            classes: row_classes(graph),
            units,
            sensitivity: None,
            eigenvalues: None,
            importance: Vec::new(),
        };
        let mut quantizer = Self { executor, params, samples, settings, calibration, acts, evidence };
        quantizer.measure()?;
        Ok(quantizer)
    }

    /// Derivatives and importances, as far as the method needs them.
    fn measure(&mut self) -> Result<()> {
        let Settings { method, wide_share, seed, .. } = self.settings;
        let few = self.samples.spread(DERIVATIVE_IMAGES);
        if method == Method::Auto {
            self.evidence.sensitivity = Some(output_sensitivity(&self.executor, &self.params, &few.images, seed)?);
            self.evidence.importance = importance(&self.executor, &self.params, &self.samples.images)?;
        }
        if wide_share > 0.0 {
            let measured = |conv: &Conv| self.is_free(conv);
            self.evidence.eigenvalues = Some(eigenvalues(&self.executor, &self.params, &few, seed, measured)?);
        }
        Ok(())
    }

    /// Assigns schemes by the method and quantizes.
    pub fn run(&self) -> Result<Quantization<'g>> {
        let candidates = self.candidates();
        let mut best: Option<(f64, QuantizedGraph<'g>, Assignment)> = None;
        let mut trials = Vec::new();
        let reference = float_outputs(&self.executor, &self.params, &self.samples.images)?;
        for (name, assignment) in candidates {
            let quantized = self.quantize(&assignment)?;
            let sqnr_db = evaluate(&lower(&quantized)?, &reference, &self.samples)?.sqnr_db;
            let better = best.as_ref().is_none_or(|(other, ..)| sqnr_db > *other);
            trials.insert(if better { 0 } else { trials.len() }, Trial { name, sqnr_db });
            if better {
                best = Some((sqnr_db, quantized, assignment));
            }
        }
        let (_, quantized, assignment) = best.ok_or(QuantError::NoWeights)?;
        Ok(Quantization { quantized, trials, assignment })
    }

    /// The executor of the float network.
    pub fn executor(&self) -> &Executor<'g> {
        &self.executor
    }

    /// The float weights.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The float network.
    pub fn graph(&self) -> &'g Graph {
        self.executor.graph()
    }

    /// The samples that statistics are taken on.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// Sets the share of rows on LUT lanes, which the target decides.
    pub fn set_lut_share(&mut self, share: f64) {
        self.settings.lut_share = share.clamp(0.0, 1.0 - self.settings.wide_share);
    }

    /// All rows `fixed`, rounded to nearest: a network of the right structure, to plan with.
    pub fn draft(&self) -> QuantizedGraph<'g> {
        let settings =
            Settings { compensate: false, correct_bias: false, weight_clip: WeightClip::Max, ..self.settings };
        let mut rows = vec![None; self.graph().nodes.len()];
        for (node, conv) in self.graph().convs() {
            let schemes = vec![settings.fixed(); conv.rows];
            rows[node] = Some(quantize_conv(conv, &schemes, &Columns::default(), self.evidence.units[node], &settings));
        }
        QuantizedGraph { graph: self.graph(), acts: self.acts.clone(), rows }
    }

    /// Whether rows are quantized here, because the file does not prescribe them.
    fn is_free(&self, conv: &Conv) -> bool {
        conv.quant.is_none() || self.settings.reassign
    }

    /// What was chosen.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The assignment for other weights than the file's; [`Method::Auto`] keeps the one it found for the file's.
    pub(super) fn reassigned(&self, graph: &Graph, acts: &[ActSpec], first: &Assignment) -> Result<Assignment> {
        let mut evidence = Evidence { graph, units: units(graph, acts), ..self.evidence.clone() };
        let Settings { method, wide_share, seed, .. } = self.settings;
        if wide_share > 0.0 {
            let executor = Executor::new(graph, self.executor.device().clone());
            let params = Params::of(graph, executor.device())?;
            let few = self.samples.spread(DERIVATIVE_IMAGES);
            evidence.eigenvalues = Some(eigenvalues(&executor, &params, &few, seed, |conv| self.is_free(conv))?);
        }
        Ok(match method {
            Method::Msq => evidence.msq(&self.settings),
            Method::Rmsmp => evidence.rmsmp(&self.settings),
            Method::Ausn => evidence.ausn(&self.settings),
            Method::Auto | Method::Uniform(_) => first.clone(),
        })
    }

    /// Assignments to try: one, or several for [`Method::Auto`].
    fn candidates(&self) -> Vec<(String, Assignment)> {
        let (evidence, settings) = (&self.evidence, &self.settings);
        match settings.method {
            Method::Msq => vec![("msq".to_owned(), evidence.msq(settings))],
            Method::Rmsmp => vec![("rmsmp".to_owned(), evidence.rmsmp(settings))],
            Method::Ausn => vec![("ausn".to_owned(), evidence.ausn(settings))],
            Method::Uniform(scheme) => vec![(scheme.to_string(), evidence.uniform(scheme))],
            Method::Auto => {
                let lut: Vec<Scheme> = [settings.sp2(), settings.pot()].into_iter().chain(settings.ausn()).collect();
                let mut modelled: Vec<(f64, String, Assignment)> = lut
                    .into_iter()
                    .map(|scheme| {
                        let (error, assignment) = evidence.least_error(scheme, settings);
                        (error, format!("least error with {scheme}"), assignment)
                    })
                    .collect();
                modelled.sort_by(|a, b| a.0.total_cmp(&b.0));
                let best = modelled.into_iter().take(2).map(|(_, name, assignment)| (name, assignment));
                let papers = [
                    ("msq", evidence.msq(settings)),
                    ("rmsmp", evidence.rmsmp(settings)),
                    ("ausn", evidence.ausn(settings)),
                ];
                best.chain(papers.map(|(name, assignment)| (name.to_owned(), assignment))).collect()
            }
        }
    }

    /// Quantizes layer by layer: each layer sees the inputs that the quantized layers before it give.
    pub fn quantize(&self, assignment: &Assignment) -> Result<QuantizedGraph<'g>> {
        let graph = self.executor.graph();
        let grid = OnGrid(&self.acts);
        let input = self.executor.batch(&self.samples.images)?;
        // What the file prescribes for the input holds in both networks.
        let mut float = vec![AsIs.tensor(graph, TensorId(0), input.clone())?];
        let mut quantized = vec![grid.tensor(graph, TensorId(0), input)?];
        let nothing = Tensor::zeros(1, DType::F32, self.executor.device())?;
        let mut all_rows = Vec::new();
        for (index, node) in graph.nodes.iter().enumerate() {
            let (mut params, mut rows) = (None, None);
            if let Op::Conv(conv) = &node.op {
                let result = self.conv(index, conv, &assignment[index], &float, &quantized)?;
                params = Some(result.params(conv, self.executor.device())?);
                rows = Some(result);
            }
            float.push(self.executor.node(index, self.params.0[index].as_ref(), &float, &AsIs)?);
            quantized.push(self.executor.node(index, params.as_ref(), &quantized, &grid)?);
            all_rows.push(rows);
            for id in graph.last_read(index) {
                float[id.0] = nothing.clone();
                quantized[id.0] = nothing.clone();
            }
        }
        Ok(QuantizedGraph { graph, acts: self.acts.clone(), rows: all_rows })
    }

    fn conv(
        &self,
        index: usize,
        conv: &Conv,
        schemes: &[Scheme],
        float: &[Tensor],
        quantized: &[Tensor],
    ) -> Result<QuantizedRows> {
        if let Some(quant) = conv.quant.as_ref().filter(|_| !self.is_free(conv)) {
            return Ok(prescribed_rows(conv, quant));
        }
        let input = self.executor.graph().nodes[index].inputs[0].0;
        let sample = |value: &Tensor| -> Result<Tensor> {
            let columns = self.executor.columns(index, value)?;
            let picks = Tensor::new(spread(columns.dim(1)?, WINDOWS), self.executor.device())?;
            Ok(columns.index_select(&picks, 1)?)
        };
        let columns = Columns::measure(&sample(&float[input])?, &sample(&quantized[input])?, conv.columns)?;
        let mut rows = quantize_conv(conv, schemes, &columns, self.evidence.units[index], &self.settings);
        let output = self.executor.graph().nodes[index].output.0;
        settle_biases(&mut rows, &self.acts[input], &self.acts[output]);
        Ok(rows)
    }
}

/// By node: scale of the result over scale of the input.
pub(super) fn units(graph: &Graph, acts: &[ActSpec]) -> Vec<f64> {
    graph.nodes.iter().map(|node| scale_unit(&acts[node.inputs[0].0], &acts[node.output.0])).collect()
}

/// By node and column: mean square of the float network's inputs.
fn importance(executor: &Executor, params: &Params, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
    let graph = executor.graph();
    let mut sums = vec![Vec::new(); graph.nodes.len()];
    for batch in images.chunks(batch_size(graph)) {
        let values = executor.run(params, &executor.batch(batch)?, &AsIs)?;
        for (index, _) in graph.convs() {
            let squares = executor.columns(index, &values[graph.nodes[index].inputs[0].0])?.sqr()?;
            let share = batch.len() as f64 / images.len() as f64;
            let means: Vec<f32> = (squares.mean(1)? * share)?.to_vec1()?;
            let sum = &mut sums[index];
            sum.resize(means.len(), 0.0);
            sum.iter_mut().zip(means).for_each(|(sum, mean)| *sum += mean);
        }
    }
    Ok(sums)
}

/// Elements of the largest tensor of windows for one image.
fn largest_windows(graph: &Graph) -> usize {
    let size = |(index, conv): (usize, &Conv)| {
        conv.columns * conv.groups * graph.tensor(graph.nodes[index].output).shape.pixels()
    };
    graph.convs().map(size).max().unwrap_or(1)
}
