//! An emitted core folder as the tools see it: Verilog files in order, memory images by bare name.

use std::fs;
use std::path::{Path, PathBuf};

use super::cache::KeyBuilder;
use super::error::ToolError;
use crate::files::refuse_half_replaced;

/// Names of the files with an extension in a folder, in order; none if there is no such folder.
fn names(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|found| found == extension));
    names.sort();
    names
}

/// The files of one emitted core.
#[derive(Debug, Clone)]
pub struct CoreFolder {
    root: PathBuf,
    verilog: Vec<String>,
    simulation: Vec<String>,
    memories: Vec<String>,
}

impl CoreFolder {
    /// Reads `files.f` and `sim.f` (one Verilog file per line, `//` and `#` comments) and the names in `mem/`.
    pub fn open(root: &Path) -> Result<Self, ToolError> {
        refuse_half_replaced(root)?;
        let (verilog, simulation) = (read_list(root, "files.f")?, read_list(root, "sim.f")?);
        Ok(Self { root: root.to_path_buf(), verilog, simulation, memories: names(&root.join("mem"), "hex") })
    }

    /// Verilog files for synthesis: the list without the simulation's own.
    pub fn synthesis_files(&self) -> Vec<String> {
        self.verilog.iter().filter(|file| !file.starts_with("sim/")).cloned().collect()
    }

    /// Verilog files that only a simulation takes, such as models of the cells that the core instantiates.
    pub fn simulation_models(&self) -> impl Iterator<Item = &String> {
        self.simulation.iter().filter(|file| !self.verilog.contains(file))
    }

    /// Verilog files for the simulation of `top`: the list for simulation, and `sim/<top>.v`.
    pub fn simulation_files(&self, top: &str) -> Result<Vec<String>, ToolError> {
        let bench = format!("sim/{top}.v");
        let mut files = self.simulation.clone();
        if !files.iter().any(|file| file.ends_with(&format!("/{top}.v"))) {
            if !self.root.join(&bench).is_file() {
                let reason = format!("there is no `{bench}`");
                return Err(ToolError::Folder { path: self.root.clone(), reason });
            }
            files.push(bench);
        }
        Ok(files)
    }

    /// Adds the names and contents of `files` to a key.
    pub fn hash_files(&self, files: &[String], key: KeyBuilder) -> Result<KeyBuilder, ToolError> {
        files.iter().try_fold(key, |key, name| {
            let path = self.root.join(name);
            let content = fs::read(&path).map_err(ToolError::io("cannot read", &path))?;
            Ok(key.add(name, &content))
        })
    }

    /// Adds the names and contents of the memory images to a key.
    pub fn hash_memories(&self, key: KeyBuilder) -> Result<KeyBuilder, ToolError> {
        let files: Vec<_> = self.memories.iter().map(|name| format!("mem/{name}")).collect();
        self.hash_files(&files, key)
    }

    /// Copies `files` to the same relative paths below `work`.
    pub fn copy_files(&self, files: &[String], work: &Path) -> Result<(), ToolError> {
        files.iter().try_for_each(|name| copy(&self.root.join(name), &work.join(name)))
    }

    /// Copies the memory images flat into `work`, where `$readmemh` finds them by bare name.
    pub fn copy_memories(&self, work: &Path) -> Result<(), ToolError> {
        self.memories.iter().try_for_each(|name| copy(&self.root.join("mem").join(name), &work.join(name)))
    }
}

impl CoreFolder {
    /// Writes the memory images flat into `work` with zeros in place of their contents.
    pub fn blank_memories(&self, work: &Path) -> Result<(), ToolError> {
        self.memories.iter().try_for_each(|name| {
            let (from, to) = (self.root.join("mem").join(name), work.join(name));
            let text = fs::read_to_string(&from).map_err(ToolError::io("cannot read", &from))?;
            let blank: String = text.chars().map(|c| if c == '\n' { c } else { '0' }).collect();
            fs::write(&to, blank).map_err(ToolError::io("cannot write", &to))
        })
    }
}

/// The files that a list names, each of which is there.
fn read_list(root: &Path, name: &str) -> Result<Vec<String>, ToolError> {
    let bad = |reason: String| ToolError::Folder { path: root.to_path_buf(), reason };
    let list = fs::read_to_string(root.join(name)).map_err(|error| bad(format!("{name}: {error}")))?;
    let lines = list.lines().map(str::trim);
    let is_file = |line: &&str| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#');
    let files: Vec<_> = lines.filter(is_file).map(str::to_owned).collect();
    match files.iter().find(|file| !root.join(file).is_file()) {
        Some(missing) => Err(bad(format!("{name} lists `{missing}`, which does not exist"))),
        None => Ok(files),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), ToolError> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(ToolError::io("cannot create", parent))?;
    }
    fs::copy(from, to).map(drop).map_err(ToolError::io("cannot copy", from))
}
