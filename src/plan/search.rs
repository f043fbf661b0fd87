//! Search: the shape with the fewest cycles per image that fits the target.

use super::{ArrayBuild, ArraySpec, CoreShape, Dims, Lane, Operand, Plan, PlanError, Resources, Survey};
use crate::ir::{Network, Op};
use crate::num::Scheme;
use crate::target::Target;
use rayon::prelude::*;
use std::collections::BTreeSet;

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

/// Parts of a core's shape that are given; the search chooses the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// CI, PX, R, and Q if need be.
    pub dims: Option<Dims>,
    /// Arrays.
    pub arrays: Option<Vec<ArraySpec>>,
    /// Resources the arrays may use.
    pub array_use: ArrayUse,
    /// Accept a given shape even if it does not fit the target.
    pub oversize: bool,
}

const CHANNELS: [usize; 6] = [1, 2, 4, 8, 16, 32];
const PIXELS: [usize; 6] = [1, 2, 3, 4, 6, 8];
const SLICES: [usize; 5] = [1, 2, 4, 8, 16];
/// Activations that rows are spilled for.
const TYPICAL: Operand = Operand { bits: 4, signed: false };
/// Plans within this share of the fewest cycles are equal: `Plan::price` decides.
pub(super) const EQUAL_CYCLES: f64 = 1.02;

impl Request {
    /// Reads `--shape` and `--rows`.
    pub fn parse(shape: Option<&str>, rows: Option<&str>) -> Result<Self, PlanError> {
        let dims = shape.map(CoreShape::parse_dims).transpose()?;
        let arrays = rows.map(CoreShape::parse_rows).transpose()?;
        if let (Some(Dims { rows: total, .. }), Some(arrays)) = (dims, &arrays) {
            let given: usize = arrays.iter().map(|a| a.rows).sum();
            if given != total {
                return Err(PlanError::shape(format!("--shape has {total} rows, --rows has {given}")));
            }
        }
        Ok(Self { dims, arrays, ..Self::default() })
    }

    /// Plans a network for a target.
    pub fn plan(&self, network: &Network, target: &Target) -> Result<Plan, PlanError> {
        // What no core can do is refused before any shape is tried.
        let survey = Survey::of(network)?;
        let mut near = Near::default();
        let mut smallest: Option<Plan> = None;
        let mut refused = None;
        for shape in self.candidates(network, target)? {
            // Not even full use of the arrays would come near the fewest cycles so far.
            let ideal = network.macs() as f64 / shape.macs_per_cycle() as f64;
            let hopeless = near.limit().is_some_and(|limit| ideal > limit);
            if hopeless || (smallest.is_some() && !self.oversize && too_large(&shape, target)) {
                continue;
            }
            let plan = match survey.plan(target, &shape) {
                Ok(plan) => plan,
                Err(error) => {
                    refused = refused.or(Some(error));
                    continue;
                }
            };
            if plan.excess().is_none() || (self.oversize && self.dims.is_some()) {
                near.add(plan);
            } else if smallest.as_ref().is_none_or(|s| plan.resources.lut < s.resources.lut) {
                smallest = Some(plan);
            }
        }
        match (near.cheapest(), smallest, refused) {
            (Some(plan), ..) => Ok(plan),
            (None, Some(plan), _) => Err(plan.excess().unwrap_or_else(|| PlanError::shape("no shape fits"))),
            (None, None, Some(error)) => Err(error),
            (None, None, None) => Err(PlanError::shape("no core of this shape exists: CI and R need a common divisor")),
        }
    }

    /// The plans that fit the target and that no other beats in both cycles and LUTs, fastest first. Where none fits, what
    /// [`Request::plan`] makes of it.
    pub fn front(&self, network: &Network, target: &Target) -> Result<Vec<Plan>, PlanError> {
        let survey = Survey::of(network)?;
        let shapes = self.candidates(network, target)?;
        let weigh = |shape: &CoreShape| {
            if too_large(shape, target) {
                return None;
            }
            let plan = survey.plan(target, shape).ok().filter(|plan| plan.excess().is_none())?;
            Some((plan.cycles, plan.resources.lut))
        };
        let mut fitting: Vec<_> = shapes.par_iter().filter_map(|shape| Some((weigh(shape)?, shape))).collect();
        if fitting.is_empty() {
            return self.plan(network, target).map(|plan| vec![plan]);
        }
        fitting.sort_by_key(|(price, _)| *price);
        let mut least = u32::MAX;
        fitting.retain(|((_, lut), _)| {
            let beaten = *lut >= least;
            least = least.min(*lut);
            !beaten
        });
        fitting.into_iter().map(|(_, shape)| survey.plan(target, shape)).collect()
    }

    /// Shapes to try, largest first.
    fn candidates(&self, network: &Network, target: &Target) -> Result<Vec<CoreShape>, PlanError> {
        let channels = self.dims.map_or(CHANNELS.to_vec(), |d| vec![d.ci]);
        let pixels = self.dims.map_or(PIXELS.to_vec(), |d| vec![d.px]);
        let given = self.dims.and_then(|d| d.q);
        let slices = given.map_or(SLICES.to_vec(), |q| vec![q]);
        let splits = match &self.arrays {
            Some(arrays) => vec![arrays.clone()],
            None => self.splits(network),
        };
        let mut shapes = Vec::new();
        for &ci in &channels {
            for &px in &pixels {
                for arrays in &splits {
                    let rows: usize = arrays.iter().map(|a| a.rows).sum();
                    let fits = |q: usize| given.is_some() || (ci.is_multiple_of(q) && rows.is_multiple_of(q));
                    let free = self.arrays.is_none() && self.dims.is_none() && self.array_use == ArrayUse::Mixed;
                    let arrays = if free { spill(arrays, ci, px, target) } else { arrays.clone() };
                    for &q in slices.iter().filter(|q| fits(**q)) {
                        shapes.push(CoreShape { ci, px, q, arrays: arrays.clone() });
                    }
                }
            }
        }
        let first = shapes.first().map(CoreShape::check);
        shapes.retain(|shape| shape.check().is_ok());
        if let (Some(refused), true) = (first, shapes.is_empty()) {
            refused?;
        }
        shapes.sort_by_key(|shape| (std::cmp::Reverse(shape.macs_per_cycle()), shape.q));
        Ok(shapes)
    }

    /// Array splits: each layer's rows in one group, in two groups, and so on; what is given in R is kept.
    fn splits(&self, network: &Network) -> Vec<Vec<ArraySpec>> {
        let lanes = self.lanes(network);
        let mut splits = BTreeSet::new();
        for layer in &network.layers {
            let Op::Conv(conv) = &layer.op else { continue };
            let mut counts = vec![0usize; lanes.len()];
            for scheme in &conv.matrix.schemes {
                if let Some(lane) = self.lane_of(*scheme, &lanes) {
                    counts[lane] += 1;
                }
            }
            for groups in 1..=conv.matrix.rows() {
                let rows: Vec<usize> = counts.iter().map(|n| n.div_ceil(groups)).collect();
                splits.insert(rows);
            }
        }
        // Every lane kind that some layer needs must be there.
        let needed: Vec<usize> = (0..lanes.len()).filter(|&i| splits.iter().any(|rows| rows[i] > 0)).collect();
        let widen = |rows: Vec<usize>| -> Vec<ArraySpec> {
            needed.iter().map(|&i| ArraySpec { lane: lanes[i], rows: rows[i].max(1) }).collect()
        };
        let mut all: Vec<Vec<ArraySpec>> = splits.into_iter().map(widen).collect();
        if let Some(Dims { rows: total, .. }) = self.dims {
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
            let bits = schemes.iter().map(|s| dsp_bits(*s)).max().unwrap_or(4);
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
fn spill(arrays: &[ArraySpec], ci: usize, px: usize, target: &Target) -> Vec<ArraySpec> {
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

/// A bound that needs no plan: the arrays alone exceed the target.
fn too_large(shape: &CoreShape, target: &Target) -> bool {
    let (lut, dsp) = Resources::arrays_at_least(shape, target.family);
    lut > f64::from(target.luts) * target.lut_share || dsp > f64::from(target.dsps) * target.dsp_share
}

/// The fitting plans whose cycles are near the fewest.
#[derive(Default)]
struct Near(Vec<Plan>);

impl Near {
    /// The most cycles that a plan may take to be among them.
    fn limit(&self) -> Option<f64> {
        self.0.iter().map(|plan| plan.cycles).min().map(|fewest| EQUAL_CYCLES * fewest as f64)
    }

    fn add(&mut self, plan: Plan) {
        self.0.push(plan);
        if let Some(limit) = self.limit() {
            self.0.retain(|plan| plan.cycles as f64 <= limit);
        }
    }

    /// The one of the least price; of equals the fastest.
    fn cheapest(self) -> Option<Plan> {
        self.0.into_iter().min_by_key(|plan| (plan.price(), plan.cycles))
    }
}
