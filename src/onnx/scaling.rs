//! Scalings by constants move into the weights before or behind them, or to the host.

use super::draft::{DraftNode, Step};
use super::fault::Reason;
use super::fuse::Fused;
use super::weights::{at, scale_columns, scale_rows};
use super::window::POINT;
use crate::float::{Clip, Conv, Op, Scaling as Rule, Values, WeightQuant};
use crate::ir::Padding;

/// Most nodes that a scaling moves past.
const DEPTH: usize = 256;

/// `x * mul + add`, each one number or one for each channel.
#[derive(Clone, Debug)]
struct Scaling {
    mul: Vec<f32>,
    add: Vec<f32>,
}

impl Scaling {
    fn is_one(&self) -> bool {
        self.mul.len() == 1 && self.add.len() == 1
    }

    fn is_positive(&self) -> bool {
        self.mul.iter().all(|&factor| factor > 0.0)
    }

    /// Whether zero stays zero.
    fn keeps_zero(&self) -> bool {
        self.add.iter().all(|&summand| summand == 0.0)
    }

    /// The limits behind the scaling that do what these do before it.
    fn clip(&self, clip: Clip) -> Option<Clip> {
        let free = |limit: f32| limit == 0.0 || limit.is_infinite();
        if clip == Clip::NONE || (self.is_positive() && self.keeps_zero() && free(clip.lo) && free(clip.hi)) {
            return Some(clip);
        }
        let limit = |value: f32| value * self.mul[0] + self.add[0];
        (self.is_positive() && self.is_one()).then(|| Clip { lo: limit(clip.lo), hi: limit(clip.hi) })
    }

    fn without_add(&self) -> Self {
        Self { mul: self.mul.clone(), add: vec![0.0] }
    }

    /// The scaling of some of the channels.
    fn part(&self, channels: std::ops::Range<usize>) -> Self {
        let pick = |values: &[f32]| if values.len() == 1 { values.to_vec() } else { values[channels.clone()].to_vec() };
        Self { mul: pick(&self.mul), add: pick(&self.add) }
    }

    /// Each number repeated for every pixel of its channel.
    fn spread(&self, pixels: usize) -> Self {
        let each = |values: &[f32]| match values {
            [one] => vec![*one],
            _ => values.iter().flat_map(|&value| std::iter::repeat_n(value, pixels)).collect(),
        };
        Self { mul: each(&self.mul), add: each(&self.add) }
    }
}

impl Fused {
    /// Moves a scaling into what is before it; false if it has to stay.
    pub(super) fn melt_scaling(&mut self, index: usize) -> bool {
        let Some(scaling) = self.scaling(index) else { return false };
        let source = self.draft.nodes[index].inputs[0];
        self.absorb(source, &scaling, DEPTH, false) && self.absorb(source, &scaling, DEPTH, true)
    }

    /// The scaling that a node is, if nothing limits its result.
    fn scaling(&self, index: usize) -> Option<Scaling> {
        let node = &self.draft.nodes[index];
        let Step::Affine { mul, add } = &node.step else { return None };
        let plain = node.clip == Clip::NONE && self.draft.tensors[index + 1].quant.is_none();
        plain.then(|| Scaling { mul: mul.clone(), add: add.clone() })
    }

    /// Whether a tensor can be made with a scaling applied to it; if `commit`, it is from now on.
    fn absorb(&mut self, tensor: usize, scaling: &Scaling, depth: usize, commit: bool) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        if self.uses[tensor] != 1 || !self.rescaled_type(tensor, scaling, commit) {
            return false;
        }
        let Some(index) = tensor.checked_sub(1) else { return self.absorb_by_host(scaling, false, commit) };
        let node = &self.draft.nodes[index];
        let Some(clip) = scaling.clip(node.clip) else { return false };
        let (positive, keeps_zero) = (scaling.is_positive(), scaling.keeps_zero());
        let inputs = node.inputs.clone();
        let rule = match &node.step {
            Step::Op(op) => op.facts().scaling,
            Step::Affine { .. } => Rule::Weights,
            Step::Lowest(_) => Rule::Positive,
            Step::Crop(_) => Rule::Any,
            Step::Pad(_) => Rule::Linear,
            Step::Gone => return false,
        };
        let passes = match rule {
            Rule::Any => true,
            Rule::Positive => positive,
            Rule::Linear => keeps_zero,
            Rule::PositiveLinear => positive && keeps_zero,
            Rule::One => scaling.is_one(),
            Rule::Weights | Rule::Sum | Rule::Parts | Rule::Never => false,
        };
        let absorbed = match rule {
            Rule::Weights => {
                if commit {
                    self.rescale(index, scaling);
                }
                true
            }
            Rule::Sum => {
                let rest = scaling.without_add();
                self.absorb(inputs[0], scaling, depth, commit)
                    && inputs[1..].iter().all(|&input| self.absorb(input, &rest, depth, commit))
            }
            Rule::Parts => {
                let mut first = 0;
                inputs.iter().all(|&input| {
                    let channels = first..first + self.draft.shape(input).channels;
                    first = channels.end;
                    self.absorb(input, &scaling.part(channels), depth, commit)
                })
            }
            _ => passes && self.absorb(inputs[0], scaling, depth, commit),
        };
        if absorbed && commit {
            self.draft.nodes[index].clip = clip;
        }
        absorbed
    }

    /// A prescribed type allows only what leaves its integers as they are: a factor that is a power of two.
    fn rescaled_type(&mut self, tensor: usize, scaling: &Scaling, commit: bool) -> bool {
        let Some(quant) = &mut self.draft.tensors[tensor].quant else { return true };
        let factor = scaling.mul[0];
        let exact = scaling.is_one() && scaling.is_positive() && scaling.keeps_zero() && factor.log2().fract() == 0.0;
        if exact && commit {
            quant.scale *= factor;
            quant.offset *= factor;
        }
        exact && tensor != 0
    }

    /// Scales the result of a convolution or a scaling.
    fn rescale(&mut self, index: usize, scaling: &Scaling) {
        let Scaling { mul, add } = scaling;
        match &mut self.draft.nodes[index].step {
            Step::Op(Op::Conv(conv)) => scale_rows(conv, mul, add),
            Step::Affine { mul: first, add: shift } => compose(first, shift, mul, add),
            _ => {}
        }
    }

    /// Leaves a scaling of the whole input to the host. That of pixels by channels waits until no weights take it: pixels keep
    /// their whole numbers then.
    fn absorb_by_host(&mut self, scaling: &Scaling, pixels: bool, commit: bool) -> bool {
        let shape = self.draft.shape(0);
        let length = scaling.mul.len().max(scaling.add.len());
        if self.draft.tensors[0].quant.is_some()
            || (length > 1 && (length != shape.channels || (shape.pixels() > 1 && !pixels)))
        {
            return false;
        }
        if commit {
            let (mul, add) = (&mut self.host.input_mul, &mut self.host.input_add);
            let pick = |values: &[f64], channel: usize| if values.len() == 1 { values[0] } else { values[channel] };
            let factor = |channel: usize| f64::from(at(&scaling.mul, channel));
            let channels = 0..length.max(mul.len()).max(add.len());
            let summands: Vec<f64> = channels
                .clone()
                .map(|channel| pick(add, channel) * factor(channel) + f64::from(at(&scaling.add, channel)))
                .collect();
            *mul = channels.map(|channel| pick(mul, channel) * factor(channel)).collect();
            *add = summands;
        }
        true
    }

    /// Scalings of the input that nothing else takes are left to the host, channel by channel.
    pub(super) fn melt_into_host(&mut self) {
        for index in 0..self.draft.nodes.len() {
            let Some(scaling) = self.scaling(index) else { continue };
            if self.draft.nodes[index].inputs[0] == 0 && self.uses[0] == 1 && self.absorb_by_host(&scaling, true, true)
            {
                let (draft, output) = (&mut self.draft, &mut self.output);
                draft.nodes[index].step = Step::Gone;
                draft.nodes[index].inputs.clear();
                let readers = draft.nodes.iter_mut().flat_map(|node| &mut node.inputs);
                readers.chain([output]).filter(|tensor| **tensor == index + 1).for_each(|tensor| *tensor = 0);
                self.uses[0] = self.uses[index + 1];
            }
        }
    }

    /// A scaling that only convolutions read becomes part of their weights.
    pub(super) fn melt_into_readers(&mut self) {
        for index in (0..self.draft.nodes.len()).rev() {
            let Some(scaling) = self.scaling(index) else { continue };
            let source = self.draft.nodes[index].inputs[0];
            if let Some(scaled) = self.scaled_readers(index + 1, &scaling, DEPTH) {
                for (reader, conv) in scaled {
                    self.draft.nodes[reader].step = Step::Op(Op::Conv(conv));
                }
                self.draft.nodes[index].step = Step::Op(Op::Identity);
                self.bypass(index, source);
            } else if let Some(border) = self.border(index + 1, &scaling) {
                // Zero behind the scaling is the same number for all channels before it: the scaling melts without its sum.
                let rest = Scaling { mul: vec![1.0], add: vec![-border] };
                let Some(scaled) = self.scaled_readers(index + 1, &scaling.without_add(), DEPTH) else { continue };
                for (reader, conv) in scaled {
                    self.draft.nodes[reader].step = Step::Op(Op::Conv(conv));
                }
                self.draft.nodes[index].step = Step::Affine { mul: rest.mul.clone(), add: rest.add.clone() };
                if self.absorb(source, &rest, DEPTH, false) && self.absorb(source, &rest, DEPTH, true) {
                    self.bypass(index, source);
                }
            }
        }
    }

    /// What reads a node reads its source instead.
    fn bypass(&mut self, index: usize, source: usize) {
        self.draft.nodes[index].step = Step::Gone;
        self.draft.nodes[index].inputs.clear();
        let readers = self.draft.nodes.iter_mut().flat_map(|node| &mut node.inputs);
        readers.filter(|tensor| **tensor == index + 1).for_each(|tensor| *tensor = source);
        self.uses[source] = self.uses[source] + self.uses[index + 1] - 1;
    }

    /// The number that all channels have where they are zero behind a scaling.
    fn border(&self, tensor: usize, scaling: &Scaling) -> Option<f32> {
        let channels = self.draft.shape(tensor).channels;
        let zero = |channel: usize| -at(&scaling.add, channel) / at(&scaling.mul, channel);
        let first = zero(0);
        let same = |channel: usize| (zero(channel) - first).abs() <= 1e-6 * first.abs();
        (scaling.is_positive() && first.is_finite() && (0..channels).all(same)).then_some(first)
    }

    /// All convolutions that read a tensor, through flattening and repetition too, with its scaling in their weights.
    fn scaled_readers(&self, tensor: usize, scaling: &Scaling, depth: usize) -> Option<Vec<(usize, Conv)>> {
        let depth = depth.checked_sub(1)?;
        if tensor == self.output {
            return None;
        }
        let mut scaled = Vec::new();
        for reader in self.readers(tensor) {
            let node = &self.draft.nodes[reader];
            let plain = node.clip == Clip::NONE && self.draft.tensors[reader + 1].quant.is_none();
            let through = match &node.step {
                Step::Op(Op::Conv(conv)) => {
                    let mut conv = conv.clone();
                    let fits = conv.window.padding == Padding::default() || scaling.keeps_zero();
                    if !fits || !scale_columns(&mut conv, &scaling.mul, &scaling.add) {
                        return None;
                    }
                    scaled.push((reader, conv));
                    continue;
                }
                Step::Op(op) if plain && op.facts().values == Values::Picked => op.facts().scaling,
                Step::Crop(_) if plain => Rule::Any,
                Step::Pad(_) if plain => Rule::Linear,
                _ => return None,
            };
            let pixels = self.draft.shape(tensor).pixels();
            let behind = match through {
                Rule::Any => scaling.clone(),
                Rule::Positive if scaling.is_positive() => scaling.clone(),
                Rule::Linear if scaling.keeps_zero() => scaling.clone(),
                // Each pixel becomes a channel.
                Rule::One => scaling.spread(pixels),
                _ => return None,
            };
            scaled.extend(self.scaled_readers(reader + 1, &behind, depth)?);
        }
        Some(scaled)
    }

    /// What scaling is left becomes a convolution of each channel by itself.
    pub(super) fn make_depthwise(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let rows = self.draft.shape(index + 1).channels;
            if let DraftNode { step: Step::Affine { .. }, source, .. } = self.draft.nodes[index] {
                self.draft.occupy(2 * rows).map_err(|reason| (source, reason))?;
            }
            let step = &mut self.draft.nodes[index].step;
            let Step::Affine { mul, add } = step else { continue };
            let each = |values: &[f32]| if values.len() == 1 { vec![values[0]; rows] } else { values.to_vec() };
            let (weight, bias) = (each(mul), each(add));
            // One weight in a row: it is its scale.
            let scales = weight.iter().map(|factor| if *factor == 0.0 { 1.0 } else { factor.abs() }).collect();
            let quant = Some(WeightQuant { scales, bits: 2 });
            let conv = Conv { window: POINT, groups: rows, rows, columns: 1, weight, bias, quant };
            *step = Step::Op(Op::Conv(conv));
        }
        Ok(())
    }
}

/// `(x * first + shift) * mul + add`.
fn compose(first: &mut Vec<f32>, shift: &mut Vec<f32>, mul: &[f32], add: &[f32]) {
    let pairs = |a: &[f32], b: &[f32], f: fn(f32, f32) -> f32| -> Vec<f32> {
        (0..a.len().max(b.len())).map(|index| f(at(a, index), at(b, index))).collect()
    };
    *first = pairs(first, mul, |a, b| a * b);
    *shift = pairs(&pairs(shift, mul, |a, b| a * b), add, |a, b| a + b);
}
