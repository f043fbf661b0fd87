//! Picked channels become part of the matrices that read them.

use std::collections::HashSet;

use super::draft::Step;
use super::fault::Reason;
use super::fuse::Fused;
use super::window::POINT;
use crate::float::{Clip, Conv, Op};

impl Fused {
    /// A matrix of ones and zeros that picks channels melts into the convolutions behind it, whose other columns are zeros; where it
    /// stays, it keeps the type of what it picks from.
    pub(super) fn melt_picks(&mut self) -> Result<(), (usize, Reason)> {
        for index in 0..self.draft.nodes.len() {
            let Some(order) = self.picks(index) else { continue };
            let source = self.draft.nodes[index].inputs[0];
            let channels = self.draft.shape(source).channels;
            for reader in self.readers(index + 1).collect::<Vec<_>>() {
                let node = &self.draft.nodes[reader];
                let Step::Op(Op::Conv(conv)) = &node.step else { continue };
                // Weights of a channel that is picked twice add up, and may leave their grid.
                if conv.groups != 1 || (conv.quant.is_some() && !distinct(&order)) {
                    continue;
                }
                let (widened, at) = (widened(conv, &order, channels), node.source);
                self.draft.occupy(widened.weight.len()).map_err(|reason| (at, reason))?;
                self.draft.nodes[reader].step = Step::Op(Op::Conv(widened));
                self.draft.nodes[reader].inputs[0] = source;
                self.uses[index + 1] -= 1;
                self.uses[source] += 1;
            }
            if self.uses[index + 1] == 0 {
                self.draft.nodes[index].step = Step::Gone;
                self.draft.nodes[index].inputs.clear();
                self.uses[source] -= 1;
            } else {
                self.draft.tensors[index + 1].quant = self.draft.tensors[source].quant;
            }
        }
        Ok(())
    }

    /// The channels that a node picks, if it does nothing else.
    fn picks(&self, index: usize) -> Option<Vec<usize>> {
        let node = &self.draft.nodes[index];
        let Step::Op(Op::Conv(conv)) = &node.step else { return None };
        let plain = node.clip == Clip::NONE && self.draft.tensors[index + 1].quant.is_none();
        if !plain || conv.groups != 1 || conv.window != POINT || conv.bias.iter().any(|&summand| summand != 0.0) {
            return None;
        }
        let one = |row: &[f32]| {
            let mut picked = row.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
            let (column, weight) = picked.next()?;
            (picked.next().is_none() && weight.to_bits() == 1.0_f32.to_bits()).then_some(column)
        };
        conv.weight.chunks(conv.columns).map(one).collect()
    }
}

fn distinct(order: &[usize]) -> bool {
    order.iter().collect::<HashSet<_>>().len() == order.len()
}

/// A convolution of picked channels as one of all channels.
fn widened(conv: &Conv, order: &[usize], channels: usize) -> Conv {
    let taps = conv.columns / order.len();
    let columns = channels * taps;
    let mut weight = vec![0.0; conv.rows * columns];
    for (row, weights) in conv.weight.chunks(conv.columns).enumerate() {
        for (&channel, picked) in order.iter().zip(weights.chunks(taps)) {
            let start = row * columns + channel * taps;
            weight[start..start + taps].iter_mut().zip(picked).for_each(|(sum, weight)| *sum += weight);
        }
    }
    Conv { columns, weight, ..conv.clone() }
}
