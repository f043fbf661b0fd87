//! Memory images: weights per array, requantization parameters, program and taps.

use std::ops::Range;

use super::bits::Bits;
use super::program;
use super::summary::WeightMap;
use crate::ir::Network;
use crate::plan::{ArraySpec, COLUMN_BITS, Curve, Lane, Plan, PlannedStep, StepKind, Widths, conv, matrix};

/// One memory's contents, full depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// File name.
    pub file: String,
    /// Words, each of as many bits as the memory is wide.
    words: Vec<Bits>,
}

impl Image {
    /// An image of a memory of so many words; those beyond the contents are 0.
    fn new(name: &str, mut words: Vec<Bits>, depth: usize) -> Self {
        assert!(words.len() <= depth, "{} words of {depth} in {name}", words.len());
        let mut zero = Bits::default();
        zero.pad(words.first().map_or(1, Bits::len));
        words.resize(depth, zero);
        Self { file: format!("{name}.hex"), words }
    }

    /// `$readmemh` text.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.words.len() * (self.words.first().map_or(0, Bits::len) / 4 + 2));
        for word in &self.words {
            text.push_str(&word.hex());
            text.push('\n');
        }
        text
    }
}

/// What a loader writes to fill a core's memories: words of 32 bits, lowest byte first. For each memory its place (its number in the
/// upper byte), the number of words, and these: each word of the memory is as many of them as it takes, its lowest bits first.
pub fn load_words(images: &[Image]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, image) in images.iter().enumerate() {
        let words: Vec<u32> = image.words.iter().flat_map(Bits::digits).collect();
        let place = (number as u32) << 24;
        bytes.extend([place, words.len() as u32].into_iter().chain(words).flat_map(u32::to_le_bytes));
    }
    bytes
}

/// Images of a network's program for a core, in the order of the core's memories (`Core::memories`).
pub fn images(network: &Network, plan: &Plan) -> Vec<Image> {
    let mut contents = vec![program::words(plan), program::taps(plan)];
    if !plan.core.output_ordered() {
        contents.push(program::order(plan));
    }
    contents.extend(params(network, plan));
    if !plan.core.is_streamed() {
        contents.extend(all_weights(network, plan));
    }
    let memories = plan.core.memories();
    contents.into_iter().zip(memories).map(|(words, memory)| Image::new(&memory.name, words, memory.depth)).collect()
}

/// The weights of a core that reads them from DRAM, as [`WeightMap`] says where: for each port its columns of all words, in the order
/// of the steps.
pub fn streamed(network: &Network, plan: &Plan) -> Vec<u8> {
    let (map, (_, per)) = (WeightMap::of(plan), plan.core.read_ports());
    let mut memories = all_weights(network, plan);
    for word in memories.iter_mut().flatten() {
        word.pad(word.len().next_multiple_of(COLUMN_BITS) - word.len());
    }
    let words = memories.first().map_or(0, Vec::len);
    let mut bytes = Vec::with_capacity(map.bytes);
    for (port, region) in map.regions.iter().enumerate() {
        bytes.resize(*region, 0);
        for word in 0..words {
            let digits = memories.iter().flat_map(|memory| memory[word].digits()).chain(std::iter::repeat(0));
            bytes.extend(digits.skip(2 * port * per).take(2 * per).flat_map(u32::to_le_bytes));
        }
    }
    bytes.resize(map.bytes, 0);
    bytes
}

/// The weights of all arrays, as [`weights`].
fn all_weights(network: &Network, plan: &Plan) -> Vec<Vec<Bits>> {
    let arrays = plan.core.shape.arrays.iter().enumerate();
    arrays.flat_map(|(index, array)| weights(network, plan, index, *array)).collect()
}

/// Column of the weight matrix for a folded kernel element and a folded channel; `None` where folding pads.
fn column(plan: &Plan, planned: &PlannedStep, tap: [usize; 2], channel: usize) -> Option<usize> {
    let step = &planned.step;
    let [kernel_h, kernel_w] = step.kernel;
    if step.source != plan.program.graph.input {
        return Some((channel * kernel_h + tap[0]) * kernel_w + tap[1]);
    }
    let (window, channels) =
        plan.program.fold.map_or(([1, 1], plan.program.image.channels), |f| (f.window, f.channels));
    let (offset, channel) = (channel / channels, channel % channels);
    let y = tap[0] * window[0] + offset / window[1];
    let x = tap[1] * window[1] + offset % window[1];
    let real = channel < plan.program.image.channels && y < kernel_h && x < kernel_w;
    real.then_some((channel * kernel_h + y) * kernel_w + x)
}

/// For each memory one word per array step: for each of its rows of the array CI codes.
fn weights(network: &Network, plan: &Plan, index: usize, array: ArraySpec) -> Vec<Vec<Bits>> {
    let base: usize = plan.core.shape.arrays[..index].iter().map(|a| a.rows).sum();
    let pack = plan.core.builds[index].pack_rows;
    let rows = plan.core.weight_memories(index);
    let mut memories = vec![Vec::with_capacity(plan.core.room.weight_words); rows.len()];
    for planned in &plan.program.steps {
        let StepKind::Matrix(layer) = planned.step.kind else { continue };
        let taps = planned.taps(plan.core.shape.px);
        let (Some(conv), Some(order)) = (conv(network, layer), plan.program.orders.rows(planned.step.output)) else {
            continue;
        };
        let stored = plan.program.orders.stored(planned.step.source);
        for group in 0..planned.groups {
            let slots = &order.slots[group * plan.core.shape.rows() + base..][..array.rows];
            for tap in &taps {
                for block in 0..planned.channel_blocks {
                    let columns: Vec<Option<usize>> = (0..plan.core.shape.ci)
                        .map(|lane| {
                            let channel = *stored.get(block * plan.core.shape.ci + lane)?;
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
        words.push(weight_word(array.lane, rows.clone(), &vec![None; plan.core.shape.ci], pack, |_, _| 0));
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

/// For each memory one word per group and slice: the constants of its rows, and in the last one the write flag.
fn params(network: &Network, plan: &Plan) -> Vec<Vec<Bits>> {
    let (q, widths) = (plan.core.shape.q, &plan.core.widths);
    let values = plan.core.param_memories();
    let mut memories = vec![Vec::with_capacity(plan.core.room.param_words); values.len()];
    for planned in &plan.program.steps {
        let order = if planned.on_arrays() { plan.program.orders.rows(planned.step.output) } else { None };
        let stored = plan.program.orders.stored(planned.step.output);
        for group in 0..planned.groups {
            for slice in 0..planned.slices {
                let index = group * planned.slices + slice;
                let written = order.as_ref().map_or(index < stored.len() / q, |order| order.written[index]);
                for (words, values) in memories.iter_mut().zip(&values) {
                    let mut word = Bits::default();
                    for value in values.clone() {
                        let curve = match &order {
                            Some(order) => row_constants(
                                network,
                                plan,
                                planned,
                                order.slots[group * plan.core.shape.rows() + slice * q + value],
                                slice * q + value,
                            ),
                            // Lanes without a channel give 0, whatever their activations are.
                            None => stored
                                .get(index * q + value)
                                .copied()
                                .flatten()
                                .map(|_| Curve::of_pool(&planned.step, &plan.program.graph)),
                        };
                        value_word(&mut word, curve, widths);
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
) -> Option<Curve> {
    let (StepKind::Matrix(layer), Some(row)) = (planned.step.kind, row) else { return None };
    let matrix = matrix(network, layer)?;
    let mut first = 0;
    let array = plan.core.shape.arrays.iter().find(|array| {
        first += array.rows;
        slot < first
    })?;
    Curve::of_row(matrix, row, array.lane, plan.core.widths.operand, &planned.step, &plan.program.graph)
}

/// M, B and S, and in a core with second constants those and the bound below which they are used. All zeros give 0.
fn value_word(word: &mut Bits, curve: Option<Curve>, widths: &Widths) {
    let Some(curve) = curve else { return word.pad(widths.param() as usize) };
    let (sets, below) = curve.within(widths.sum());
    for set in sets.into_iter().take(1 + widths.bent as usize).map(|set| set.lift(widths.shift_min)) {
        word.push(set.mul, widths.mul);
        word.push(set.add, widths.add);
        word.push(set.shift - widths.shift_min, widths.shift);
    }
    if widths.bent > 0 {
        word.push(below, widths.sum());
    }
}
