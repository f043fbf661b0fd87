//! Search: of the shapes that fit the target the one with the fewest cycles per image, if it does not fill the device for too little.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::splits::{ArrayUse, Splits, spill};
use super::{ArraySpec, CoreShape, Dims, Loading, Plan, PlanError, Resources, Survey};
use crate::ir::Network;
use crate::target::Target;

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
    /// How the core's memories are filled.
    pub loading: Loading,
}

const CHANNELS: [usize; 6] = [1, 2, 4, 8, 16, 32];
const PIXELS: [usize; 11] = [1, 2, 3, 4, 6, 7, 8, 10, 12, 14, 16];
const SLICES: [usize; 5] = [1, 2, 4, 8, 16];
/// Pixels drained at once to try; those that divide PX.
const DRAINED: [usize; 3] = [1, 2, 4];
/// Plans within this share of the fewest cycles are equal where rows are given out: `Plan::price` decides.
pub(super) const EQUAL_CYCLES: f64 = 1.025;
/// What LUTs that are all in use cost in clock: routed cores of ECP5 lose 15 to 20 % of it from a quarter of the share on (`record/cores.csv`).
const FULL_COSTS: f64 = 0.15;

impl Request {
    /// Reads `--shape` and `--rows`.
    pub fn parse(shape: Option<&str>, rows: Option<&str>) -> Result<Self, PlanError> {
        let dims = shape.map(CoreShape::parse_dims).transpose()?;
        let arrays = rows.map(CoreShape::parse_rows).transpose()?;
        if let (Some(Dims { rows: total, .. }), Some(arrays)) = (dims, &arrays) {
            let given: usize = arrays.iter().map(|a| a.rows).sum();
            if given != total {
                return Err(PlanError::shape(format!("--shape has {total} rows, but --rows has {given}")));
            }
        }
        Ok(Self { dims, arrays, ..Self::default() })
    }

    /// Plans a network for a target.
    ///
    /// Arrays of both resources compete with those of one alone, and what is chosen is as fast as what either would give.
    pub fn plan(&self, network: &Network, target: &Target) -> Result<Plan, PlanError> {
        // What no core can do is refused before any shape is tried.
        let plans = self.best(&[Survey::of(network)?], network, target, self.loading)?;
        plans.into_iter().next().ok_or_else(|| PlanError::shape("no array shape fits the target"))
    }

    /// Plans several networks on one core with a loader, by the cycles of all networks together.
    pub fn share(&self, networks: &[&Network], target: &Target) -> Result<Vec<Plan>, PlanError> {
        let Some(first) = networks.first() else { return Err(PlanError::shape("name at least one network")) };
        // Rows of all networks decide which arrays are tried.
        let layers = networks.iter().flat_map(|network| network.layers.iter().cloned()).collect();
        let joint = Network { layers, ..(*first).clone() };
        self.best(&Survey::of_all(networks)?, &joint, target, self.loading.by_loader())
    }

    /// Plans of the networks on the best core for them together; `joint` has the rows of all.
    fn best(
        &self,
        surveys: &[Survey],
        joint: &Network,
        target: &Target,
        loading: Loading,
    ) -> Result<Vec<Plan>, PlanError> {
        let (mut all, mut cap) = (Found::default(), u64::MAX);
        for array_use in self.pools() {
            let shapes = self.with_digits(self.candidates(joint, target, array_use)?, surveys);
            let found = self.search(
                surveys,
                shapes,
                |shape| Survey::sketch_all(&joint.name, surveys, target, shape, loading),
                target,
            );
            if array_use != self.array_use {
                cap = cap.min(found.near.best(u64::MAX).map_or(u64::MAX, Shared::cycles));
            }
            all.join(found);
        }
        all.verdict(cap).map(|Shared(plans)| plans)
    }

    /// The plans that fit the target and that no other beats in both cycles and LUTs, fastest first. Where none fits, what
    /// [`Request::plan`] makes of it.
    pub fn front(&self, network: &Network, target: &Target) -> Result<Vec<Plan>, PlanError> {
        let survey = Survey::of(network)?;
        let mut shapes = Vec::new();
        for array_use in self.pools() {
            shapes.extend(self.candidates(network, target, array_use)?);
        }
        let shapes = self.with_digits(shapes, std::slice::from_ref(&survey));
        let weigh = |shape: &CoreShape| {
            if too_large(Resources::arrays_at_least(shape, target.family), target) {
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

    /// What arrays are tried that are built of: arrays of one resource for those of both too.
    fn pools(&self) -> Vec<ArrayUse> {
        match self.array_use {
            ArrayUse::Mixed if self.arrays.is_none() => vec![ArrayUse::Lut, ArrayUse::Dsp, ArrayUse::Mixed],
            one => vec![one],
        }
    }

    /// Tries all shapes of a pool, those with the fewest cycles at best first.
    fn search(
        &self,
        surveys: &[Survey],
        shapes: Vec<CoreShape>,
        sketches: impl Fn(&CoreShape) -> Result<Vec<Vec<Plan>>, PlanError>,
        target: &Target,
    ) -> Found {
        let mut found = Found::default();
        let mut groups: HashMap<Vec<ArraySpec>, Result<Vec<Vec<usize>>, PlanError>> = HashMap::new();
        let mut bounded = Vec::new();
        for shape in shapes {
            let of_all = || surveys.iter().map(|survey| survey.groups(&shape.arrays)).collect();
            match groups.entry(shape.arrays.clone()).or_insert_with(of_all) {
                Ok(groups) => {
                    let pairs = surveys.iter().zip(groups);
                    let cycles: u64 = pairs.map(|(survey, groups)| survey.least_cycles(&shape, groups)).sum();
                    bounded.push((cycles, shape));
                }
                Err(error) => found.refused = found.refused.or_else(|| Some(error.clone())),
            }
        }
        bounded.sort_by_key(|(cycles, shape)| (*cycles, shape.macs_per_cycle(), shape.values()));
        for (cycles, shape) in bounded {
            let limit = found.near.limit().unwrap_or(f64::INFINITY);
            if cycles as f64 > limit {
                break;
            }
            let arrays = Resources::arrays_at_least(&shape, target.family);
            if cycles as f64 * (1.0 + FULL_COSTS * least_fill(arrays, target)) > limit {
                continue;
            }
            if found.closest.is_some() && !self.oversize && too_large(arrays, target) {
                continue;
            }
            match sketches(&shape) {
                // No core is faster than its sketch.
                Ok(sketches) => sketches
                    .into_iter()
                    .map(Shared)
                    .filter(|plans| plans.cycles() as f64 <= limit)
                    .for_each(|plans| found.add(plans, self.oversize && self.dims.is_some())),
                Err(error) => found.refused = found.refused.or(Some(error)),
            }
        }
        found
    }

    /// Shapes to try, each with all digits that are worth a try for networks: the widths of activations.
    fn with_digits(&self, shapes: Vec<CoreShape>, surveys: &[Survey]) -> Vec<CoreShape> {
        if self.dims.is_some_and(|dims| dims.digit.is_some()) {
            return shapes;
        }
        let bits: BTreeSet<u32> = surveys.iter().flat_map(Survey::operand_bits).filter(|bits| *bits > 1).collect();
        let digits = bits.iter().rev().enumerate().map(|(narrower, bits)| (narrower > 0).then_some(*bits));
        let digits: Vec<Option<u32>> = if bits.is_empty() { vec![None] } else { digits.collect() };
        let all = |shape: CoreShape| digits.clone().into_iter().map(move |digit| CoreShape { digit, ..shape.clone() });
        shapes.into_iter().flat_map(all).collect()
    }

    /// Shapes to try, apart from their digits.
    fn candidates(&self, network: &Network, target: &Target, array_use: ArrayUse) -> Result<Vec<CoreShape>, PlanError> {
        let channels = self.dims.map_or(CHANNELS.to_vec(), |d| vec![d.ci]);
        let pixels = self.dims.map_or(PIXELS.to_vec(), |d| vec![d.px]);
        let given = self.dims.and_then(|d| d.q);
        let drained = self.dims.filter(|dims| dims.q.is_some()).map(|dims| dims.drained.unwrap_or(1));
        let at_once = drained.map_or(DRAINED.to_vec(), |drained| vec![drained]);
        let digit = self.dims.and_then(|d| d.digit);
        let slices = given.map_or(SLICES.to_vec(), |q| vec![q]);
        let splits = match &self.arrays {
            Some(arrays) => vec![arrays.clone()],
            None => Splits { array_use, total: self.dims.map(|dims| dims.rows) }.of(network),
        };
        let free = self.arrays.is_none() && self.dims.is_none() && array_use == ArrayUse::Mixed;
        let mut shapes = Vec::new();
        for (&ci, &px) in channels.iter().flat_map(|ci| pixels.iter().map(move |px| (ci, px))) {
            for arrays in &splits {
                let rows: usize = arrays.iter().map(|a| a.rows).sum();
                let fits = |q: usize| given.is_some() || (ci.is_multiple_of(q) && rows.is_multiple_of(q));
                let arrays = if free { spill(arrays, ci, px, target) } else { arrays.clone() };
                for &q in slices.iter().filter(|q| fits(**q)) {
                    let at_once = at_once.iter().filter(|d| drained.is_some() || px.is_multiple_of(**d));
                    shapes.extend(at_once.map(|&drained| {
                        let arrays = arrays.clone();
                        CoreShape { ci, px, q, drained, digit, arrays }
                    }));
                }
            }
        }
        let first = shapes.first().map(CoreShape::check);
        shapes.retain(|shape| shape.check().is_ok());
        if let (Some(refused), true) = (first, shapes.is_empty()) {
            refused?;
        }
        Ok(shapes)
    }
}

/// Share of the usable LUTs that arrays alone take, of their LUTs and DSP blocks.
fn least_fill((lut, _): (f64, f64), target: &Target) -> f64 {
    lut / (f64::from(target.luts) * target.lut_share).max(1.0)
}

/// A bound that needs no plan: the arrays alone exceed the target.
fn too_large((lut, dsp): (f64, f64), target: &Target) -> bool {
    lut > f64::from(target.luts) * target.lut_share || dsp > f64::from(target.dsps) * target.dsp_share
}

/// What a search has come by.
#[derive(Default)]
struct Found {
    near: Near,
    /// Of the plans that do not fit the one that comes nearest to it.
    closest: Option<Shared>,
    refused: Option<PlanError>,
}

impl Found {
    fn add(&mut self, mut plans: Shared, oversize: bool) {
        if oversize || plans.one().excess().is_none() {
            Plan::settle_all(&mut plans.0);
            self.near.add(plans);
        } else if self.closest.as_ref().is_none_or(|closest| plans.one().fill() < closest.one().fill()) {
            self.closest = Some(plans);
        }
    }

    fn join(&mut self, other: Self) {
        other.near.0.into_iter().for_each(|plans| self.near.add(plans));
        if let Some(plans) = other.closest {
            self.add(plans, false);
        }
        self.refused = self.refused.take().or(other.refused);
    }

    /// The best core of at most so many cycles, or why there is none.
    fn verdict(self, cap: u64) -> Result<Shared, PlanError> {
        match (self.near.best(cap).cloned(), self.closest, self.refused) {
            (Some(plans), ..) => Ok(plans),
            (None, Some(plans), _) => {
                Err(plans.one().excess().unwrap_or_else(|| PlanError::shape("no array shape fits the target")))
            }
            (None, None, Some(error)) => Err(error),
            (None, None, None) => Err(PlanError::shape("no core of this shape exists: CI and R need a common divisor")),
        }
    }
}

/// The fitting cores that take no more cycles than the best one is worth.
#[derive(Default)]
struct Near(Vec<Shared>);

impl Near {
    /// The most cycles that a core may take to be the best: those of an empty device that is as good.
    fn limit(&self) -> Option<f64> {
        self.0.iter().map(Shared::worth).min_by(f64::total_cmp)
    }

    fn add(&mut self, plans: Shared) {
        self.0.push(plans);
        if let Some(limit) = self.limit() {
            self.0.retain(|plans| plans.cycles() as f64 <= limit);
        }
    }

    /// The best one of those that take at most so many cycles; of equals the cheapest.
    fn best(&self, cap: u64) -> Option<&Shared> {
        let order =
            |a: &&Shared, b: &&Shared| a.worth().total_cmp(&b.worth()).then(a.one().price().cmp(&b.one().price()));
        self.0.iter().filter(|plans| plans.cycles() <= cap).min_by(order)
    }
}

/// Plans of one network, or of several, on one core.
#[derive(Clone)]
struct Shared(Vec<Plan>);

impl Shared {
    /// Cycles per image of all networks together.
    fn cycles(&self) -> u64 {
        Plan::cycles_of(&self.0)
    }

    /// Cycles, longer by what a device loses in clock as it fills.
    fn worth(&self) -> f64 {
        self.cycles() as f64 * (1.0 + FULL_COSTS * self.one().lut_fill())
    }

    /// A plan that tells the core, which is the same in all.
    fn one(&self) -> &Plan {
        &self.0[0]
    }
}
