//! What a core has room for, and what a network needs of it: sizes of memories and limits of counters.

use serde::{Deserialize, Serialize};

/// Sizes of a core's memories, and the largest numbers that its program may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Steps of a program.
    pub steps: usize,
    /// Taps: window positions of all steps.
    pub taps: usize,
    /// Words (array steps) of weight memory.
    pub weight_words: usize,
    /// Words of parameter memory.
    pub param_words: usize,
    /// Rows per bank of activation memory.
    pub act_rows: usize,
    /// Words of residual memory; 0 without residuals.
    pub res_words: usize,
    /// Pixels of the output's ring.
    pub output_ring: usize,
    /// Pixels of a block of a result.
    pub output_lanes: usize,
    /// Pixels of a result.
    pub output_pixels: usize,
    /// Words of Q elements of a pixel of a result.
    pub output_words: usize,
    /// Channels of a result.
    pub output_channels: usize,
    /// 1 where the channels of a result may be in any order, 0 where words and their elements are in order, without gaps.
    pub output_picked: usize,
    /// Row groups of a result of several blocks.
    pub output_groups: usize,
    /// Bytes of an image.
    pub input_bytes: usize,
    /// Slices of Q channels of a stored pixel of it.
    pub input_slices: usize,
    /// Rows of an image with its padding.
    pub input_rows: usize,
    /// Columns of an image with its padding.
    pub input_columns: usize,
    /// Rows or columns from a folded window to the next.
    pub input_step: usize,
    /// Blocks of PX pixels of a step.
    pub blocks: usize,
    /// Channel blocks of CI of a tensor.
    pub channel_blocks: usize,
    /// Row groups of a step.
    pub groups: usize,
    /// Cycles from pass to pass at least.
    pub drain: usize,
    /// Pixels of a block that are summed; those of all where a file says nothing.
    #[serde(default = "all")]
    pub summed: usize,
    /// Digits of an activation.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub digits: usize,
    /// Slices of a row of maxima that are taken of results; 0 where none are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub pooled_words: usize,
    /// Rows of the ring that a channel block of an image comes in by; 0 where two images are stored as a whole.
    #[serde(default, skip_serializing_if = "is_none")]
    pub strip: usize,
    /// Row groups of a step that reads an image by such rings.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub strip_groups: usize,
    /// Rows of activation memory of a channel block.
    pub stride: usize,
    /// Largest coordinate that windows and blocks reach.
    pub coordinate: usize,
}

/// A room's numbers, and what they count.
const NAMES: [&str; 29] = [
    "steps of the program",
    "taps",
    "words of weight memory",
    "words of parameter memory",
    "rows of activation memory",
    "words of residual memory",
    "pixels of the output's ring",
    "pixels of a block of the result",
    "pixels of the result",
    "words of a pixel of the result",
    "channels of the result",
    "results with channels in another order",
    "row groups of a result of several blocks",
    "bytes of an image",
    "slices of an input pixel",
    "rows of an image with its padding",
    "columns of an image with its padding",
    "rows or columns between windows of the input",
    "blocks of pixels of a step",
    "channel blocks of a tensor",
    "row groups of a step",
    "drain cycles of a pass",
    "pixels of a block that are summed",
    "digits of an activation",
    "slices of a row of maxima",
    "rows of an image in strips",
    "row groups of a step that reads strips",
    "rows of a channel block",
    "largest coordinate",
];

fn all() -> usize {
    Room::LARGEST
}

fn one() -> usize {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_one(number: &usize) -> bool {
    *number == 1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(number: &usize) -> bool {
    *number == 0
}

impl Room {
    /// The largest number that a room is read with: no memory of any device is as deep.
    pub const LARGEST: usize = 1 << 24;

    fn numbers(&mut self) -> [&mut usize; NAMES.len()] {
        [
            &mut self.steps,
            &mut self.taps,
            &mut self.weight_words,
            &mut self.param_words,
            &mut self.act_rows,
            &mut self.res_words,
            &mut self.output_ring,
            &mut self.output_lanes,
            &mut self.output_pixels,
            &mut self.output_words,
            &mut self.output_channels,
            &mut self.output_picked,
            &mut self.output_groups,
            &mut self.input_bytes,
            &mut self.input_slices,
            &mut self.input_rows,
            &mut self.input_columns,
            &mut self.input_step,
            &mut self.blocks,
            &mut self.channel_blocks,
            &mut self.groups,
            &mut self.drain,
            &mut self.summed,
            &mut self.digits,
            &mut self.pooled_words,
            &mut self.strip,
            &mut self.strip_groups,
            &mut self.stride,
            &mut self.coordinate,
        ]
    }

    /// Room for both.
    #[must_use]
    pub fn join(mut self, mut other: Self) -> Self {
        for (mine, other) in self.numbers().into_iter().zip(other.numbers()) {
            *mine = (*mine).max(*other);
        }
        self
    }

    /// What is too small for a need.
    pub fn short_of(&self, need: &Self) -> Vec<Short> {
        let (mut have, mut need) = (self.clone(), need.clone());
        let pairs = have.numbers().into_iter().zip(need.numbers()).zip(NAMES);
        pairs.filter_map(|((have, need), what)| Short::of(what, *need as u64, *have as u64)).collect()
    }

    /// Whether every number is within what a file may ask for: only residual memory, rows of maxima and strips may be empty, and results
    /// in order. Strips are of a power of two.
    pub fn is_sane(&self) -> bool {
        let (res_words, output_picked) = (self.res_words.max(1), self.output_picked.max(1));
        let pooled_words = self.pooled_words.max(1);
        let strip = self.strip.max(1);
        let mut full = Self { res_words, output_picked, pooled_words, strip, ..self.clone() };
        let strips = self.strip == 0 || (self.strip > 1 && self.strip.is_power_of_two() && self.strip < self.act_rows);
        self.output_picked <= 1
            && strips
            && full.numbers().into_iter().all(|number| (1..=Self::LARGEST).contains(number))
    }
}

/// A capacity of a core that a network exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// What there is too little of.
    pub what: String,
    /// How much of it the network needs.
    pub need: u64,
    /// How much of it the core has.
    pub have: u64,
}

impl Short {
    /// The shortage, if there is one.
    pub fn of(what: impl Into<String>, need: u64, have: u64) -> Option<Self> {
        (need > have).then(|| Self { what: what.into(), need, have })
    }
}

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} needed, {} in the core, {} short", self.what, self.need, self.have, self.need - self.have)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_joined_and_compared_number_by_number() {
        let large = Room { taps: 9, groups: 2, ..Room::default() };
        let deep = Room { groups: 5, coordinate: 3, ..Room::default() };
        let both = large.clone().join(deep.clone());
        assert_eq!(both, Room { taps: 9, groups: 5, coordinate: 3, ..Room::default() });
        assert!(both.short_of(&large).is_empty() && both.short_of(&deep).is_empty());
        let short: Vec<String> = large.short_of(&deep).iter().map(ToString::to_string).collect();
        assert_eq!(
            short,
            [
                "row groups of a step: 5 needed, 2 in the core, 3 short",
                "largest coordinate: 3 needed, 0 in the core, 3 short"
            ]
        );
        let mut ones = Room::default();
        ones.numbers().into_iter().for_each(|number| *number = 1);
        ones.strip = 0;
        assert!(Room { res_words: 0, ..ones.clone() }.is_sane() && !Room { groups: 0, ..ones.clone() }.is_sane());
        let strips = |strip, act_rows| Room { act_rows, strip, ..ones.clone() }.is_sane();
        assert!(strips(4, 9) && !strips(4, 4) && !strips(3, 9) && !strips(1, 9));
        assert!(!Room { taps: Room::LARGEST + 1, ..ones }.is_sane());
    }
}
