//! Row order: which row sits in which slot of which group, and so in which order a tensor's channels are stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::flow::{Kind, distribute, least_groups, preference};
use super::graph::{StepGraph, StepKind};
use super::{ArraySpec, CoreShape, PlanError};
use crate::ir::{Conv, LayerId, Network, Op, RowMatrix, TensorId};
use crate::num::Scheme;

/// Tensors whose channels share one order: those that meet in an add or pass through a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Class {
    /// No matrix computes them: channels as they are.
    Natural(usize),
    /// Rows of matrices.
    Rows(Rows),
}

/// The rows of one or several tied matrices, by what decides where they can be computed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rows {
    layers: Vec<LayerId>,
    /// For each channel its kind.
    kind_of: Vec<u32>,
    /// For each kind the schemes of its rows in all matrices, and their number.
    kinds: Vec<(Vec<Scheme>, usize)>,
}

/// What a network's channel orders follow from, whatever the shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    class_of: Vec<usize>,
    classes: Vec<Class>,
}

/// Numbers of rows of one class on the arrays of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Placement {
    groups: usize,
    /// For each kind the index of its set of arrays.
    set_of: Vec<usize>,
    /// For each set of arrays the rows on each array.
    taken: Vec<Vec<usize>>,
    /// Arrays in the order in which rows go to them.
    order: Vec<usize>,
    /// Rows on each array.
    counts: Vec<usize>,
}

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

/// Channel order of every stored tensor on a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orders {
    classes: Arc<Classes>,
    arrays: Vec<ArraySpec>,
    q: usize,
    placements: Vec<Option<Placement>>,
    /// Channels that each class stores, idle ones included.
    stored: Vec<usize>,
}

impl Classes {
    /// Finds the classes of a graph.
    pub fn of(network: &Network, graph: &StepGraph) -> Result<Self, PlanError> {
        let mut first_of = classes(graph);
        let mut numbers = vec![usize::MAX; first_of.len()];
        let mut layers: Vec<Vec<LayerId>> = Vec::new();
        let mut channels = Vec::new();
        for class in &mut first_of {
            if numbers[*class] == usize::MAX {
                numbers[*class] = layers.len();
                channels.push(graph.tensors[*class].shape.channels);
                layers.push(Vec::new());
            }
            *class = numbers[*class];
        }
        let class_of = first_of;
        for step in &graph.steps {
            if let StepKind::Matrix(id) = step.kind {
                layers[class_of[step.output.0]].push(id);
            }
        }
        if !layers[class_of[graph.input.0]].is_empty() {
            let text = "the network's input is added to a layer's result: put a layer between the input and the add";
            return Err(PlanError::unsupported(text));
        }
        let class = |(layers, channels): (Vec<LayerId>, usize)| {
            if layers.is_empty() { Class::Natural(channels) } else { Class::Rows(Rows::of(network, layers)) }
        };
        Ok(Self { class_of, classes: layers.into_iter().zip(channels).map(class).collect() })
    }

    /// The number of groups of every class on arrays; 0 for classes without rows.
    pub fn groups(&self, network: &Network, arrays: &[ArraySpec]) -> Result<Vec<usize>, PlanError> {
        let capacity: Vec<usize> = arrays.iter().map(|array| array.rows).collect();
        let groups = |class: &Class| match class {
            Class::Natural(_) => Ok(0),
            Class::Rows(rows) => Ok(least_groups(&rows.on(network, arrays)?, &capacity)),
        };
        self.classes.iter().map(groups).collect()
    }

    /// Class of a tensor.
    pub fn class_of(&self, tensor: TensorId) -> usize {
        self.class_of[tensor.0]
    }
}

impl Rows {
    fn of(network: &Network, layers: Vec<LayerId>) -> Self {
        let matrices: Vec<&RowMatrix> = layers.iter().filter_map(|id| matrix(network, *id)).collect();
        let channels = matrices.first().map_or(0, |matrix| matrix.rows());
        let mut kinds: Vec<(Vec<Scheme>, usize)> = Vec::new();
        let mut known: BTreeMap<Vec<Scheme>, usize> = BTreeMap::new();
        let mut kind_of = Vec::with_capacity(channels);
        for channel in 0..channels {
            let schemes: Vec<Scheme> = matrices.iter().map(|matrix| matrix.schemes[channel]).collect();
            let kind = *known.entry(schemes.clone()).or_insert(kinds.len());
            if kind == kinds.len() {
                kinds.push((schemes, 0));
            }
            kinds[kind].1 += 1;
            kind_of.push(kind as u32);
        }
        Self { layers, kind_of, kinds }
    }

    /// The kinds with the arrays that take them.
    fn on(&self, network: &Network, arrays: &[ArraySpec]) -> Result<Vec<Kind>, PlanError> {
        let kind = |(index, (schemes, rows)): (usize, &(Vec<Scheme>, usize))| {
            let mask = eligible(schemes, arrays);
            if mask == 0 { Err(self.refuse(network, index, arrays)) } else { Ok(Kind { mask, rows: *rows }) }
        };
        self.kinds.iter().enumerate().map(kind).collect()
    }

    /// Assigns every row to an array that takes it in all tied layers, in as few groups as possible.
    fn place(&self, network: &Network, shape: &CoreShape) -> Result<Placement, PlanError> {
        let mut sets: Vec<Kind> = Vec::new();
        let mut set_of = Vec::with_capacity(self.kinds.len());
        for kind in self.on(network, &shape.arrays)? {
            let set = sets.iter().position(|set| set.mask == kind.mask).unwrap_or(sets.len());
            if set == sets.len() {
                sets.push(Kind { rows: 0, ..kind });
            }
            sets[set].rows += kind.rows;
            set_of.push(set);
        }
        let capacity: Vec<usize> = shape.arrays.iter().map(|array| array.rows).collect();
        let groups = least_groups(&sets, &capacity);
        let taken = distribute(&sets, &capacity, groups)
            .ok_or_else(|| PlanError::shape(format!("{shape}: the rows do not fit {groups} groups")))?;
        let counts = (0..capacity.len()).map(|array| taken.iter().map(|taken| taken[array]).sum()).collect();
        Ok(Placement { groups, set_of, taken, order: preference(&sets, capacity.len()), counts })
    }

    fn refuse(&self, network: &Network, kind: usize, arrays: &[ArraySpec]) -> PlanError {
        let channel = self.kind_of.iter().position(|of| *of == kind as u32).unwrap_or(0);
        let schemes = &self.kinds[kind].0;
        let name = |index: usize| network.layers[self.layers[index].0].name.clone();
        if let Some(alone) = schemes.iter().position(|scheme| eligible(&[*scheme], arrays) == 0) {
            return PlanError::NoLane { layer: name(alone), row: channel, scheme: schemes[alone].to_string() };
        }
        let second = schemes.iter().position(|scheme| *scheme != schemes[0]).unwrap_or(0);
        PlanError::TiedRows {
            channel,
            first: name(0),
            first_scheme: schemes[0].to_string(),
            second: name(second),
            second_scheme: schemes[second].to_string(),
        }
    }
}

impl Orders {
    /// Places the rows of every class.
    pub fn assign(network: &Network, classes: Arc<Classes>, shape: &CoreShape) -> Result<Self, PlanError> {
        let mut placements = Vec::with_capacity(classes.classes.len());
        let mut stored = Vec::with_capacity(classes.classes.len());
        for class in &classes.classes {
            let placement = match class {
                Class::Natural(channels) => {
                    stored.push(channels.next_multiple_of(shape.q));
                    None
                }
                Class::Rows(rows) => {
                    let placement = rows.place(network, shape)?;
                    stored.push(placement.written(&shape.arrays, shape.q).iter().sum::<usize>() * shape.q);
                    Some(placement)
                }
            };
            placements.push(placement);
        }
        Ok(Self { classes, arrays: shape.arrays.clone(), q: shape.q, placements, stored })
    }

    /// Number of stored channels of a tensor, idle ones included: a multiple of Q.
    pub fn stored_channels(&self, tensor: TensorId) -> usize {
        self.stored[self.classes.class_of(tensor)]
    }

    /// Row groups of the matrices that produce a tensor's class.
    pub fn groups(&self, tensor: TensorId) -> Option<usize> {
        self.placements[self.classes.class_of(tensor)].as_ref().map(|placement| placement.groups)
    }

    /// Stored channel order of a tensor.
    pub fn stored(&self, tensor: TensorId) -> Vec<Option<usize>> {
        match &self.classes.classes[self.classes.class_of(tensor)] {
            Class::Natural(channels) => {
                (0..channels.next_multiple_of(self.q)).map(|c| (c < *channels).then_some(c)).collect()
            }
            Class::Rows(_) => self.rows(tensor).map_or_else(Vec::new, |order| order.stored),
        }
    }

    /// Whether a tensor's channels are stored in their own order, without idle ones: what [`Self::stored`] says, found without it.
    pub fn is_natural(&self, tensor: TensorId) -> bool {
        let class = self.classes.class_of(tensor);
        match (&self.classes.classes[class], &self.placements[class]) {
            (Class::Natural(channels), _) => *channels == self.stored[class],
            (Class::Rows(rows), Some(placement)) if rows.kind_of.len() == self.stored[class] => {
                let used = placement.counts.iter().filter(|count| **count > 0).count();
                let mut next = 0;
                // A slot that is passed over and holds a row ends the search early.
                used == 1
                    || placement.slots(rows, &self.arrays).all(|(_, slot)| {
                        let follows = slot == next || slot > next && !placement.holds(next, &self.arrays);
                        next = slot + 1;
                        follows
                    })
            }
            _ => false,
        }
    }

    /// Row placement of the matrices that produce a tensor's class.
    pub fn rows(&self, tensor: TensorId) -> Option<RowOrder> {
        let class = self.classes.class_of(tensor);
        let (Class::Rows(rows), Some(placement)) = (&self.classes.classes[class], &self.placements[class]) else {
            return None;
        };
        Some(placement.arrange(rows, &self.arrays, self.q))
    }
}

impl Placement {
    /// For each slice of Q slots the number of groups in which it is written: the first ones.
    fn written(&self, arrays: &[ArraySpec], q: usize) -> Vec<usize> {
        let rows: usize = arrays.iter().map(|array| array.rows).sum();
        let mut written = vec![0; rows / q];
        let mut base = 0;
        for (array, count) in arrays.iter().zip(&self.counts) {
            for slot in 0..array.rows.min(*count) {
                let slice = &mut written[(base + slot) / q];
                *slice = (*slice).max((count - slot).div_ceil(array.rows));
            }
            base += array.rows;
        }
        written
    }

    /// Whether a slot has a row.
    fn holds(&self, slot: usize, arrays: &[ArraySpec]) -> bool {
        let rows: usize = arrays.iter().map(|array| array.rows).sum();
        let (group, mut at) = (slot / rows, slot % rows);
        for (array, count) in arrays.iter().zip(&self.counts) {
            if at < array.rows {
                return group * array.rows + at < *count;
            }
            at -= array.rows;
        }
        false
    }

    /// Each channel with its slot.
    fn slots<'a>(&'a self, kinds: &'a Rows, arrays: &'a [ArraySpec]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let rows: usize = arrays.iter().map(|array| array.rows).sum();
        let bases: Vec<usize> = arrays
            .iter()
            .scan(0, |base, array| {
                *base += array.rows;
                Some(*base - array.rows)
            })
            .collect();
        let (mut left, mut filled) = (self.taken.clone(), vec![0; arrays.len()]);
        kinds.kind_of.iter().enumerate().filter_map(move |(channel, kind)| {
            let left = &mut left[self.set_of[*kind as usize]];
            let &array = self.order.iter().find(|array| left[**array] > 0)?;
            left[array] -= 1;
            let count: &mut usize = &mut filled[array];
            let slot = *count / arrays[array].rows * rows + bases[array] + *count % arrays[array].rows;
            *count += 1;
            Some((channel, slot))
        })
    }

    fn arrange(&self, kinds: &Rows, arrays: &[ArraySpec], q: usize) -> RowOrder {
        let rows: usize = arrays.iter().map(|array| array.rows).sum();
        let mut slots = vec![None; self.groups * rows];
        for (channel, slot) in self.slots(kinds, arrays) {
            slots[slot] = Some(channel);
        }
        let groups = |(array, count): (&ArraySpec, &usize)| count.div_ceil(array.rows);
        let array_groups = arrays.iter().zip(&self.counts).map(groups).collect();
        let written: Vec<bool> = slots.chunks(q).map(|slice| slice.iter().any(Option::is_some)).collect();
        let kept = slots.chunks(q).zip(&written).filter(|(_, written)| **written);
        let stored = kept.flat_map(|(slice, _)| slice.iter().copied()).collect();
        RowOrder { groups: self.groups, slots, stored, written, array_groups }
    }
}

/// For each tensor the first one of its class.
fn classes(graph: &StepGraph) -> Vec<usize> {
    let mut first: Vec<usize> = (0..graph.tensors.len()).collect();
    let mut join = |a: TensorId, b: TensorId| {
        let (a, b) = (root(&mut first, a.0), root(&mut first, b.0));
        first[a.max(b)] = a.min(b);
    };
    for step in &graph.steps {
        if !matches!(step.kind, StepKind::Matrix(_)) {
            join(step.source, step.output);
        }
        if let Some(residual) = step.residual {
            join(residual.tensor, step.output);
        }
        join(step.output, step.fed());
    }
    (0..first.len()).map(|tensor| root(&mut first, tensor)).collect()
}

/// The first tensor of a class, by ways that grow shorter.
fn root(first: &mut [usize], mut tensor: usize) -> usize {
    while first[tensor] != tensor {
        first[tensor] = first[first[tensor]];
        tensor = first[tensor];
    }
    tensor
}

/// The convolution that a step computes.
pub fn conv(network: &Network, layer: LayerId) -> Option<&Conv> {
    if let Op::Conv(conv) = &network.layers[layer.0].op { Some(conv) } else { None }
}

/// The weight matrix of a layer that a step computes.
pub fn matrix(network: &Network, layer: LayerId) -> Option<&RowMatrix> {
    conv(network, layer).map(|conv| &conv.matrix)
}

/// Arrays (as bits) that take every one of the schemes.
fn eligible(schemes: &[Scheme], arrays: &[ArraySpec]) -> u32 {
    let takes = |lane: super::Lane| schemes.iter().all(|scheme| lane.grid_shift(*scheme).is_some());
    arrays.iter().enumerate().filter(|(_, array)| takes(array.lane)).map(|(index, _)| 1 << index).sum()
}
