//! Melts limits, types, scalings and padding into the operators beside them.

use super::draft::{Draft, Step};
use super::fault::{Reason, invalid};
use super::weights::scale_rows;
use super::window::POINT;
use crate::float::{Clip, Conv, Op, WeightQuant};
use crate::ir::Host;

/// A draft whose nodes are all operators of the float graph.
#[derive(Debug)]
pub(super) struct Fused {
    pub draft: Draft,
    pub output: usize,
    pub host: Host,
    /// Number of readers of each tensor; the output of the network is read by the host.
    pub(super) uses: Vec<usize>,
}

/// Fuses everything that can be fused; a refusal names the ONNX node.
pub(super) fn fuse(draft: Draft, output: usize, host: Host) -> Result<Fused, (usize, Reason)> {
    let mut fused = Fused { draft, output, host, uses: Vec::new() };
    fused.drop_unused();
    fused.count_uses();
    fused.melt_upward();
    fused.melt_rows()?;
    fused.melt_into_readers();
    fused.count_uses();
    fused.give_zeros()?;
    fused.padding()?;
    fused.melt_into_readers();
    fused.count_uses();
    fused.melt_into_host();
    fused.melt_picks()?;
    fused.make_depthwise()?;
    fused.widen_kernels()?;
    fused.finite()?;
    Ok(fused)
}

impl Fused {
    /// Nodes that do not lead to the output keep nothing from melting.
    fn drop_unused(&mut self) {
        let mut used = vec![false; self.draft.tensors.len()];
        used[self.output] = true;
        for (index, node) in self.draft.nodes.iter_mut().enumerate().rev() {
            if used[index + 1] {
                node.inputs.iter().for_each(|&tensor| used[tensor] = true);
            } else {
                node.step = Step::Gone;
                node.inputs.clear();
            }
        }
    }

    /// A matrix of one column melts into the row before it: both are sums, so several rows are as good as one.
    fn melt_rows(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let node = &self.draft.nodes[index];
            let Step::Op(Op::Conv(grown)) = &node.step else { continue };
            let (Conv { weight, bias, rows, .. }, source, at) = (grown, node.inputs[0], node.source);
            let plain = self.uses[source] == 1 && self.draft.tensors[source].quant.is_none();
            let Some(before) = source.checked_sub(1).filter(|_| plain && grown.columns == 1 && grown.groups == 1)
            else {
                continue;
            };
            let producer = &self.draft.nodes[before];
            let Step::Op(Op::Conv(row)) = &producer.step else { continue };
            if row.rows != 1 || row.groups != 1 || grown.window != POINT || producer.clip != Clip::NONE {
                continue;
            }
            let mut conv = Conv {
                rows: *rows,
                weight: weight.iter().flat_map(|_| row.weight.iter().copied()).collect(),
                bias: vec![row.bias[0]; *rows],
                quant: row
                    .quant
                    .as_ref()
                    .map(|quant| WeightQuant { scales: vec![quant.scales[0]; *rows], bits: quant.bits }),
                ..row.clone()
            };
            scale_rows(&mut conv, weight, bias);
            let inputs = producer.inputs.clone();
            self.draft.occupy(conv.weight.len()).map_err(|reason| (at, reason))?;
            self.draft.nodes[before].step = Step::Gone;
            self.draft.nodes[before].inputs.clear();
            self.draft.nodes[index].step = Step::Op(Op::Conv(conv));
            self.draft.nodes[index].inputs = inputs;
        }
        Ok(())
    }

    pub(super) fn count_uses(&mut self) {
        let mut uses = vec![0; self.draft.tensors.len()];
        self.draft.nodes.iter().flat_map(|node| &node.inputs).for_each(|&tensor| uses[tensor] += 1);
        uses[self.output] += 1;
        self.uses = uses;
    }

    /// Indices of the nodes that read a tensor.
    pub(super) fn readers(&self, tensor: usize) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.draft.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.inputs.contains(&tensor)).map(|(index, _)| index)
    }

    /// Walks over the nodes, and removes those that melt into what is before them.
    fn melt_upward(&mut self) {
        let mut alias: Vec<usize> = (0..self.draft.tensors.len()).collect();
        for index in 0..self.draft.nodes.len() {
            let node = &mut self.draft.nodes[index];
            node.inputs.iter_mut().for_each(|tensor| *tensor = alias[*tensor]);
            let melted = match &node.step {
                Step::Op(Op::Identity) => self.melt_limits(index),
                Step::Affine { .. } => self.melt_scaling(index),
                _ => false,
            };
            if melted {
                let node = &mut self.draft.nodes[index];
                let source = node.inputs[0];
                node.step = Step::Gone;
                node.clip = Clip::NONE;
                node.inputs.clear();
                alias[index + 1] = source;
                self.uses[source] = self.uses[source] + self.uses[index + 1] - 1;
            }
        }
        self.output = alias[self.output];
    }

    /// Refuses weights, scales and constants that are no numbers, here or by their product with a scaling.
    fn finite(&self) -> Result<(), (usize, Reason)> {
        let first = self.draft.nodes.first().map_or(0, |node| node.source);
        if !self.host.input_mul.iter().chain(&self.host.input_add).all(|number| (*number as f32).is_finite()) {
            return Err((first, invalid("the scaling of the input is infinite in single precision")));
        }
        for node in &self.draft.nodes {
            let Step::Op(Op::Conv(conv)) = &node.step else { continue };
            if !conv.weight.iter().chain(&conv.bias).all(|value| value.is_finite()) {
                return Err((node.source, invalid("a weight or a bias is infinite or not a number")));
            }
            let scales = conv.quant.iter().flat_map(|quant| &quant.scales);
            if !scales.into_iter().all(|scale| scale.is_finite() && *scale > 0.0) {
                return Err((node.source, invalid("a scale of its weights is infinite or zero")));
            }
        }
        Ok(())
    }
}
