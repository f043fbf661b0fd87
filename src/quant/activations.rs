//! Types of activation tensors from calibration.

use rayon::prelude::*;

use super::columns::spread;
use super::settings::{ActClip, Settings};
use super::spec::ActSpec;
use super::{ErrorSum, Result};
use crate::float::{AsIs, Clip, Executor, Graph, Op, Params};
use crate::ir::{ActType, TensorId};

/// Values kept of each tensor.
const KEPT: usize = 1 << 16;
/// Values of them that every clip is tried on.
const JUDGED: usize = 1 << 14;
/// Clips tried between zero and the largest value.
const CLIPS: usize = 100;

/// Values of every tensor of the float network, a sample of each.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// By tensor: values, evenly spread over images and elements.
    pub values: Vec<Vec<f32>>,
    /// By tensor: smallest and largest value of all.
    pub limits: Vec<(f32, f32)>,
}

impl Calibration {
    /// Runs the float network over the images.
    pub fn run(executor: &Executor, params: &Params, images: &[Vec<f32>]) -> Result<Self> {
        let graph = executor.graph();
        let mut values = vec![Vec::new(); graph.tensors.len()];
        let mut limits = vec![(f32::INFINITY, f32::NEG_INFINITY); graph.tensors.len()];
        for batch in images.chunks(batch_size(graph)) {
            let tensors = executor.run(params, &executor.batch(batch)?, &AsIs)?;
            for (id, tensor) in tensors.iter().enumerate() {
                let flat: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
                let range = &mut limits[id];
                *range = flat.iter().fold(*range, |(lo, hi), v| (lo.min(*v), hi.max(*v)));
                let quota = (KEPT * batch.len()).div_ceil(images.len()).min(flat.len());
                values[id].extend(spread(flat.len(), quota).into_iter().map(|i| flat[i as usize]));
            }
        }
        Ok(Self { values, limits })
    }
}

/// Images per batch, so that the largest tensor of a batch stays below 64 MiB.
pub fn batch_size(graph: &Graph) -> usize {
    let window = |node: &crate::float::Node| match &node.op {
        Op::Conv(conv) => conv.columns * conv.groups * graph.tensor(node.output).shape.pixels(),
        _ => graph.tensor(node.output).shape.len(),
    };
    let largest = graph.nodes.iter().map(window).max().unwrap_or(1);
    ((1 << 24) / largest.max(1)).clamp(1, 64)
}

/// The type of every tensor: prescribed, inherited from the input of the node, or calibrated.
pub fn act_specs(graph: &Graph, calibration: &Calibration, settings: &Settings) -> Vec<ActSpec> {
    let own: Vec<Option<ActSpec>> = (0..graph.tensors.len())
        .into_par_iter()
        .map(|id| match &graph.tensors[id].quant {
            Some(quant) => Some(ActSpec::prescribed(quant).limited(clip_before(graph, id))),
            None => (!inherits(graph, TensorId(id))).then(|| calibrated(graph, id, calibration, settings)),
        })
        .collect();
    let mut specs: Vec<ActSpec> = Vec::with_capacity(own.len());
    for (id, spec) in own.into_iter().enumerate() {
        let inherited = || specs[graph.nodes[id - 1].inputs[0].0].limited(clip_before(graph, id));
        let spec = spec.unwrap_or_else(inherited);
        specs.push(spec);
    }
    specs
}

/// Whether the node before a tensor passes its input's type on.
pub fn inherits(graph: &Graph, id: TensorId) -> bool {
    let passes = |op: &Op| matches!(op, Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten);
    id.0 > 0 && passes(&graph.nodes[id.0 - 1].op) && graph.tensor(id).quant.is_none()
}

/// The limits of the node that makes a tensor.
fn clip_before(graph: &Graph, id: usize) -> Clip {
    id.checked_sub(1).map_or(Clip::NONE, |node| graph.nodes[node].clip)
}

fn calibrated(graph: &Graph, id: usize, calibration: &Calibration, settings: &Settings) -> ActSpec {
    let (low, high) = calibration.limits[id];
    let values = &calibration.values[id];
    let bits = bits_of(graph, TensorId(id), settings);
    if id == 0 && values.iter().all(|value| value.fract() == 0.0) {
        // Whole numbers, such as pixels, stay as they are in as few bits as hold them.
        let fitting =
            (2..=bits).map(|bits| act_type(bits, low < 0.0)).find(|act| low >= act.lo as f32 && high <= act.hi as f32);
        if let Some(act) = fitting {
            return ActSpec::plain(act, 1.0);
        }
    }
    let act = act_type(bits, low < 0.0);
    let largest = f64::from(low.abs().max(high.abs()).max(1e-12));
    let alpha = match settings.act_clip {
        ActClip::MinMax => largest,
        ActClip::Percentile(percent) => percentile(values, percent),
        ActClip::Mse => smallest_error(values, largest, act),
    };
    ActSpec::plain(act, alpha / f64::from(act.hi)).limited(clip_before(graph, id))
}

/// Unsigned from zero, or signed and symmetric.
fn act_type(bits: u32, signed: bool) -> ActType {
    let hi = if signed { (1 << (bits - 1)) - 1 } else { (1 << bits) - 1 };
    ActType { bits, signed, lo: if signed { -hi } else { 0 }, hi }
}

/// Edge width for the input, the result, averages, and for values that go through no rectifier before an add or a leaky
/// rectifier; the width of activations otherwise.
fn bits_of(graph: &Graph, id: TensorId, settings: &Settings) -> u32 {
    let reads = |op: &Op| matches!(op, Op::Add | Op::LeakyRelu(_));
    let linear = id.0 > 0 && graph.nodes[id.0 - 1].clip == Clip::NONE;
    let operand = linear && graph.consumers(id).all(|node| reads(&graph.nodes[node].op));
    let average = id.0 > 0 && matches!(graph.nodes[id.0 - 1].op, Op::AvgPool { .. });
    if id.0 == 0 || leads_to_output(graph, id) || operand || average { settings.edge_bits } else { settings.act_bits }
}

/// Whether a tensor is the result, but for nodes that pass its type on.
fn leads_to_output(graph: &Graph, id: TensorId) -> bool {
    id == graph.output
        || graph.consumers(id).any(|node| {
            let output = graph.nodes[node].output;
            inherits(graph, output) && leads_to_output(graph, output)
        })
}

fn percentile(values: &[f32], percent: f64) -> f64 {
    let mut magnitudes: Vec<f32> = values.iter().map(|v| v.abs()).collect();
    magnitudes.sort_by(f32::total_cmp);
    let index = (percent / 100.0 * magnitudes.len() as f64) as usize;
    magnitudes.get(index.min(magnitudes.len().saturating_sub(1))).map_or(1e-12, |v| f64::from(v.max(1e-12)))
}

fn smallest_error(values: &[f32], largest: f64, act: ActType) -> f64 {
    let picks = spread(values.len(), JUDGED);
    let error = |alpha: f64| {
        let spec = ActSpec::plain(act, alpha / f64::from(act.hi));
        act_error(picks.iter().map(|i| &values[*i as usize]), &spec).total()
    };
    let clips = (CLIPS / 10..=CLIPS).map(|i| largest * i as f64 / CLIPS as f64);
    clips.map(|alpha| (error(alpha), alpha)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(largest, |(_, alpha)| alpha)
}

/// Clipping and rounding error of activations.
pub fn act_error<'a>(values: impl IntoIterator<Item = &'a f32>, spec: &ActSpec) -> ErrorSum {
    let alpha = spec.scale * f64::from(spec.act.hi);
    let one = |value: &f32| ErrorSum::of(f64::from(*value), spec.value(spec.quantize(*value)), alpha);
    values.into_iter().map(one).sum()
}
