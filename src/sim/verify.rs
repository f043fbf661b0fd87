//! Verification: real images through the emitted RTL, every output compared with the golden model.

use std::path::PathBuf;

use serde::Serialize;

use super::error::SimError;
use super::job::{SimJob, SimProgram};
use super::order::{BeatFault, Scenario, SimConstant, SimDram, SimRegister, SimRun, SimSwitch, Stalls};
use super::result::{SimResult, TraceLog};
use super::run::SimProgress;
use super::verilator::SimOptions;
use crate::golden;
use crate::hw::{InputMap, OutputMap, images, load_words, max_idle, program_digest, registers};
use crate::ir::Network;
use crate::plan::{Plan, Source};
use crate::tool::{Cache, Tool};

/// Images of the run at full speed that measures cycles.
const TIMED_IMAGES: usize = 4;
/// Images of the runs with a reset, and with a beat that is lost.
const RESET_IMAGES: usize = 2;
const LOST_IMAGES: usize = 3;
/// Values of control: run, and reset.
const RUN: u32 = 1 << registers::RUN.bit;
const SOFT_RESET: u32 = 1 << registers::SOFT_RESET.bit;

/// What to do to the core.
#[derive(Debug, Clone)]
pub struct VerifyOptions {
    /// Chances of pauses on both streams.
    pub stalls: Stalls,
    /// Seed of all randomness.
    pub seed: u64,
    /// Compare every step's result, not only the output.
    pub trace_layers: bool,
    /// Wave file to write (`.fst` or `.vcd`).
    pub wave: Option<PathBuf>,
    /// Also reset the core within an image, by its register and by `rst`, and lose a beat on the way to it.
    pub reset: bool,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { stalls: Stalls { input: 300, output: 300 }, seed: 1, trace_layers: false, wave: None, reset: true }
    }
}

/// The first value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Run in which it was seen: `stalled`, `full speed`, `reset` or `lost beat`.
    pub run: &'static str,
    /// Image.
    pub image: usize,
    /// Layer whose result differs.
    pub layer: String,
    /// Row (channel) of the layer.
    pub row: usize,
    /// Pixel row.
    pub y: usize,
    /// Pixel column.
    pub x: usize,
    /// Golden model.
    pub expected: i32,
    /// RTL.
    pub found: i32,
}

/// Outcome of a verification.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifyReport {
    /// Images sent through the stalled run.
    pub images: usize,
    /// Images with at least one wrong output, over all runs.
    pub mismatches: usize,
    /// The first wrong value.
    pub first: Option<Mismatch>,
    /// Cycles per image that the plan predicts.
    pub cycles_predicted: u64,
    /// Cycles per image in steady state, measured at full speed.
    pub cycles: f64,
    /// Cycles from the first input beat to the last output beat of one image.
    pub latency: u64,
    /// Performance counters of the full-speed run.
    pub counters: std::collections::BTreeMap<String, u32>,
    /// Simulator.
    pub simulator: String,
}

impl VerifyReport {
    /// Whether every output was right.
    pub fn passed(&self) -> bool {
        self.mismatches == 0
    }
}

/// Cycles of several runs, one behind the other.
struct Meter<F> {
    /// Cycles of an image by the plan.
    image: u64,
    /// Those of the runs before.
    before: u64,
    progress: F,
}

impl<F: FnMut(u64)> Meter<F> {
    /// The next run, of so many images.
    fn of(&mut self, images: usize) -> impl FnMut(SimProgress) + '_ {
        let (before, planned) = (self.before, images as u64 * self.image);
        self.before += planned;
        move |run| (self.progress)(before + run.cycles.min(planned))
    }
}

/// Verifies an emitted core.
pub struct Verifier<'a> {
    network: &'a Network,
    plan: &'a Plan,
    input: InputMap,
    output: OutputMap,
    program: SimProgram,
    /// What a loader fills the core with.
    load: Option<Vec<u8>>,
    /// The DRAM that it reads its weights from.
    dram: Option<SimDram>,
}

impl<'a> Verifier<'a> {
    /// Builds the simulation of the core in `folder`.
    pub fn build(
        network: &'a Network,
        plan: &'a Plan,
        folder: PathBuf,
        options: SimOptions,
        verilator: &Tool,
        cache: &Cache,
    ) -> Result<Self, SimError> {
        let job = SimJob { folder, top: format!("{}_sim", plan.core.name), options };
        Ok(Self {
            network,
            plan,
            input: InputMap::of(plan),
            output: OutputMap::of(plan),
            program: job.build(verilator, cache)?,
            load: plan.core.loading.has_loader().then(|| load_words(&images(network, plan))),
            dram: SimDram::of(network, plan),
        })
    }

    /// Cycles that all runs take by the plan, were there no pauses.
    pub fn cycles(&self, images: usize, options: &VerifyOptions) -> u64 {
        let resets = if options.reset { RESET_IMAGES + LOST_IMAGES } else { 0 };
        (images + TIMED_IMAGES + resets) as u64 * self.plan.cycles
    }

    /// Runs all scenarios; `progress` gets how many of [`Self::cycles`] are done.
    pub fn run(
        &self,
        images: &[Vec<i32>],
        options: &VerifyOptions,
        progress: impl FnMut(u64),
    ) -> Result<VerifyReport, SimError> {
        let mut meter = Meter { image: self.plan.cycles, before: 0, progress };
        let mut report = VerifyReport {
            images: images.len(),
            mismatches: 0,
            first: None,
            cycles_predicted: self.plan.cycles,
            cycles: 0.0,
            latency: 0,
            counters: std::collections::BTreeMap::new(),
            simulator: self.program.tool_version.clone(),
        };
        let mut run = self.sim_run(images, options);
        run.stalls = options.stalls;
        if let Some(dram) = &mut run.dram {
            dram.stall = options.stalls.input;
        }
        run.wave.clone_from(&options.wave);
        run.constants = self.constants();
        let still = (0..self.plan.core.shape.arrays.len()).map(registers::busy).collect();
        run.switch = Some(SimSwitch { control: registers::CONTROL.address, run: RUN, still });
        let result = self.program.run(&run, meter.of(images.len()))?;
        self.compare("stalled", images, &result, &mut report)?;

        let timed: Vec<Vec<i32>> = images.iter().cycle().take(TIMED_IMAGES).cloned().collect();
        let mut run = self.sim_run(&timed, options);
        if self.plan.core.loading.source == Source::Both {
            // The program of the bitstream.
            run.load = None;
        }
        let result = self.program.run(&run, meter.of(timed.len()))?;
        self.compare("full speed", &timed, &result, &mut report)?;
        let done = &result.image_done;
        // The first image's time holds the load of the input; the later ones run in steady state.
        // Where weights come from DRAM, what a full ring saves is used up image by image.
        let from = if self.dram.is_some() { done.len() - 2 } else { 0 };
        report.cycles = (done[done.len() - 1] - done[from]) as f64 / (done.len() - 1 - from) as f64;
        report.latency = done[0] - result.first_beat;
        report.counters.clone_from(&result.registers);

        if options.reset {
            self.soft_reset(images, options, &mut report, meter.of(RESET_IMAGES))?;
            self.lost_beat(images, options, &mut report, meter.of(LOST_IMAGES))?;
        }
        Ok(report)
    }

    fn soft_reset(
        &self,
        images: &[Vec<i32>],
        options: &VerifyOptions,
        report: &mut VerifyReport,
        progress: impl FnMut(SimProgress),
    ) -> Result<(), SimError> {
        let few: Vec<Vec<i32>> = images.iter().cycle().take(RESET_IMAGES).cloned().collect();
        let mut run = self.faulty_run(&few, options);
        run.stalls = options.stalls;
        run.scenario =
            Scenario::Reset { control: registers::CONTROL.address, mask: SOFT_RESET, resume: RUN, finish: 500 };
        let result = self.program.run(&run, progress)?;
        self.compare("reset", &few, &result, report)
    }

    /// A reset of one cycle, then three images, the second with a beat too few: it alone has no result.
    fn lost_beat(
        &self,
        images: &[Vec<i32>],
        options: &VerifyOptions,
        report: &mut VerifyReport,
        progress: impl FnMut(SimProgress),
    ) -> Result<(), SimError> {
        let sent: Vec<Vec<i32>> = images.iter().cycle().take(LOST_IMAGES).cloned().collect();
        let beats = self.input.beats as u64;
        let mut run = self.faulty_run(&sent, options);
        run.stalls = options.stalls;
        run.scenario = Scenario::Restart;
        run.faults = vec![(beats + (options.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % beats, BeatFault::Lose)];
        run.expected = 2;
        let result = self.program.run(&run, progress)?;
        self.compare("lost beat", &[sent[0].clone(), sent[2].clone()], &result, report)
    }

    /// Registers that read as the same value while the core runs, and an address without one.
    fn constants(&self) -> Vec<SimConstant> {
        [
            (registers::IDENTITY_REGISTER.address, registers::IDENTITY),
            (registers::CORE.address, self.plan.core.identity()),
            (registers::PROGRAM.address, program_digest(self.plan)),
            (registers::NONE, 0),
        ]
        .map(|(address, value)| SimConstant { address, value })
        .into()
    }

    fn sim_run(&self, images: &[Vec<i32>], options: &VerifyOptions) -> SimRun {
        let mut run = SimRun::of_images(self.plan, &self.input, &self.output, images);
        run.trace = options.trace_layers;
        run.load.clone_from(&self.load);
        run.dram.clone_from(&self.dram);
        run.seed = options.seed;
        run.max_idle = max_idle(self.plan.cycles);
        run.registers = counters(self.plan.core.shape.arrays.len());
        run
    }

    /// A run with images that are cut short. Those that come in by strips are computed as far as they go, and only their results are
    /// held back: a trace would have them.
    fn faulty_run(&self, images: &[Vec<i32>], options: &VerifyOptions) -> SimRun {
        let mut run = self.sim_run(images, options);
        run.trace &= self.plan.core.room.strip == 0;
        run
    }

    fn compare(
        &self,
        name: &'static str,
        images: &[Vec<i32>],
        result: &SimResult,
        report: &mut VerifyReport,
    ) -> Result<(), SimError> {
        let golden = golden::run_batch(self.network, images).map_err(|e| SimError::Testbench(e.to_string()))?;
        let tensor = self.network.tensor(self.network.output);
        let mut wrong = None;
        for (index, (bytes, expected)) in result.output.chunks(self.output.bytes).zip(&golden).enumerate() {
            if bytes != self.output.stream(expected) {
                report.mismatches += 1;
                let found = self.output.collect(bytes);
                wrong = wrong.or_else(|| mismatch(name, index, &tensor.name, tensor.shape, expected, &found));
            }
        }
        if let Some(trace) = &result.trace {
            let traced = self.compare_trace(name, images, trace)?;
            if traced.is_some() && wrong.is_none() {
                report.mismatches += 1;
            }
            wrong = traced.or(wrong);
        }
        report.first = report.first.take().or(wrong);
        Ok(())
    }

    /// Replays the drain's order against the golden tensors, step by step and image by image.
    fn compare_trace(
        &self,
        name: &'static str,
        images: &[Vec<i32>],
        trace: &TraceLog,
    ) -> Result<Option<Mismatch>, SimError> {
        let orders: Vec<_> = self.plan.program.steps.iter().map(|step| self.plan.program.drain_order(step)).collect();
        let mut beats = trace.beats();
        for (index, image) in images.iter().enumerate() {
            let golden = golden::run(self.network, image).map_err(|e| SimError::Testbench(e.to_string()))?;
            for (step, order) in self.plan.program.steps.iter().zip(&orders) {
                let output = self.plan.program.graph.tensor(step.step.output);
                let pixels = output.shape.pixels();
                let mut found = vec![0; output.shape.len()];
                for (pixel, channels) in order {
                    let Some(beat) = beats.next() else {
                        return Err(SimError::Protocol(format!(
                            "the trace ends in image {index}, layer `{}`",
                            step.step.name
                        )));
                    };
                    for (value, channel) in beat.lanes.iter().zip(channels) {
                        if let Some(channel) = channel {
                            found[channel * pixels + pixel] = *value - output.offset as i32;
                        }
                    }
                }
                let expected = golden.tensor(output.holds);
                let first = mismatch(name, index, &step.step.name, output.shape, expected, &found);
                if first.is_some() {
                    return Ok(first);
                }
            }
        }
        Ok(None)
    }
}

fn mismatch(
    run: &'static str,
    image: usize,
    layer: &str,
    shape: crate::ir::Shape,
    expected: &[i32],
    found: &[i32],
) -> Option<Mismatch> {
    let index = expected.iter().zip(found).position(|(e, f)| e != f)?;
    let (row, pixel) = (index / shape.pixels(), index % shape.pixels());
    Some(Mismatch {
        run,
        image,
        layer: layer.to_owned(),
        row,
        y: pixel / shape.width,
        x: pixel % shape.width,
        expected: expected[index],
        found: found[index],
    })
}

/// Registers to read at the end: of counters the low word, and the high word behind it.
fn counters(arrays: usize) -> Vec<SimRegister> {
    let register = |name: &str, address: u8| SimRegister { name: name.to_owned(), address };
    let named =
        [registers::IDENTITY_REGISTER, registers::STATUS, registers::IMAGES, registers::CYCLES, registers::STALLS];
    let mut all: Vec<_> = named.iter().map(|own| register(own.name, own.address)).collect();
    all.extend((0..arrays).map(|a| register(&format!("array_{a}_busy"), registers::busy(a))));
    all.push(register("high_word", registers::IMAGES.address + 4));
    all
}
