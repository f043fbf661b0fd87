//! Row order: which row sits in which slot of which group, and so in which order a tensor's channels are stored.

use super::graph::{StepGraph, StepKind};
use super::{CoreShape, PlanError};
use crate::ir::{LayerId, Network, Op, RowMatrix, TensorId};
use crate::num::Scheme;

/// Placement of the rows of one or several tied matrices on the arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOrder {
    /// Row groups (G).
    pub groups: usize,
    /// For each group and slot the channel computed there; slots of the arrays follow each other.
    pub slots: Vec<Option<usize>>,
    /// Channels as stored: dense slices of Q, `None` where a slot of a written slice is idle.
    pub stored: Vec<Option<usize>>,
    /// For each group and slice whether it is written.
    pub written: Vec<bool>,
    /// For each array the number of groups in which it has rows.
    pub array_groups: Vec<usize>,
}

/// Channel order of every stored tensor. Tensors that meet in an add or pass through a pool share one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    class_of: Vec<usize>,
    rows: Vec<Option<RowOrder>>,
    natural: Vec<Vec<Option<usize>>>,
}

impl Orders {
    /// Stored channel order of a tensor.
    pub fn stored(&self, tensor: TensorId) -> &[Option<usize>] {
        let class = self.class_of[tensor.0];
        self.rows[class].as_ref().map_or(&self.natural[class], |order| &order.stored)
    }

    /// Row placement of the matrices that produce a tensor's class.
    pub fn rows(&self, tensor: TensorId) -> Option<&RowOrder> {
        self.rows[self.class_of[tensor.0]].as_ref()
    }

    /// Finds every class and places its rows.
    pub fn assign(network: &Network, graph: &StepGraph, shape: &CoreShape) -> Result<Self, PlanError> {
        let class_of = classes(graph);
        let mut orders =
            Self { rows: vec![None; graph.tensors.len()], natural: vec![Vec::new(); graph.tensors.len()], class_of };
        for class in 0..graph.tensors.len() {
            let in_class = |tensor: TensorId| orders.class_of[tensor.0] == class;
            let layers: Vec<LayerId> = graph
                .steps
                .iter()
                .filter(|step| in_class(step.output))
                .filter_map(|step| if let StepKind::Matrix(id) = step.kind { Some(id) } else { None })
                .collect();
            if layers.is_empty() {
                let channels = graph.tensors[class].shape.channels;
                let padded = channels.next_multiple_of(shape.q);
                orders.natural[class] = (0..padded).map(|c| (c < channels).then_some(c)).collect();
            } else if in_class(graph.input) {
                let text = "the network's input is added to a layer's result without a layer in between";
                return Err(PlanError::unsupported(text));
            } else {
                orders.rows[class] = Some(place(network, &layers, shape)?);
            }
        }
        Ok(orders)
    }
}

fn classes(graph: &StepGraph) -> Vec<usize> {
    let mut class: Vec<usize> = (0..graph.tensors.len()).collect();
    let mut join = |a: TensorId, b: TensorId| {
        let (keep, drop) = (class[a.0].min(class[b.0]), class[a.0].max(class[b.0]));
        class.iter_mut().filter(|c| **c == drop).for_each(|c| *c = keep);
    };
    for step in &graph.steps {
        if !matches!(step.kind, StepKind::Matrix(_)) {
            join(step.source, step.output);
        }
        if let Some(residual) = step.residual {
            join(residual.tensor, step.output);
        }
    }
    class
}

/// The weight matrix of a layer that a step computes.
pub fn matrix(network: &Network, layer: LayerId) -> Option<&RowMatrix> {
    if let Op::Conv(conv) = &network.layers[layer.0].op { Some(&conv.matrix) } else { None }
}

/// Assigns every channel to an array that takes its row in all tied layers, with as few groups as possible.
fn place(network: &Network, layers: &[LayerId], shape: &CoreShape) -> Result<RowOrder, PlanError> {
    let matrices: Vec<(&str, &RowMatrix)> =
        layers.iter().filter_map(|id| Some((network.layers[id.0].name.as_str(), matrix(network, *id)?))).collect();
    let channels = matrices[0].1.rows();
    let mut signatures = Vec::with_capacity(channels);
    let mut known: Vec<(Vec<Scheme>, u32)> = Vec::new();
    for channel in 0..channels {
        let schemes: Vec<Scheme> = matrices.iter().map(|(_, m)| m.schemes[channel]).collect();
        let found = known.iter().find(|(s, _)| *s == schemes).map(|(_, mask)| *mask);
        let mask = found.unwrap_or_else(|| eligible(&schemes, shape));
        if mask == 0 {
            return Err(refuse(&matrices, channel, shape));
        }
        if found.is_none() {
            known.push((schemes, mask));
        }
        signatures.push(mask);
    }
    let mut groups = channels.div_ceil(shape.rows());
    loop {
        if let Some(array_of) = distribute(&signatures, shape, groups) {
            return Ok(arrange(&array_of, shape, groups));
        }
        groups += 1;
    }
}

/// Arrays (as bits) that take every one of the schemes.
fn eligible(schemes: &[Scheme], shape: &CoreShape) -> u32 {
    let takes = |lane: super::Lane| schemes.iter().all(|s| lane.grid_shift(*s).is_some());
    shape.arrays.iter().enumerate().filter(|(_, a)| takes(a.lane)).map(|(i, _)| 1 << i).sum()
}

fn refuse(matrices: &[(&str, &RowMatrix)], channel: usize, shape: &CoreShape) -> PlanError {
    for (layer, matrix) in matrices {
        let scheme = matrix.schemes[channel];
        if eligible(&[scheme], shape) == 0 {
            return PlanError::NoLane { layer: (*layer).to_owned(), row: channel, scheme: scheme.to_string() };
        }
    }
    let differs = |m: &&(&str, &RowMatrix)| m.1.schemes[channel] != matrices[0].1.schemes[channel];
    let second = matrices.iter().find(differs).unwrap_or(&matrices[0]);
    PlanError::TiedRows {
        channel,
        first: matrices[0].0.to_owned(),
        first_scheme: matrices[0].1.schemes[channel].to_string(),
        second: second.0.to_owned(),
        second_scheme: second.1.schemes[channel].to_string(),
    }
}

/// Fills arrays group by group: rows with the fewest choices first, each to the array the fewest others could use.
fn distribute(signatures: &[u32], shape: &CoreShape, groups: usize) -> Option<Vec<usize>> {
    let demand = |array: usize| signatures.iter().filter(|mask| **mask >> array & 1 == 1).count();
    let mut preference: Vec<usize> = (0..shape.arrays.len()).collect();
    preference.sort_by_key(|&array| (demand(array), array));
    let mut free: Vec<usize> = shape.arrays.iter().map(|a| a.rows * groups).collect();
    let mut rows: Vec<usize> = (0..signatures.len()).collect();
    rows.sort_by_key(|&row| (signatures[row].count_ones(), row));
    let mut array_of = vec![0; signatures.len()];
    for row in rows {
        let array = *preference.iter().find(|&&a| signatures[row] >> a & 1 == 1 && free[a] > 0)?;
        free[array] -= 1;
        array_of[row] = array;
    }
    Some(array_of)
}

fn arrange(array_of: &[usize], shape: &CoreShape, groups: usize) -> RowOrder {
    let rows = shape.rows();
    let mut slots = vec![None; groups * rows];
    let mut array_groups = Vec::new();
    let mut base = 0;
    for (index, array) in shape.arrays.iter().enumerate() {
        let members = array_of.iter().enumerate().filter(|(_, a)| **a == index).map(|(channel, _)| channel);
        let mut count: usize = 0;
        for channel in members {
            slots[count / array.rows * rows + base + count % array.rows] = Some(channel);
            count += 1;
        }
        array_groups.push(count.div_ceil(array.rows));
        base += array.rows;
    }
    let written: Vec<bool> = slots.chunks(shape.q).map(|slice| slice.iter().any(Option::is_some)).collect();
    let kept = slots.chunks(shape.q).zip(&written).filter(|(_, written)| **written);
    let stored = kept.flat_map(|(slice, _)| slice.iter().copied()).collect();
    RowOrder { groups, slots, stored, written, array_groups }
}
