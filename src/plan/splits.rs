//! How rows are split among arrays: lane kinds for a network's schemes, and rows of each.

use std::collections::BTreeSet;

use super::shape::MOST_ROWS;
use super::{ArrayBuild, ArraySpec, Lane};
use crate::ir::{Network, Op};
use crate::num::Scheme;
use crate::target::Target;

/// Activations that rows are spilled for.
const TYPICAL: u32 = 4;
/// Widest weights of DSP blocks.
const MOST_DSP_BITS: u8 = 16;

/// Which resources the arrays may be built of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArrayUse {
    /// DSP blocks for fixed rows, LUTs for the others.
    #[default]
    Mixed,
    /// DSP blocks for all rows.
    Dsp,
    /// LUTs for all rows.
    Lut,
}

/// Splits to try.
#[derive(Clone, Copy, Debug)]
pub struct Splits {
    /// What the arrays are built of.
    pub array_use: ArrayUse,
    /// Rows of all arrays, where they are given.
    pub total: Option<usize>,
}

impl Splits {
    /// Array splits: each layer's rows in one group, in two groups, and so on; what is given in R is kept.
    pub fn of(&self, network: &Network) -> Vec<Vec<ArraySpec>> {
        let lanes = self.lanes(network);
        let mut splits: BTreeSet<Vec<usize>> = BTreeSet::new();
        for layer in &network.layers {
            let Op::Conv(conv) = &layer.op else { continue };
            let mut counts = vec![0usize; lanes.len()];
            for scheme in &conv.matrix.schemes {
                if let Some(lane) = self.lane_of(*scheme, &lanes) {
                    counts[lane] += 1;
                }
            }
            let fewest = conv.matrix.rows().div_ceil(MOST_ROWS).max(1);
            for groups in fewest..=conv.matrix.rows() {
                splits.insert(counts.iter().map(|n| n.div_ceil(groups)).collect());
            }
        }
        // Every lane kind that some layer needs must be there.
        let needed: Vec<usize> = (0..lanes.len()).filter(|&i| splits.iter().any(|rows| rows[i] > 0)).collect();
        let widen = |rows: Vec<usize>| -> Vec<ArraySpec> {
            needed.iter().map(|&i| ArraySpec { lane: lanes[i], rows: rows[i].max(1) }).collect()
        };
        let mut all: Vec<Vec<ArraySpec>> = splits.into_iter().map(widen).collect();
        if let Some(total) = self.total {
            all = all.into_iter().filter_map(|split| resize(split, total)).collect();
        }
        all.dedup();
        all
    }

    /// The lane kind that a scheme's rows are counted for: fixed rows on DSP blocks unless told otherwise, others at home.
    fn lane_of(&self, scheme: Scheme, lanes: &[Lane]) -> Option<usize> {
        let fixed = matches!(scheme, Scheme::Fixed { .. });
        let suits = |lane: &Lane| {
            lane.is_dsp() == (self.array_use == ArrayUse::Dsp || (fixed && self.array_use == ArrayUse::Mixed))
        };
        lanes.iter().position(|lane| suits(lane) && lane.grid_shift(scheme).is_some())
    }

    /// Lane kinds in order of preference for the network's schemes.
    fn lanes(&self, network: &Network) -> Vec<Lane> {
        let mut schemes = BTreeSet::new();
        for layer in &network.layers {
            if let Op::Conv(conv) = &layer.op {
                schemes.extend(conv.matrix.schemes.iter().copied());
            }
        }
        let dsp_bits = |s: Scheme| 33 - s.max_magnitude().leading_zeros() as u8;
        if self.array_use == ArrayUse::Dsp {
            let bits = schemes.iter().map(|s| dsp_bits(*s)).max().unwrap_or(4).min(MOST_DSP_BITS);
            return vec![Lane::Dsp { bits }];
        }
        let mut lanes: BTreeSet<Lane> = BTreeSet::new();
        let mut union: Option<(u8, u8)> = None;
        for scheme in schemes {
            match scheme {
                Scheme::Fixed { bits } if self.array_use == ArrayUse::Mixed => {
                    lanes.insert(Lane::Dsp { bits });
                }
                Scheme::Ausn { bits, sup } => {
                    let (main, most) = union.unwrap_or((0, 0));
                    union = Some((main.max(bits - 1 - sup), most.max(sup)));
                }
                _ => {
                    lanes.insert(Lane::home(scheme));
                }
            }
        }
        lanes.extend(union.map(|(main, sup)| Lane::Ausn { main, sup }));
        lanes.into_iter().collect()
    }
}

/// Moves rows of a DSP array that has too many for the target to a LUT array of the same width.
pub fn spill(arrays: &[ArraySpec], ci: usize, px: usize, target: &Target) -> Vec<ArraySpec> {
    let mut left = target.usable_dsps();
    let mut result = Vec::with_capacity(arrays.len() + 1);
    let mut spilled = Vec::new();
    for array in arrays {
        let Lane::Dsp { bits } = array.lane else {
            result.push(*array);
            continue;
        };
        let build = ArrayBuild::of(array.lane, target.family, ci, px, TYPICAL);
        let affordable = build.rows_within(left, ci, px).min(array.rows);
        left -= build.dsp_blocks(affordable, ci, px);
        if affordable > 0 {
            result.push(ArraySpec { rows: affordable, ..*array });
        }
        if affordable < array.rows {
            spilled.push(ArraySpec { lane: Lane::Fixed { bits }, rows: array.rows - affordable });
        }
    }
    result.extend(spilled);
    result
}

/// Scales a split to a given number of rows, at least one per array; `None` when there are more arrays than rows.
fn resize(mut split: Vec<ArraySpec>, total: usize) -> Option<Vec<ArraySpec>> {
    if split.len() > total {
        return None;
    }
    let sum: usize = split.iter().map(|a| a.rows).sum();
    for array in &mut split {
        array.rows = (array.rows * total / sum).max(1);
    }
    loop {
        let now: usize = split.iter().map(|a| a.rows).sum();
        let largest = split.iter_mut().max_by_key(|a| a.rows)?;
        match now.cmp(&total) {
            std::cmp::Ordering::Equal => return Some(split),
            std::cmp::Ordering::Less => largest.rows += 1,
            std::cmp::Ordering::Greater => largest.rows -= 1,
        }
    }
}
