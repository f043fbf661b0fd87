//! Building: Verilog and testbench become one program, kept by content.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;

use super::error::SimError;
use super::verilator::{PREFIX, SimOptions, WaveFormat, build_arguments};
use crate::tool::{Cache, CoreFolder, KeyBuilder, Task, Tool, ToolError, run_logged};

const HARNESS: &str = include_str!("../../templates/harness.cpp");

/// Objects of Verilator's own library: most of a small build's time, and the same for every core without waves.
const RUNTIME: [&str; 2] = ["verilated.o", "verilated_threads.o"];
const RUNTIME_KIND: &str = "sim-runtime";

/// What to build. Memory images are read when the program runs, so cores that differ only in them share a program.
#[derive(Debug, Clone)]
pub struct SimJob {
    /// The emitted core folder.
    pub folder: PathBuf,
    /// The simulated top, such as `<name>_sim`, found in `sim/<top>.v`.
    pub top: String,
    /// What is compiled in.
    pub options: SimOptions,
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
        let key = arguments_key(verilator, &self.top, self.options, &files).add("harness", HARNESS.as_bytes());
        let key = folder.hash_files(&files, key)?.finish();
        let entry = cache.entry("sim", &key, |made, log| {
            let work = made.join("work");
            folder.copy_files(&files, &work)?;
            self.compile(verilator, &files, cache, &work, log)?;
            let built = work.join("obj_dir").join(PREFIX);
            fs::rename(&built, made.join(PREFIX)).map_err(ToolError::io("cannot move", &built))?;
            fs::remove_dir_all(&work).map_err(ToolError::io("cannot remove", &work))?;
            Ok::<_, SimError>(())
        })?;
        Ok(SimProgram {
            program: entry.join(PREFIX),
            folder,
            wave: self.options.wave,
            cache: cache.clone(),
            tool_version: verilator.version.clone(),
        })
    }

    /// Compiles in `work`, which holds the Verilog files.
    fn compile(
        &self,
        verilator: &Tool,
        files: &[String],
        cache: &Cache,
        work: &Path,
        log: &Path,
    ) -> Result<(), SimError> {
        let harness = work.join("harness.cpp");
        fs::write(&harness, HARNESS).map_err(ToolError::io("cannot write", &harness))?;
        let objects = work.join("obj_dir");
        let runtime = arguments_key(verilator, "", self.options, &[]).finish();
        let kept = cache.existing(RUNTIME_KIND, &runtime);
        if let Some(kept) = &kept {
            copy_runtime(kept, &objects)?;
        }
        let jobs = thread::available_parallelism().map_or(1, NonZero::get);
        let mut command = verilator.command();
        command.current_dir(work).args(build_arguments(&self.top, self.options, jobs, files));
        if kept.is_some() {
            // Verilator's makefile, which is new, is a prerequisite of theirs.
            command.args(RUNTIME.iter().flat_map(|name| ["-MAKEFLAGS".to_owned(), format!("--old-file={name}")]));
        }
        let mut missing = None;
        let watch = |line: &str| missing = missing.or(missing_header(line));
        let finished = run_logged("verilator", &mut command, log, Task::Build.limit(), watch)?;
        if let Some(header) = missing.filter(|_| self.options.wave.is_some()) {
            return Err(SimError::WaveHeaders { header });
        }
        finished.check()?;
        if kept.is_none() {
            cache.entry(RUNTIME_KIND, &runtime, |made, _| copy_runtime(&objects, made))?;
        }
        Ok(())
    }
}

/// Key of everything but file contents; the number of jobs is no part of the result.
fn arguments_key(verilator: &Tool, top: &str, options: SimOptions, files: &[String]) -> KeyBuilder {
    let arguments = build_arguments(top, options, 0, files);
    arguments
        .iter()
        .fold(KeyBuilder::default(), |key, argument| key.add("argument", argument.as_bytes()))
        .add("tool", verilator.version.as_bytes())
        .add("host", format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS).as_bytes())
}

/// Copies the library's objects.
fn copy_runtime(from: &Path, to: &Path) -> Result<(), ToolError> {
    fs::create_dir_all(to).map_err(ToolError::io("cannot create", to))?;
    RUNTIME
        .iter()
        .map(|name| (from.join(name), to.join(name)))
        .filter(|(object, _)| object.is_file())
        .try_for_each(|(object, copy)| fs::copy(&object, copy).map(drop).map_err(ToolError::io("cannot copy", &object)))
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
