//! Building: Verilog and testbench become one program, kept by content.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use super::error::SimError;
use super::verilator::{PREFIX, WaveFormat, build_arguments};
use crate::tool::{Cache, CoreFolder, KeyBuilder, Tool, ToolError, run_logged};

const HARNESS: &str = include_str!("harness.cpp");

/// What to build. Memory images are read when the program runs, so cores that differ only in them share a program.
#[derive(Debug, Clone)]
pub struct SimJob {
    /// The emitted core folder.
    pub folder: PathBuf,
    /// The simulated top, such as `<name>_sim`, found in `sim/<top>.v`.
    pub top: String,
    /// Waves the program can write; none is faster to build and to run.
    pub wave: Option<WaveFormat>,
}

/// A built simulation, ready for any number of runs.
#[derive(Debug, Clone)]
pub struct SimProgram {
    pub(super) program: PathBuf,
    pub(super) folder: CoreFolder,
    pub(super) wave: Option<WaveFormat>,
    pub(super) cache: Cache,
    /// Verilator's version line.
    pub tool_version: String,
}

impl SimJob {
    /// Builds the program, or takes it from the cache.
    pub fn build(&self, verilator: &Tool, cache: &Cache) -> Result<SimProgram, SimError> {
        let folder = CoreFolder::open(&self.folder)?;
        let files = folder.simulation_files(&self.top)?;
        // The number of jobs is not part of the result.
        let key = build_arguments(&self.top, self.wave, 0, &files)
            .iter()
            .fold(KeyBuilder::default(), |key, argument| key.add("argument", argument.as_bytes()))
            .add("tool", verilator.version.as_bytes())
            .add("harness", HARNESS.as_bytes());
        let key = folder.hash_files(&files, key)?.finish();
        let entry = cache.entry("sim", &key, |made, log| self.make(verilator, &folder, &files, made, log))?;
        Ok(SimProgram {
            program: entry.join(PREFIX),
            folder,
            wave: self.wave,
            cache: cache.clone(),
            tool_version: verilator.version.clone(),
        })
    }

    /// Compiles inside `made` and leaves only the program there.
    fn make(
        &self,
        verilator: &Tool,
        folder: &CoreFolder,
        files: &[String],
        made: &Path,
        log: &Path,
    ) -> Result<(), SimError> {
        let work = made.join("work");
        folder.copy_files(files, &work)?;
        let harness = work.join("harness.cpp");
        fs::write(&harness, HARNESS).map_err(ToolError::io("cannot write", &harness))?;
        let jobs = thread::available_parallelism().map_or(1, NonZero::get);
        let mut command = verilator.command();
        command.current_dir(&work).args(build_arguments(&self.top, self.wave, jobs, files));
        let mut missing = None;
        let finished = run_logged("verilator", &mut command, log, |line| missing = missing.or(missing_header(line)))?;
        if let Some(header) = missing.filter(|_| self.wave.is_some()) {
            return Err(SimError::WaveHeaders { header });
        }
        finished.check()?;
        let built = work.join("obj_dir").join(PREFIX);
        fs::rename(&built, made.join(PREFIX)).map_err(ToolError::io("cannot move", &built))?;
        fs::remove_dir_all(&work).map_err(ToolError::io("cannot remove", &work))?;
        Ok(())
    }
}

/// Header of the FST writer that a compiler's line says is missing.
fn missing_header(line: &str) -> Option<&'static str> {
    let absent = line.contains("No such file") || line.contains("file not found");
    ["lz4.h", "zlib.h"].into_iter().find(|header| absent && line.contains(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_headers_of_both_compilers() {
        let gcc = "fstcpp_writer.cpp:18:10: fatal error: lz4.h: No such file or directory";
        assert_eq!(missing_header(gcc), Some("lz4.h"));
        assert_eq!(missing_header("gtkwave/fstapi.c:67:10: fatal error: 'zlib.h' file not found"), Some("zlib.h"));
        assert_eq!(missing_header("#include <zlib.h>"), None);
    }
}
