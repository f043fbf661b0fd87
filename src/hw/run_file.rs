//! `run.txt`: what a built simulation is to do, as the testbench reads it.

use std::fmt;

use super::registers;
use crate::target::Dram;

/// Cycles without progress after which a core counts as hung, for a network of so many cycles per image.
pub fn max_idle(cycles: u64) -> u64 {
    4 * cycles + 10_000
}

/// What every run has: `key value` lines, file names relative to the testbench's working folder.
#[derive(Debug, Clone, Copy)]
pub struct RunFile<'a> {
    /// Folder of the run's files, empty or with `/` at its end.
    pub folder: &'a str,
    /// Images to send.
    pub images: u64,
    /// Bytes of an image, and of its result.
    pub bytes: [u64; 2],
    /// Bytes of a beat of input and output, values of one of the trace.
    pub lanes: [u16; 3],
    /// Chances in per mille that the input pauses, and that the output is not taken.
    pub stalls: [u16; 2],
    /// Seed of all that is random.
    pub seed: u64,
    /// [`max_idle`].
    pub max_idle: u64,
    /// Whether `load.bin` fills the memories first.
    pub load: bool,
    /// The DRAM that `weights.bin` lies in, its chance in per mille to pause, and the beat that comes with an error.
    pub dram: Option<(&'a Dram, u16, u64)>,
    /// Registers that are written behind a reset.
    pub writes: &'a [(u8, u32)],
}

/// Where the simulation's DRAM begins: not at 0, so that a core which forgets its base is found out.
pub const DRAM_BASE: u32 = 0x1A00_0000;

impl fmt::Display for RunFile<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            folder, images, bytes: [bytes_in, bytes_out], lanes: [input, output, trace], seed, max_idle, ..
        } = self;
        let [stall_in, stall_out] = self.stalls;
        writeln!(f, "images {images}\nbytes_in {bytes_in}\nbytes_out {bytes_out}")?;
        writeln!(f, "in_lanes {input}\nout_lanes {output}\ntrace_lanes {trace}")?;
        writeln!(f, "input {folder}input.bin\noutput {folder}output.bin\nresult {folder}result.json")?;
        writeln!(f, "stall_in {stall_in}\nstall_out {stall_out}\nseed {seed}\nmax_idle {max_idle}")?;
        if self.load {
            f.write_str(&registers::load_line(&format!("{folder}load.bin")))?;
        }
        if let Some((dram, stall, error)) = self.dram {
            let Dram { latency, refresh_interval, refresh_cycles, .. } = dram;
            let rate = dram.rate();
            writeln!(
                f,
                "dram {folder}weights.bin {DRAM_BASE} {rate} {latency} {refresh_interval} {refresh_cycles} {stall} {error}"
            )?;
        }
        for (address, value) in self.writes {
            writeln!(f, "write {address} {value}")?;
        }
        Ok(())
    }
}
