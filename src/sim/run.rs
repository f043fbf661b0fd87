//! Running a built simulation: the stimulus, the run, and the way back.

use std::fs;
use std::process::Command;

use super::error::SimError;
use super::job::SimProgram;
use super::order::{SimRun, wave_name};
use super::result::SimResult;
use super::verilator::WaveFormat;
use crate::files::{FileError, OutputFile};
use crate::tool::{Task, ToolError, run_logged};

/// Checks that a wave can be written to a file: a new one, or an earlier wave.
pub fn wave_output(path: &std::path::Path) -> Result<OutputFile, FileError> {
    // A VCD file begins with a keyword, an FST file with the header block: its type, then its length.
    OutputFile::prepare(path)?.starting_with(&[b"$", &[0; 5]])
}

impl SimProgram {
    /// Runs the simulation; `progress` gets the number of finished images.
    pub fn run(&self, run: &SimRun, mut progress: impl FnMut(u64)) -> Result<SimResult, SimError> {
        self.check(run)?;
        let scratch = self.cache.scratch()?;
        let work = scratch.path();
        self.folder.copy_memories(work)?;
        for (name, content) in [("run.txt", run.config().as_bytes()), ("input.bin", &run.input)] {
            fs::write(work.join(name), content).map_err(ToolError::io("cannot write", &work.join(name)))?;
        }
        let mut warning = None;
        let watch = |line: &str| {
            if let Some(images) = line.strip_prefix("@images ") {
                progress(images.parse().unwrap_or_default());
            } else if line.starts_with("%Warning") {
                warning = Some(line.to_owned());
            }
        };
        let mut command = Command::new(&self.program);
        command.current_dir(work).arg("run.txt");
        let finished = run_logged("simulation", &mut command, &work.join("run.log"), Task::Simulate.limit(), watch)?;
        if let Some(wave) = &run.wave {
            // A failed run has a wave too, unless it failed before the first cycle.
            let written = work.join(wave_name(WaveFormat::of_file(wave)));
            if written.is_file() {
                let mut file = fs::File::open(&written).map_err(ToolError::io("cannot read", &written))?;
                wave_output(wave).and_then(|output| output.write_from(&mut file)).map_err(ToolError::from)?;
            }
        }
        if let Some(warning) = warning {
            return Err(SimError::Design(warning));
        }
        if !finished.status.success() {
            return Err(SimError::from_run(finished));
        }
        SimResult::read(work, run)
    }

    fn check(&self, run: &SimRun) -> Result<(), SimError> {
        let expected = run.images * run.beats_in * u64::from(run.lanes.input);
        let found = run.input.len() as u64;
        if expected != found {
            return Err(SimError::Input { expected, found });
        }
        match &run.wave {
            Some(wave) if self.wave != Some(WaveFormat::of_file(wave)) => Err(SimError::Wave {
                built: self.wave.map_or("no", WaveFormat::name),
                asked: wave.display().to_string(),
            }),
            _ => Ok(()),
        }
    }
}
