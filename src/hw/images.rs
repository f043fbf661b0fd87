//! Memory images: weights per array, requantization parameters, program and taps.

use std::ops::Range;

use super::bits::Bits;
use super::program;
use crate::ir::Network;
use crate::plan::{ArraySpec, Constants, Lane, Plan, PlannedStep, StepKind, conv, matrix, settle};

/// One memory's contents, full depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// File name, with a hash of the contents.
    pub file: String,
    /// Words.
    pub depth: usize,
    /// `$readmemh` text.
    pub text: String,
}

/// Images of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Layer descriptors.
    pub program: Image,
    /// Tap table.
    pub taps: Image,
    /// Requantization parameters, in one memory or several.
    pub params: Vec<Image>,
    /// Weights of each array, in one memory or several.
    pub weights: Vec<Vec<Image>>,
}

impl Image {
    fn new(name: &str, words: &[Bits]) -> Self {
        let mut text = String::with_capacity(words.len() * (words.first().map_or(0, Bits::len) / 4 + 2));
        for word in words {
            text.push_str(&word.hex());
            text.push('\n');
        }
        let hash = blake3::hash(text.as_bytes()).to_hex();
        Self { file: format!("{name}_{}.hex", &hash[..8]), depth: words.len(), text }
    }
}

impl Images {
    /// Builds every image of a plan.
    pub fn build(network: &Network, plan: &Plan) -> Self {
        let arrays = plan.shape.arrays.iter().enumerate();
        Self {
            program: Image::new("program", &program::descriptors(plan)),
            taps: Image::new("taps", &program::taps(plan)),
            params: part_images("params", &params(network, plan)),
            weights: arrays
                .map(|(index, array)| part_images(&format!("weights_{index}"), &weights(network, plan, index, *array)))
                .collect(),
        }
    }

    /// All images.
    pub fn iter(&self) -> impl Iterator<Item = &Image> {
        [&self.program, &self.taps].into_iter().chain(&self.params).chain(self.weights.iter().flatten())
    }
}

/// Column of the weight matrix for a folded kernel element and a folded channel; `None` where folding pads.
fn column(plan: &Plan, planned: &PlannedStep, tap: [usize; 2], channel: usize) -> Option<usize> {
    let step = &planned.step;
    let [kernel_h, kernel_w] = step.kernel;
    if step.source != plan.graph.input {
        return Some((channel * kernel_h + tap[0]) * kernel_w + tap[1]);
    }
    let window = plan.fold.window;
    let channels = step.source_shape.channels / (window[0] * window[1]);
    let (offset, channel) = (channel / channels, channel % channels);
    let y = tap[0] * window[0] + offset / window[1];
    let x = tap[1] * window[1] + offset % window[1];
    (y < kernel_h && x < kernel_w).then_some((channel * kernel_h + y) * kernel_w + x)
}

/// What one of the memories that a wide one is cut into is called: its part only where there are several.
pub(super) fn part_name(whole: &str, part: usize, parts: usize) -> String {
    if parts > 1 { format!("{whole}_{part}") } else { whole.to_owned() }
}

fn part_images(whole: &str, memories: &[Vec<Bits>]) -> Vec<Image> {
    let image = |(part, words): (usize, &Vec<Bits>)| Image::new(&part_name(whole, part, memories.len()), words);
    memories.iter().enumerate().map(image).collect()
}

/// For each memory one word per array step: for each of its rows of the array CI codes.
fn weights(network: &Network, plan: &Plan, index: usize, array: ArraySpec) -> Vec<Vec<Bits>> {
    let base: usize = plan.shape.arrays[..index].iter().map(|a| a.rows).sum();
    let pack = plan.builds[index].pack_rows;
    let rows = plan.weight_memories(index);
    let mut memories = vec![Vec::with_capacity(plan.memories.weight_words); rows.len()];
    for planned in &plan.steps {
        let StepKind::Matrix(layer) = planned.step.kind else { continue };
        let taps = plan.taps(planned);
        let (Some(conv), Some(order)) = (conv(network, layer), plan.orders.rows(planned.step.output)) else {
            continue;
        };
        let stored = plan.orders.stored(planned.step.source);
        for group in 0..planned.groups {
            let slots = &order.slots[group * plan.shape.rows() + base..][..array.rows];
            for tap in &taps {
                for block in 0..planned.channel_blocks {
                    let columns: Vec<Option<usize>> = (0..plan.shape.ci)
                        .map(|lane| {
                            let channel = *stored.get(block * plan.shape.ci + lane)?;
                            column(plan, planned, tap.kernel, channel?)
                        })
                        .collect();
                    let level = |slot: usize, column: Option<usize>| -> i32 {
                        let (Some(row), Some(column)) = (slots[slot], column) else { return 0 };
                        let grid = array.lane.grid_shift(conv.matrix.schemes[row]).unwrap_or(0);
                        conv.level(row, column) << grid
                    };
                    for (words, rows) in memories.iter_mut().zip(&rows) {
                        words.push(weight_word(array.lane, rows.clone(), &columns, pack, level));
                    }
                }
            }
        }
    }
    for (words, rows) in memories.iter_mut().zip(&rows).filter(|(words, _)| words.is_empty()) {
        words.push(weight_word(array.lane, rows.clone(), &vec![None; plan.shape.ci], pack, |_, _| 0));
    }
    memories
}

fn weight_word(
    lane: Lane,
    rows: Range<usize>,
    columns: &[Option<usize>],
    pack: usize,
    level: impl Fn(usize, Option<usize>) -> i32,
) -> Bits {
    let mut word = Bits::default();
    for slot in rows {
        for column in columns {
            // A row of a shared multiplier gives up the borrow of those below it.
            let below = (slot / pack * pack..slot).rev().map(|slot| level(slot, *column)).find(|level| *level != 0);
            let borrow = below.is_some_and(|level| level < 0);
            let code = lane.encode(level(slot, *column) - i32::from(borrow));
            word.push(code, lane.code_bits());
        }
    }
    word
}

/// For each memory one word per group and slice: M, B, S of its rows, and in the last one the write flag.
fn params(network: &Network, plan: &Plan) -> Vec<Vec<Bits>> {
    let (q, widths) = (plan.shape.q, &plan.widths);
    let values = plan.param_memories();
    let mut memories = vec![Vec::with_capacity(plan.memories.param_words); values.len()];
    for planned in &plan.steps {
        let order = if planned.on_arrays() { plan.orders.rows(planned.step.output) } else { None };
        let stored = plan.orders.stored(planned.step.output);
        for group in 0..planned.groups {
            for slice in 0..planned.slices {
                let index = group * planned.slices + slice;
                let written = order.as_ref().map_or(index < stored.len() / q, |order| order.written[index]);
                for (words, values) in memories.iter_mut().zip(&values) {
                    let mut word = Bits::default();
                    for value in values.clone() {
                        let constants = match &order {
                            Some(order) => row_constants(
                                network,
                                plan,
                                planned,
                                order.slots[group * plan.shape.rows() + slice * q + value],
                                slice * q + value,
                            ),
                            // Lanes without a channel give 0, whatever their activations are.
                            None => stored
                                .get(index * q + value)
                                .copied()
                                .flatten()
                                .map(|_| settle(planned.step.requant, &planned.step)),
                        };
                        let constants = constants.map(|c| c.lift(widths.shift_min));
                        word.push(constants.map_or(0, |c| c.mul), widths.mul);
                        word.push(constants.map_or(0, |c| c.add), widths.add);
                        word.push(constants.map_or(0, |c| c.shift - widths.shift_min), widths.shift);
                    }
                    if values.end == q {
                        word.flag(written);
                    }
                    words.push(word);
                }
            }
        }
    }
    memories
}

fn row_constants(
    network: &Network,
    plan: &Plan,
    planned: &PlannedStep,
    row: Option<usize>,
    slot: usize,
) -> Option<Constants> {
    let (StepKind::Matrix(layer), Some(row)) = (planned.step.kind, row) else { return None };
    let matrix = matrix(network, layer)?;
    let mut first = 0;
    let array = plan.shape.arrays.iter().find(|array| {
        first += array.rows;
        slot < first
    })?;
    let grid = array.lane.grid_shift(matrix.schemes[row])?;
    let levels = matrix.row(row);
    Some(settle(matrix.requant[row], &planned.step).on_lane(array.lane, grid, levels, plan.widths.operand))
}
