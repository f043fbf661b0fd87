//! The plan: a core, the program of a network for it, and what both are predicted to do.

use super::cost::Resources;
use super::program::{PlannedStep, Program};
use super::{Core, Loading, PlanError};

/// Share of its cycles that a core takes with a ring of weights twice as deep, at most, for that to be worth its block RAM.
const DEEPER_SAVES: f64 = 0.995;

/// Every decision about one network on one core.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The core.
    pub core: Core,
    /// The network's program.
    pub program: Program,
    /// Predicted cycles per image, or frame of images, in steady state.
    pub cycles: u64,
    /// Cycles of the input unit per image: those that it takes alone, and the drain's writes.
    pub load_cycles: u64,
    /// Estimated resources.
    pub resources: Resources,
}

impl Plan {
    /// Predicts what a program does on a core.
    pub(super) fn of(core: Core, program: Program) -> Self {
        let mut plan = Self::sketch(core, program);
        plan.settle();
        plan
    }

    /// The same, as if the core never waited for DRAM or rows of an image: not more cycles than it takes.
    pub(super) fn sketch(core: Core, mut program: Program) -> Self {
        let cycles = core.count_cycles(&mut program, true);
        let (load_cycles, resources) = (program.load_cycles(), Resources::estimate(&core));
        Self { core, program, cycles, load_cycles, resources }
    }

    /// Simulates what a sketch leaves out.
    pub(super) fn settle(&mut self) {
        if self.core.is_streamed() || self.program.strip().is_some() {
            self.cycles = self.core.count_cycles(&mut self.program, false);
        }
    }

    /// Settles plans of one core, and makes the ring of their weights deeper as long as that saves cycles and block RAM has room: a deep
    /// one fills while layers run that have few weights for their pixels.
    pub(super) fn settle_all(plans: &mut [Self]) {
        plans.iter_mut().for_each(Self::settle);
        while plans
            .iter()
            .any(|plan| plan.core.is_streamed() && plan.core.room.weight_words < plan.program.weight_words())
        {
            let deeper: Vec<Self> = plans.iter().map(Self::with_deeper_ring).collect();
            if deeper[0].excess().is_some()
                || Self::cycles_of(&deeper) as f64 > DEEPER_SAVES * Self::cycles_of(plans) as f64
            {
                break;
            }
            plans.clone_from_slice(&deeper);
        }
    }

    /// Cycles per image of all plans together.
    pub(super) fn cycles_of(plans: &[Self]) -> u64 {
        plans.iter().map(|plan| plan.cycles).sum()
    }

    fn with_deeper_ring(&self) -> Self {
        let mut core = self.core.clone();
        core.room.weight_words *= 2;
        Self::of(core, self.program.clone())
    }

    /// The same with another way to fill the core's memories.
    #[must_use]
    pub fn with_loading(self, loading: Loading) -> Self {
        Self::of(Core { loading, ..self.core }, self.program)
    }

    /// What the plan needs of each resource, and the target's share of it.
    fn needs(&self) -> [(&'static str, f64, f64); 4] {
        let (target, used) = (&self.core.target, &self.resources);
        let block_ram = f64::from(target.block_ram.blocks) * target.block_ram_share;
        [
            ("LUTs", f64::from(used.cells), f64::from(target.luts) * target.lut_share),
            ("flip-flops", f64::from(used.ff), target.usable_ffs()),
            ("DSP blocks", f64::from(used.dsp), f64::from(target.dsps) * target.dsp_share),
            ("blocks of RAM", used.bram, block_ram),
        ]
    }

    /// Whether block RAM is within the target's share.
    pub(super) fn is_within_block_ram(&self) -> bool {
        let [.., (_, need, have)] = self.needs();
        have > 0.0 && need <= have
    }

    /// Whether block RAM would not be within the target's share without any activations either.
    pub(super) fn is_short_of_block_ram(&self) -> bool {
        let [.., (_, _, have)] = self.needs();
        let mut core = self.core.clone();
        core.room.act_rows = 1;
        have > 0.0 && Resources::estimate(&core).bram > have
    }

    /// Share of the usable LUTs that the core takes.
    pub(super) fn lut_fill(&self) -> f64 {
        let [(_, need, have), ..] = self.needs();
        need / have.max(1.0)
    }

    /// What decides between plans that are as fast: how full the fullest of LUTs, flip-flops and DSP blocks is, in thousandths of
    /// the target's share (a full kind of block is hard to route, and blocks of RAM hold the network in any shape); then LUTs,
    /// then flip-flops.
    pub(super) fn price(&self) -> (u32, u32, u32) {
        let logic = self.needs().into_iter().take(3).filter(|(_, need, _)| *need > 0.0);
        let load = logic.map(|(_, need, have)| need / have).fold(0.0, f64::max);
        ((1000.0 * load) as u32, self.resources.lut, self.resources.ff)
    }

    /// How full the fullest of all resources is, of the target's share; beyond 1 the plan does not fit.
    pub(super) fn fill(&self) -> f64 {
        let needed = self.needs().into_iter().filter(|(_, need, _)| *need > 0.0);
        needed.map(|(_, need, have)| need / have).fold(0.0, f64::max)
    }

    /// What the plan needs beyond the target's share, if anything: the resource that is exceeded most.
    pub fn excess(&self) -> Option<PlanError> {
        let exceeded = self.needs().into_iter().filter(|(_, need, have)| need > have);
        let (resource, need, have) = exceeded.max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))?;
        let (need, have) = (need.ceil() as u64, have.floor() as u64);
        Some(PlanError::DoesNotFit {
            network: self.program.name.clone(),
            target: self.core.target.name.clone(),
            resource,
            need,
            have,
            over: need.saturating_sub(have).max(1),
        })
    }

    /// Images per second at the target's clock.
    pub fn images_per_second(&self) -> f64 {
        self.program.images as f64 * self.core.target.clock_mhz * 1e6 / self.cycles.max(1) as f64
    }

    /// Useful multiply-accumulates per cycle over what the arrays could do.
    pub fn efficiency(&self) -> f64 {
        self.program.macs as f64 / (self.cycles.max(1) as f64 * self.core.shape.macs_per_cycle() as f64)
    }

    /// What bounds a step: its products, the drain of its results, or the latency of a layer's start and end.
    pub fn step_bound(&self, step: &PlannedStep) -> &'static str {
        let issue = (step.passes() * step.block_steps().max(step.spacing())) as u64;
        if step.cycles > 2 * issue {
            "latency"
        } else if step.spacing() > step.block_steps() {
            "drain"
        } else if step.on_arrays() {
            "arrays"
        } else {
            "window"
        }
    }

    /// What bounds the whole plan, in words.
    pub fn bound(&self) -> String {
        if self.load_cycles >= self.cycles {
            return "the input stream".to_owned();
        }
        if self.core.result_cycles(&self.program) >= self.cycles {
            return "the output stream".to_owned();
        }
        let slowest = self.program.steps.iter().max_by_key(|step| step.cycles);
        let of = |step: &PlannedStep| {
            let share = 100 * step.cycles / self.cycles.max(1);
            format!("{} of `{}` ({share} % of the cycles)", self.step_bound(step), step.step.name)
        };
        slowest.map_or_else(String::new, of)
    }
}
