//! Melts limits, types, scalings and padding into the operators beside them.

use super::draft::{Draft, Step};
use super::fault::{Reason, invalid};
use crate::float::{Clip, Op};
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
    fused.count_uses();
    fused.melt_upward();
    fused.melt_into_readers();
    fused.count_uses();
    fused.padding()?;
    fused.melt_into_readers();
    fused.count_uses();
    fused.melt_into_host();
    fused.make_depthwise()?;
    fused.widen_kernels()?;
    fused.finite()?;
    Ok(fused)
}

impl Fused {
    fn count_uses(&mut self) {
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
}
