//! Melts limits, types, scalings and padding into the operators beside them.

use super::conv::POINT;
use super::draft::{Draft, DraftNode, Step};
use super::fault::{Reason, invalid, unsupported};
use super::weights::{scale_columns, scale_rows};
use crate::float::{Clip, Conv, Op};
use crate::ir::{Host, Padding};

/// A draft whose nodes are all operators of the float graph.
#[derive(Debug)]
pub(super) struct Fused {
    pub draft: Draft,
    pub output: usize,
    pub host: Host,
}

/// Fuses everything that can be fused; a refusal names the ONNX node.
pub(super) fn fuse(draft: Draft, output: usize, host: Host) -> Result<Fused, (usize, Reason)> {
    let mut fused = Fused { draft, output, host };
    fused.melt_into_producers();
    fused.padding()?;
    fused.melt_into_readers();
    fused.make_depthwise()?;
    fused.finite()?;
    Ok(fused)
}

impl Fused {
    /// Number of readers of each tensor; the output of the network is read by the host.
    fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.draft.tensors.len()];
        self.draft.nodes.iter().flat_map(|node| &node.inputs).for_each(|&tensor| uses[tensor] += 1);
        uses[self.output] += 1;
        uses
    }

    fn melt_into_producers(&mut self) {
        let mut uses = self.uses();
        let mut alias: Vec<usize> = (0..self.draft.tensors.len()).collect();
        for index in 0..self.draft.nodes.len() {
            let node = &mut self.draft.nodes[index];
            node.inputs.iter_mut().for_each(|tensor| *tensor = alias[*tensor]);
            let source = node.inputs[0];
            if self.is_trivial(index) || (uses[source] == 1 && self.merge(index, source)) {
                alias[index + 1] = source;
                uses[source] = uses[source] - 1 + uses[index + 1];
            }
        }
        self.output = alias[self.output];
    }

    fn is_trivial(&self, index: usize) -> bool {
        let node = &self.draft.nodes[index];
        let nothing = node.clip == Clip::NONE && self.draft.tensors[index + 1].quant.is_none();
        nothing && matches!(node.step, Step::Op(Op::Identity))
    }

    /// Moves a node into the producer of its input, of which it is the only reader.
    fn merge(&mut self, index: usize, source: usize) -> bool {
        let Draft { nodes, tensors, .. } = &mut self.draft;
        let (before, rest) = nodes.split_at_mut(index);
        let node = &rest[0];
        let producer = source.checked_sub(1).map(|producer| &mut before[producer]);
        let second = tensors[index + 1].quant;
        if let (Some(first), Some(second)) = (&mut tensors[source].quant, second)
            && (first.scale, first.offset) == (second.scale, second.offset)
            && node.clip == Clip::NONE
            && (second.lo <= first.hi && first.lo <= second.hi)
            && matches!(node.step, Step::Op(Op::Identity))
        {
            // The same grid twice: only the limits can differ.
            (first.lo, first.hi) = (first.lo.max(second.lo), first.hi.min(second.hi));
            return true;
        }
        if tensors[source].quant.is_some() || producer.as_ref().is_some_and(|p| matches!(p.step, Step::Pad(_))) {
            return false;
        }
        // These pass the type of their input on: another type needs a node of its own.
        let passes = |step: &Step| matches!(step, Step::Op(Op::MaxPool(_) | Op::Upsample(_) | Op::Flatten));
        match (&node.step, producer) {
            (Step::Op(Op::Identity), Some(producer)) if second.is_some() && passes(&producer.step) => return false,
            (Step::Op(Op::Identity), Some(producer)) => {
                producer.clip = then(producer.clip, node.clip);
                tensors[source].quant = tensors[index + 1].quant;
            }
            (Step::Op(Op::Identity), None) if node.clip == Clip::NONE => tensors[0].quant = tensors[index + 1].quant,
            (Step::Affine { mul, add }, None) if mul.len() == 1 && add.len() == 1 => {
                let (mul, add) = (f64::from(mul[0]), f64::from(add[0]));
                self.host.input_mul.iter_mut().for_each(|factor| *factor *= mul);
                self.host.input_add.iter_mut().for_each(|summand| *summand = *summand * mul + add);
            }
            (Step::Affine { mul, add }, Some(producer)) if producer.clip == Clip::NONE => match &mut producer.step {
                Step::Op(Op::Conv(conv)) => scale_rows(conv, mul, add),
                Step::Affine { mul: first, add: shift } => compose(first, shift, mul, add),
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// Zeros around an image become the padding of the windows that read it.
    fn padding(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let Step::Pad(padding) = self.draft.nodes[index].step else { continue };
            let image = self.draft.nodes[index].inputs[0];
            let positive = self.draft.is_nonnegative(image);
            let mut accepted = self.output != index + 1;
            for node in self.draft.nodes.iter_mut().filter(|node| node.inputs.contains(&(index + 1))) {
                accepted &= take_padding(&mut node.step, padding, positive);
                node.inputs[0] = image;
            }
            if !accepted {
                let text = "its zeros can only become padding of a convolution or average, or of a maximum behind Relu";
                return Err((self.draft.nodes[index].source, unsupported(text)));
            }
        }
        Ok(())
    }

    /// A scaling that only convolutions without padding read becomes part of their weights.
    fn melt_into_readers(&mut self) {
        for index in (0..self.draft.nodes.len()).rev() {
            let node = &self.draft.nodes[index];
            let Step::Affine { mul, add } = node.step.clone() else { continue };
            let plain = node.clip == Clip::NONE && self.draft.tensors[index + 1].quant.is_none();
            if !plain || self.output == index + 1 {
                continue;
            }
            let image = node.inputs[0];
            let readers: Vec<usize> = self.readers(index + 1).collect();
            let scaled: Option<Vec<DraftNode>> = readers
                .iter()
                .map(|&reader| {
                    let mut node = self.draft.nodes[reader].clone();
                    let Step::Op(Op::Conv(conv)) = &mut node.step else { return None };
                    let fits = conv.window.padding == Padding::default() || add.iter().all(|&shift| shift == 0.0);
                    (fits && scale_columns(conv, &mul, &add)).then(|| DraftNode { inputs: vec![image], ..node })
                })
                .collect();
            for (reader, node) in readers.into_iter().zip(scaled.into_iter().flatten()) {
                self.draft.nodes[reader] = node;
            }
        }
    }

    fn readers(&self, tensor: usize) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.draft.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.inputs.contains(&tensor)).map(|(index, _)| index)
    }

    /// Refuses weights, scales and constants that are no numbers, here or by their product with a scaling.
    fn finite(&self) -> Result<(), (usize, Reason)> {
        let first = self.draft.nodes.first().map_or(0, |node| node.source);
        if !self.host.input_mul.iter().chain(&self.host.input_add).all(|number| number.is_finite()) {
            return Err((first, invalid("the scaling of the input is infinite")));
        }
        for node in &self.draft.nodes {
            let Step::Op(Op::Conv(conv)) = &node.step else { continue };
            if !conv.weight.iter().chain(&conv.bias).all(|value| value.is_finite()) {
                return Err((node.source, invalid("a weight or a bias is infinite or not a number")));
            }
            let scales = conv.quant.iter().flat_map(|quant| &quant.scales);
            if !scales.into_iter().all(|scale| scale.is_finite() && *scale > 0.0) {
                return Err((node.source, invalid("a scale of its weights is infinite or vanishes")));
            }
        }
        Ok(())
    }

    /// What scaling is left becomes a convolution of each channel by itself.
    fn make_depthwise(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let rows = self.draft.shape(index + 1).channels;
            if let DraftNode { step: Step::Affine { .. }, source, .. } = self.draft.nodes[index] {
                self.draft.occupy(2 * rows).map_err(|reason| (source, reason))?;
            }
            let step = &mut self.draft.nodes[index].step;
            let Step::Affine { mul, add } = step else { continue };
            let each = |values: &[f32]| if values.len() == 1 { vec![values[0]; rows] } else { values.to_vec() };
            let (weight, bias) = (each(mul), each(add));
            let conv = Conv { window: POINT, groups: rows, rows, columns: 1, weight, bias, quant: None };
            *step = Step::Op(Op::Conv(conv));
        }
        Ok(())
    }
}

/// First one limit, then the other.
fn then(first: Clip, second: Clip) -> Clip {
    let limited = |value: f32| value.max(second.lo).min(second.hi);
    Clip { lo: limited(first.lo), hi: limited(first.hi) }
}

/// `(x * first + shift) * mul + add`.
fn compose(first: &mut Vec<f32>, shift: &mut Vec<f32>, mul: &[f32], add: &[f32]) {
    let pairs = |a: &[f32], b: &[f32], f: fn(f32, f32) -> f32| -> Vec<f32> {
        let one = |values: &[f32], index: usize| super::weights::at(values, index);
        (0..a.len().max(b.len())).map(|index| f(one(a, index), one(b, index))).collect()
    };
    *first = pairs(first, mul, |a, b| a * b);
    *shift = pairs(&pairs(shift, mul, |a, b| a * b), add, |a, b| a + b);
}

/// Whether a window can read zeros around its image as padding; if so, it does from now on.
fn take_padding(step: &mut Step, zeros: Padding, positive: bool) -> bool {
    match step {
        Step::Op(Op::Conv(Conv { window, .. })) => widen(&mut window.padding, zeros),
        Step::Op(Op::AvgPool { window, count_padding }) if *count_padding || window.padding == Padding::default() => {
            *count_padding = true;
            widen(&mut window.padding, zeros);
        }
        Step::Op(Op::MaxPool(window)) if positive => {
            widen(&mut window.padding, zeros);
            let Padding { top, left, bottom, right } = window.padding;
            return top.max(bottom) < window.kernel[0] && left.max(right) < window.kernel[1];
        }
        _ => return false,
    }
    true
}

fn widen(padding: &mut Padding, more: Padding) {
    padding.top += more.top;
    padding.left += more.left;
    padding.bottom += more.bottom;
    padding.right += more.right;
}
