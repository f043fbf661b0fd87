//! Types of activation tensors from calibration.

use rayon::prelude::*;

use super::columns::spread;
use super::flow::{clip_before, hidden, inherits, own_types_of_hidden};
use super::grid::Grid;
use super::ops;
use super::scale::mantissa;
use super::settings::{ActClip, Settings, Untyped};
use super::spec::ActSpec;
use super::{ErrorSum, Result};
use crate::float::{AsIs, Clip, Conv, Executor, Graph, Op, Params};
use crate::ir::{ActType, TensorId};

/// Values kept of each tensor.
const KEPT: usize = 1 << 16;
/// Values of them that every clip is tried on.
const JUDGED: usize = 1 << 14;
/// Bits of joined tensors whose zero points differ: few more than they have.
const JOINED: u32 = 12;
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

/// The type of every tensor: prescribed, the grid of a sum whose parts are prescribed, inherited from the input of the node, or
/// calibrated.
pub fn act_specs(graph: &Graph, calibration: &Calibration, settings: &Settings) -> Vec<ActSpec> {
    let given = given(graph, calibration, settings);
    let calibrates = |id: usize| {
        let own = given[id].is_none() && !inherits(graph, TensorId(id)) && hidden(graph, TensorId(id)).is_none();
        own.then(|| calibrated(graph, id, calibration, settings, &given))
    };
    let calibrated: Vec<Option<ActSpec>> = (0..graph.tensors.len()).into_par_iter().map(calibrates).collect();
    let mut specs: Vec<ActSpec> = Vec::with_capacity(calibrated.len());
    for (id, (given, calibrated)) in given.iter().zip(calibrated).enumerate() {
        let input = || specs[graph.nodes[id - 1].inputs[0].0];
        let spec = given.or(calibrated).unwrap_or_else(|| input().limited(clip_before(graph, id)));
        let spec = id.checked_sub(1).map_or(spec, |node| tie_operands(graph, node, &mut specs, spec));
        specs.push(spec);
    }
    own_types_of_hidden(graph, &mut specs);
    specs
}

/// Widest operand on the grid of its sum.
const TIED_BITS: u32 = 12;
/// Bits of the mantissa that brings the other operand onto that grid.
const TIED_MANTISSA: u32 = 6;

/// The type of a sum, and those of its operands that only it reads: results of convolutions are rounded on the grid of the sum, once, by
/// the requantization of their rows, and a core adds in the same step. The grid is one that another operand has a short way to. Only
/// between calibrated types, which may have any scale.
fn tie_operands(graph: &Graph, index: usize, specs: &mut [ActSpec], mut sum: ActSpec) -> ActSpec {
    let node = &graph.nodes[index];
    let is_free = |spec: &ActSpec| !spec.kept && !spec.prescribed && spec.zero_point == 0 && spec.offset == 0.0;
    let is_tied = |operand: TensorId| {
        let maker = operand.0.checked_sub(1).map(|maker| &graph.nodes[maker]);
        maker.is_some_and(|maker| matches!(maker.op, Op::Conv(_)) && maker.clip == Clip::NONE)
            && graph.consumers(operand).all(|reader| reader == index)
            && operand != graph.output
            && graph.tensor(operand).quant.is_none()
            && is_free(&specs[operand.0])
    };
    let (tied, others): (Vec<TensorId>, Vec<TensorId>) = node.inputs.iter().partition(|operand| is_tied(**operand));
    if !matches!(node.op, Op::Add) || tied.is_empty() || !is_free(&sum) {
        return sum;
    }
    if let Some(other) = others.first().map(|other| specs[other.0]).filter(is_free) {
        let (mul, shift) = mantissa(other.scale / sum.scale, TIED_MANTISSA);
        sum = ActSpec::plain(sum.act, other.scale * f64::from(shift).exp2() / mul.max(1) as f64);
    }
    for TensorId(operand) in tied {
        let own = specs[operand];
        let steps = own.scale * f64::from(own.act.hi.max(-own.act.lo)) / sum.scale;
        let held = (2..=TIED_BITS).map(|bits| act_type(bits, own.act.signed));
        if let Some(act) = held.into_iter().find(|act| f64::from(act.hi) >= steps) {
            specs[operand] = ActSpec::plain(act, sum.scale);
        }
    }
    sum
}

/// Types that need no calibration: those that the file prescribes, here or behind a pool, and exact grids.
fn given(graph: &Graph, calibration: &Calibration, settings: &Settings) -> Vec<Option<ActSpec>> {
    let mut specs: Vec<Option<ActSpec>> = Vec::with_capacity(graph.tensors.len());
    let mut grids: Vec<Option<Grid>> = Vec::with_capacity(graph.tensors.len());
    for (id, leads) in leads_to_prescribed(graph).into_iter().enumerate() {
        let needed = leads && settings.untyped == Untyped::Exact;
        let tensor = TensorId(id);
        let limits = clip_before(graph, id);
        let on_grid = || -> Option<(ActSpec, Grid)> {
            let node = id.checked_sub(1)?;
            let inputs = &graph.nodes[node].inputs;
            let known: Vec<Option<Grid>> = inputs.iter().map(|input| grids[input.0]).collect();
            let kept = || inputs.iter().all(|input| specs[input.0].is_some_and(|spec| spec.kept));
            let is_conv = matches!(graph.nodes[node].op, Op::Conv(_));
            if is_conv && (settings.reassign || !kept()) {
                return None;
            }
            let grid = ops::grid(graph, node, &known)?;
            // Limits on the grid of the input leave its integers as they are.
            let within = known[0].is_some_and(|known| {
                known.unit.to_bits() == grid.unit.to_bits() && known.low <= grid.low && grid.high <= known.high
            });
            let kept = |spec: &ActSpec| {
                let steps = within && spec.scale.to_bits() == grid.unit.to_bits();
                inherits(graph, tensor) || (steps && matches!(graph.nodes[node].op, Op::Identity))
            };
            let input = specs[inputs[0].0].filter(kept);
            Some((input.map_or_else(|| grid.spec(), |spec| spec.limited(limits)), grid))
        };
        let (spec, grid) = match (&graph.tensors[id].quant, ahead(graph, tensor)) {
            (Some(quant), _) => {
                let spec = ActSpec::prescribed(quant).limited(limits);
                (Some(spec), Grid::of(&spec))
            }
            (None, Some(spec)) => (Some(spec.limited(limits)), Grid::of(&spec)),
            (None, None) if id == 0 => {
                let spec = whole_numbers(calibration, settings);
                (spec, spec.as_ref().and_then(Grid::of))
            }
            (None, None) => match on_grid() {
                Some((_, grid)) if hidden(graph, tensor).is_some() => (None, Some(grid)),
                Some((spec, grid)) if needed || spec.act.bits <= bits_kept(graph, id, settings) => {
                    (Some(spec), Some(grid))
                }
                _ => (None, None),
            },
        };
        specs.push(spec);
        grids.push(grid);
    }
    specs
}

/// Widest grid of its operands that a tensor keeps before a convolution: operands of one scale are joined as they are.
fn bits_kept(graph: &Graph, id: usize, settings: &Settings) -> u32 {
    let joins = id > 0 && matches!(graph.nodes[id - 1].op, Op::Concat);
    if joins && settings.untyped == Untyped::Exact { settings.edge_bits.max(JOINED) } else { settings.edge_bits }
}

/// By tensor: whether all that is read of it ends in a prescribed type or is the result. Convolutions end it, unless they only scale
/// and move values.
fn leads_to_prescribed(graph: &Graph) -> Vec<bool> {
    let mut leads = vec![false; graph.tensors.len()];
    for id in (0..graph.tensors.len()).rev() {
        let mut readers = graph.consumers(TensorId(id)).peekable();
        let ends = |node: usize| {
            let node = &graph.nodes[node];
            let prescribed = graph.tensor(node.output).quant.is_some();
            let sums = matches!(&node.op, Op::Conv(conv) if !is_picking(conv));
            !sums && (prescribed || leads[node.output.0])
        };
        leads[id] = graph.output.0 == id || (readers.peek().is_some() && readers.all(ends));
    }
    leads
}

/// Whether every row has one weight, of a prescribed type.
fn is_picking(conv: &Conv) -> bool {
    let weights = |row: &[f32]| row.iter().filter(|weight| **weight != 0.0).count();
    conv.quant.is_some() && conv.weight.chunks(conv.columns).all(|row| weights(row) <= 1)
}

/// A prescribed type behind pools and copies: every such type is a nondecreasing function, which can as well come before them.
fn ahead(graph: &Graph, mut id: TensorId) -> Option<ActSpec> {
    let mut limits = Vec::new();
    if id.0 == 0 || inherits(graph, id) || hidden(graph, id).is_some() {
        return None;
    }
    loop {
        let mut readers = graph.consumers(id);
        let (Some(reader), None) = (readers.next(), readers.next()) else { return None };
        let node = &graph.nodes[reader];
        if id == graph.output {
            return None;
        }
        id = node.output;
        match &graph.tensor(id).quant {
            Some(quant) if matches!(node.op, Op::Identity) && !limits.is_empty() => {
                let spec = ActSpec::prescribed(quant).limited(node.clip);
                return Some(limits.into_iter().fold(spec, |spec: ActSpec, clip| spec.limited(clip)));
            }
            None if inherits(graph, id) => limits.push(node.clip),
            _ => return None,
        }
    }
}

/// Whole numbers, such as pixels, stay as they are in as few bits as hold them.
fn whole_numbers(calibration: &Calibration, settings: &Settings) -> Option<ActSpec> {
    let (low, high) = calibration.limits[0];
    if calibration.values[0].iter().any(|value| value.fract() != 0.0) {
        return None;
    }
    let mut types = (2..=settings.edge_bits).map(|bits| act_type(bits, low < 0.0));
    let act = types.find(|act| low >= act.lo as f32 && high <= act.hi as f32)?;
    Some(ActSpec { kept: true, ..ActSpec::plain(act, 1.0) })
}

fn calibrated(
    graph: &Graph,
    id: usize,
    calibration: &Calibration,
    settings: &Settings,
    given: &[Option<ActSpec>],
) -> ActSpec {
    let (low, high) = calibration.limits[id];
    let values = &calibration.values[id];
    let bits =
        if beside_prescribed(graph, id, given) { settings.edge_bits } else { bits_of(graph, TensorId(id), settings) };
    let act = act_type(bits, low < 0.0);
    let largest = f64::from(low.abs().max(high.abs()).max(1e-12));
    let alpha = match settings.act_clip {
        ActClip::MinMax => largest,
        ActClip::Percentile(percent) => percentile(values, percent),
        ActClip::Mse => smallest_error(values, largest, act),
    };
    ActSpec::plain(act, alpha / f64::from(act.hi)).limited(clip_before(graph, id))
}

/// Whether a tensor without a type of its own is computed from prescribed ones or rounded to one.
fn beside_prescribed(graph: &Graph, id: usize, given: &[Option<ActSpec>]) -> bool {
    let prescribed = |id: &TensorId| given[id.0].is_some_and(|spec| spec.prescribed);
    let before = id > 0 && graph.nodes[id - 1].inputs.iter().any(prescribed);
    before || graph.consumers(TensorId(id)).any(|node| prescribed(&graph.nodes[node].output))
}

/// Unsigned from zero, or signed and symmetric.
fn act_type(bits: u32, signed: bool) -> ActType {
    let hi = if signed { (1 << (bits - 1)) - 1 } else { (1 << bits) - 1 };
    ActType { bits, signed, lo: if signed { -hi } else { 0 }, hi }
}

/// Edge width for the input, the result, averages, and for values that go through no rectifier before an add or a leaky
/// rectifier; the width of activations otherwise.
fn bits_of(graph: &Graph, id: TensorId, settings: &Settings) -> u32 {
    let linear = id.0 > 0 && graph.nodes[id.0 - 1].clip == Clip::NONE;
    let operand = linear && graph.consumers(id).all(|node| ops::habits(&graph.nodes[node].op).wide_operands);
    let result = id.0 > 0 && ops::habits(&graph.nodes[id.0 - 1].op).wide_result;
    if id.0 == 0 || leads_to_output(graph, id) || operand || result { settings.edge_bits } else { settings.act_bits }
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
