//! What a built simulation is to do: images, pauses, faults and registers, and the testbench's configuration file.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::verilator::WaveFormat;
use crate::hw::{DRAM_BASE, InputMap, OutputMap, RunFile, WeightMap, streamed};
use crate::ir::Network;
use crate::plan::Plan;
use crate::target::Dram;

/// Widths of the streams of the simulated top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimLanes {
    /// Bytes of an input beat.
    pub input: u16,
    /// Bytes of an output beat.
    pub output: u16,
    /// Signed 32-bit values of a trace beat.
    pub trace: u16,
}

/// Chances that a stream pauses in a cycle, in per mille.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stalls {
    /// Gaps before an input beat is offered.
    pub input: u16,
    /// Cycles in which the output is not taken.
    pub output: u16,
}

/// Course of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Every image once.
    #[default]
    Run,
    /// A soft reset at a random moment of image 0, then every image once. Outputs and trace are those after it.
    Reset {
        /// Address of the control register.
        control: u8,
        /// Value that resets.
        mask: u32,
        /// Value written afterwards to go on.
        resume: u32,
        /// Chance in per mille that the sender finishes the image it was sending before it starts over.
        finish: u16,
    },
    /// `rst` for one cycle at a random moment of image 0, then every image once. Nothing may be valid behind it.
    Restart,
    /// The beat of [`SimDram::error`] comes with an error: when the core stands still and its status register tells so, a soft reset, then
    /// every image once. Outputs are those after it; those before are [`SimResult::before`](super::SimResult::before).
    ReadError {
        /// Address of the control register.
        control: u8,
        /// Value that resets.
        mask: u32,
        /// Value written afterwards to go on.
        resume: u32,
        /// Address of the status register.
        status: u8,
        /// Its flag.
        flag: u32,
    },
}

/// What happens to a beat on its way to the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeatFault {
    /// It is lost.
    Lose,
    /// It comes twice.
    Repeat,
    /// Its `tlast` is inverted.
    TurnLast,
}

impl BeatFault {
    fn key(self) -> &'static str {
        match self {
            Self::Lose => "lose",
            Self::Repeat => "repeat",
            Self::TurnLast => "turn_last",
        }
    }
}

/// A register that always reads as the same value, which may also be written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimConstant {
    /// Byte address on the AXI4-Lite port.
    pub address: u8,
    /// What it reads as.
    pub value: u32,
}

/// How a core is stopped and started again while images run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimSwitch {
    /// Byte address of the control register, which reads as 0 while the core is stopped, else as `run`.
    pub control: u8,
    /// Value that starts it: one bit.
    pub run: u32,
    /// Registers that count work, and so read as 0 until the core is started first.
    pub still: Vec<u8>,
}

/// A register that is read when the last image is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimRegister {
    /// Name in the result: letters, digits and `_`.
    pub name: String,
    /// Byte address on the AXI4-Lite port.
    pub address: u8,
}

/// DRAM with weights, and what tells the core where they lie.
#[derive(Debug, Clone, PartialEq)]
pub struct SimDram {
    /// Its figures.
    pub dram: Dram,
    /// Contents.
    pub weights: Vec<u8>,
    /// Registers to write behind a reset.
    pub writes: Vec<(u8, u32)>,
    /// Chance in per mille that a port pauses for a cycle.
    pub stall: u16,
    /// Beat of all that are read, from 1 on, which comes with an error; 0 for none.
    pub error: u64,
}

impl SimDram {
    /// The DRAM of a plan, with its network's weights, if it reads them from there.
    pub fn of(network: &Network, plan: &Plan) -> Option<Self> {
        let dram = plan.core.dram().cloned()?;
        let writes = WeightMap::of(plan).registers(DRAM_BASE);
        Some(Self { dram, weights: streamed(network, plan), writes, stall: 0, error: 0 })
    }
}

/// One run of a built simulation.
#[derive(Debug, Clone)]
pub struct SimRun {
    /// Widths of the core's streams.
    pub lanes: SimLanes,
    /// Images to send.
    pub images: u64,
    /// Bytes of one image.
    pub bytes_in: u64,
    /// Bytes of one image's result, in beats of which only the last may hold fewer than `lanes.output`.
    pub bytes_out: u64,
    /// All images: `images * bytes_in` bytes.
    pub input: Vec<u8>,
    /// Whether to record the trace port.
    pub trace: bool,
    /// Random pauses of both streams.
    pub stalls: Stalls,
    /// Seed of pauses, of the reset moment, and of state the core does not reset.
    pub seed: u64,
    /// Cycles without any progress (a beat of a stream or of a register) after which the core counts as hung.
    pub max_idle: u64,
    /// Course of the run.
    pub scenario: Scenario,
    /// Cycles that a core takes for an image: moments of resets lie within so many.
    pub phase: u64,
    /// Cycles for which the output is not taken, about once an image.
    pub block: u64,
    /// Images whose results come; fewer than `images` where beats are at fault.
    pub expected: u64,
    /// Beats at fault, by their number in the stimulus.
    pub faults: Vec<(u64, BeatFault)>,
    /// Registers to read at the end.
    pub registers: Vec<SimRegister>,
    /// Registers that are read and written in all orders and paces while the images run.
    pub constants: Vec<SimConstant>,
    /// The register that starts the core, for runs with `constants`: the core is started late, and stopped at times.
    pub switch: Option<SimSwitch>,
    /// Program to fill the core's memories with before the first image, as `load.bin` has it; they are empty until then.
    pub load: Option<Vec<u8>>,
    /// DRAM that the core reads its weights from, if it does.
    pub dram: Option<SimDram>,
    /// Wave file to write, in the format the program was built with.
    pub wave: Option<PathBuf>,
}

impl SimRun {
    /// A run at full speed, without trace, registers or waves; change the fields that matter.
    pub fn new(lanes: SimLanes, images: u64, bytes_in: u64, bytes_out: u64, input: Vec<u8>) -> Self {
        Self {
            lanes,
            images,
            bytes_in,
            bytes_out,
            input,
            trace: false,
            stalls: Stalls::default(),
            seed: 1,
            max_idle: 1_000_000,
            scenario: Scenario::Run,
            phase: 0,
            block: 0,
            expected: images,
            faults: Vec::new(),
            registers: Vec::new(),
            constants: Vec::new(),
            switch: None,
            load: None,
            dram: None,
            wave: None,
        }
    }

    /// Images (CHW) on a planned core, as [`Self::new`]; its maps tell how images and results lie in memory.
    pub fn of_images(plan: &Plan, input: &InputMap, output: &OutputMap, images: &[Vec<i32>]) -> Self {
        let [input_lanes, output_lanes, trace] =
            [input.beat_bytes, output.beat_bytes, plan.core.shape.q].map(|lanes| lanes as u16);
        let lanes = SimLanes { input: input_lanes, output: output_lanes, trace };
        let bytes = images.iter().flat_map(|image| input.bytes(image)).collect();
        let phase = plan.cycles;
        Self { phase, ..Self::new(lanes, images.len() as u64, input.bytes as u64, output.bytes as u64, bytes) }
    }

    /// The testbench's configuration: `key value` lines, file names relative to its working folder.
    pub(super) fn config(&self, folder: &str) -> String {
        let run = RunFile {
            folder,
            images: self.images,
            bytes: [self.bytes_in, self.bytes_out],
            lanes: [self.lanes.input, self.lanes.output, self.lanes.trace],
            stalls: [self.stalls.input, self.stalls.output],
            seed: self.seed,
            max_idle: self.max_idle,
            load: self.load.is_some(),
            dram: self.dram.as_ref().map(|own| (&own.dram, own.stall, own.error)),
            writes: self.dram.as_ref().map_or(&[], |own| &own.writes),
        };
        let mut text = run.to_string();
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            writeln!(text, "{key} {value}").expect("a string takes every line");
        };
        if self.trace {
            line("trace", &format_args!("{folder}trace.bin"));
        }
        if let Some(wave) = &self.wave {
            line("wave", &wave_name(WaveFormat::of_file(wave)));
        }
        line("expected", &self.expected);
        match self.scenario {
            Scenario::Run => (),
            Scenario::Reset { control, mask, resume, finish } => {
                line("scenario", &"reset");
                line("control", &control);
                line("reset_mask", &mask);
                line("resume", &resume);
                line("finish", &finish);
            }
            Scenario::Restart => line("scenario", &"restart"),
            Scenario::ReadError { control, mask, resume, status, flag } => {
                line("scenario", &"read_error");
                line("control", &control);
                line("reset_mask", &mask);
                line("resume", &resume);
                line("status", &status);
                line("error_mask", &flag);
                line("before", &format_args!("{folder}before.bin"));
            }
        }
        line("phase", &self.phase);
        line("block_out", &self.block);
        for (beat, fault) in &self.faults {
            line(fault.key(), beat);
        }
        for constant in &self.constants {
            line("constant", &format_args!("{} {}", constant.address, constant.value));
        }
        if let Some(SimSwitch { control, run, still }) = &self.switch {
            line("switch", &format_args!("{control} {run}"));
            for address in still {
                line("still", address);
            }
        }
        for register in &self.registers {
            line("register", &format_args!("{} {}", register.name, register.address));
        }
        text
    }
}

/// File of the wave in the run's folder.
pub(super) fn wave_name(format: WaveFormat) -> String {
    format!("wave.{}", format.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration() {
        let mut run = SimRun::new(SimLanes { input: 4, output: 1, trace: 8 }, 2, 3, 5, vec![0; 24]);
        run.trace = true;
        run.stalls = Stalls { input: 200, output: 100 };
        run.scenario = Scenario::Reset { control: 0, mask: 1, resume: 0, finish: 500 };
        run.faults = vec![(4, BeatFault::Lose), (2, BeatFault::TurnLast)];
        run.expected = 1;
        run.constants = vec![SimConstant { address: 0, value: 7 }];
        run.switch = Some(SimSwitch { control: 4, run: 1, still: vec![32] });
        run.registers = vec![SimRegister { name: "cycles".to_owned(), address: 0x10 }];
        run.wave = Some(PathBuf::from("out/first.vcd"));
        insta::assert_snapshot!(run.config(""));
    }
}
