//! Faults on the way to a core: every beat lost, doubled or with the wrong `tlast` costs its image and no other, and so does a
//! reset at any moment.

use std::path::Path;

use crate::seeded::Builder;
use rowsmith::golden;
use rowsmith::hw::{self, PlanSummary};
use rowsmith::ir::{ActType, Network, Padding, Window};
use rowsmith::plan::{ArraySpec, CoreShape, Plan};
use rowsmith::sim::{BeatFault, Scenario, SimJob, SimOptions, SimProgram, SimRegister, SimRun, Stalls, random_images};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

const IMAGES: usize = 4;
/// Status register: bit 1 says that `tlast` was not on the last beat of an image.
const STATUS: &str = "status";

/// A built core with its images as beats and the beats that must come for each.
struct Subject {
    _folder: tempfile::TempDir,
    program: SimProgram,
    /// All images at full speed.
    plain: SimRun,
    /// Beats of an image.
    beats: u64,
    expected: Vec<Vec<u8>>,
}

/// A core of two convolutions, or of one for images of few beats.
fn subject(shape: [usize; 3], kernels: &[[usize; 2]]) -> Subject {
    let mut builder = Builder::new(3, shape, ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    for kernel in kernels {
        let window = Window { kernel: *kernel, stride: [1, 1], padding: Padding::default() };
        builder.conv(2, window, ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    }
    let network: Network = builder.finish();
    let arrays = vec![ArraySpec { lane: "dsp(16)".parse().unwrap(), rows: 2 }];
    let target = Target::find("ecp5-25f").unwrap();
    let plan =
        Plan::build(&network, &target, &CoreShape { ci: 2, px: 1, q: 2, drained: 1, digit: None, arrays }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit(&network, &plan, &[]).unwrap().write(&core).unwrap();
    let job = SimJob { folder: core, top: format!("{}_sim", network.name), options: SimOptions::default() };
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let verilator = Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"));
    let program = job.build(&verilator, &cache).unwrap();
    let summary = PlanSummary::of(&plan);
    let images = random_images(&network, IMAGES, 7);
    let expected: Vec<_> =
        golden::run_batch(&network, &images).unwrap().iter().map(|y| summary.output.stream(y)).collect();
    assert!((1..IMAGES).all(|i| expected[i] != expected[i - 1]), "every image has a result of its own");
    Subject {
        _folder: folder,
        program,
        plain: SimRun::of_images(&plan, &summary.input, &summary.output, &images),
        beats: summary.input.beats as u64,
        expected,
    }
}

impl Subject {
    fn run(&self) -> SimRun {
        let mut run = self.plain.clone();
        run.stalls = Stalls { input: 200, output: 200 };
        run.max_idle = 5_000;
        run.registers = vec![SimRegister { name: STATUS.to_owned(), address: 0x08 }];
        run
    }

    /// One beat at fault: the results of the images in `whole` come, no others, and the status tells the fault.
    fn check(&self, beat: u64, fault: BeatFault, whole: &[usize], seen: bool) {
        let mut run = self.run();
        (run.seed, run.faults, run.expected) = (beat + 1, vec![(beat, fault)], whole.len() as u64);
        let result = self.program.run(&run, |_| ()).unwrap_or_else(|error| panic!("{fault:?} of beat {beat}: {error}"));
        let expected: Vec<u8> = whole.iter().flat_map(|image| self.expected[*image].clone()).collect();
        assert_eq!(result.output, expected, "{fault:?} of beat {beat}");
        assert_eq!(result.registers[STATUS] >> 1 & 1 == 1, seen, "{fault:?} of beat {beat}: framing error");
    }
}

#[test]
fn a_beat_at_fault_costs_one_image() {
    let subject = subject([4, 3, 3], &[[2, 2], [2, 1]]);
    let beats = subject.beats;
    assert!(beats > 3, "{beats} beats");
    for beat in beats..2 * beats {
        let last = beat == 2 * beats - 1;
        subject.check(beat, BeatFault::Lose, &[0, 2, 3], true);
        // The copy of a last beat is an image of its own, too short.
        subject.check(beat, BeatFault::Repeat, if last { &[0, 1, 2, 3] } else { &[0, 2, 3] }, true);
        // Without their border two images are one, too long.
        subject.check(beat, BeatFault::TurnLast, if last { &[0, 3] } else { &[0, 2, 3] }, true);
    }
}

#[test]
fn images_of_one_and_two_beats() {
    let subject = subject([8, 1, 1], &[[1, 1]]);
    assert_eq!(subject.beats, 2);
    for beat in [2, 3] {
        subject.check(beat, BeatFault::Lose, &[0, 2, 3], true);
    }
    subject.check(3, BeatFault::Repeat, &[0, 1, 2, 3], true);
    let subject = self::subject([2, 1, 1], &[[1, 1]]);
    assert_eq!(subject.beats, 1);
    // What is not there was never begun.
    subject.check(1, BeatFault::Lose, &[0, 2, 3], false);
    subject.check(1, BeatFault::TurnLast, &[0, 2, 3], true);
}

#[test]
fn resets_at_any_moment() {
    let subject = subject([4, 3, 3], &[[2, 2], [2, 1]]);
    let soft = |finish| Scenario::Reset { control: 0x04, mask: 2, resume: 1, finish };
    for scenario in [soft(0), soft(1000), Scenario::Restart] {
        for seed in 1..=25 {
            let mut run = subject.run();
            (run.seed, run.scenario) = (seed, scenario);
            let result =
                subject.program.run(&run, |_| ()).unwrap_or_else(|error| panic!("{scenario:?} {seed}: {error}"));
            assert_eq!(result.output, subject.expected.concat(), "{scenario:?}, seed {seed}");
        }
    }
}
