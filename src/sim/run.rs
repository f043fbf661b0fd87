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

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimProgress {
    /// Finished images.
    pub images: u64,
    /// Cycles since the run began.
    pub cycles: u64,
}

impl SimProgress {
    /// What a line of the testbench says.
    fn read(line: &str) -> Option<Self> {
        let (images, cycles) = line.strip_prefix("@progress ")?.split_once(' ')?;
        Some(Self { images: images.parse().ok()?, cycles: cycles.parse().ok()? })
    }
}

impl SimProgram {
    /// Runs the simulation; `progress` hears of every finished image, and of every few thousand cycles.
    pub fn run(&self, run: &SimRun, progress: impl FnMut(SimProgress)) -> Result<SimResult, SimError> {
        Ok(self.run_all(&[run], progress)?.remove(0))
    }

    /// Runs one after the other in the same simulation, without a reset of the design between them. Memories hold the images of
    /// the folder, unless the first run loads a program: then they are empty.
    pub fn run_all(&self, runs: &[&SimRun], mut progress: impl FnMut(SimProgress)) -> Result<Vec<SimResult>, SimError> {
        let scratch = self.cache.scratch()?;
        let work = scratch.path();
        match runs.first() {
            Some(first) if first.load.is_some() => self.folder.blank_memories(work)?,
            _ => self.folder.copy_memories(work)?,
        }
        let folders: Vec<String> =
            (0..runs.len()).map(|index| if index == 0 { String::new() } else { format!("{index}/") }).collect();
        for (run, folder) in runs.iter().zip(&folders) {
            self.check(run)?;
            let place = work.join(folder);
            fs::create_dir_all(&place).map_err(ToolError::io("cannot create", &place))?;
            let load = run.load.as_ref().map(|load| ("load.bin", load.as_slice()));
            let weights = run.dram.as_ref().map(|dram| ("weights.bin", dram.weights.as_slice()));
            let config = run.config(folder);
            for (name, content) in
                [("run.txt", config.as_bytes()), ("input.bin", &run.input)].into_iter().chain(load).chain(weights)
            {
                fs::write(place.join(name), content).map_err(ToolError::io("cannot write", &place.join(name)))?;
            }
        }
        let mut warning = None;
        let watch = |line: &str| {
            if let Some(reported) = SimProgress::read(line) {
                progress(reported);
            } else if line.starts_with("%Warning") {
                warning = Some(line.to_owned());
            }
        };
        let mut command = Command::new(&self.program);
        command.current_dir(work).args(folders.iter().map(|folder| format!("{folder}run.txt")));
        let finished = run_logged("simulation", &mut command, &work.join("run.log"), Task::Simulate.limit(), watch)?;
        for wave in runs.iter().filter_map(|run| run.wave.as_ref()) {
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
        runs.iter().zip(&folders).map(|(run, folder)| SimResult::read(&work.join(folder), run)).collect()
    }

    fn check(&self, run: &SimRun) -> Result<(), SimError> {
        let expected = run.images * run.bytes_in;
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
