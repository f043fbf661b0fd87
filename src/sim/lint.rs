//! Lint: Verilator with all warnings, each an error.

use std::path::{Path, PathBuf};

use super::verilator::{Standard, lint_arguments};
use crate::tool::{CoreFolder, Task, Tool, ToolError, run_logged};

/// One elaboration under `verilator --lint-only -Wall`.
#[derive(Debug, Clone)]
pub struct LintJob {
    /// Folder the other paths are relative to.
    pub folder: PathBuf,
    /// Verilog files, and waiver files (`.vlt`) before them.
    pub files: Vec<String>,
    /// Module at the root.
    pub top: String,
    /// Folders searched for the modules that `files` do not define.
    pub libraries: Vec<String>,
    /// Language level.
    pub standard: Standard,
}

impl LintJob {
    /// The emitted core in `folder`, with the models of its family's cells as a library.
    pub fn of_core(folder: &Path, top: &str) -> Result<Self, ToolError> {
        let core = CoreFolder::open(folder)?;
        let models = core.simulation_models().flat_map(|file| ["-v".to_owned(), file.clone()]);
        let files = core.synthesis_files().into_iter().chain(models).collect();
        Ok(Self {
            folder: folder.to_owned(),
            files,
            top: top.to_owned(),
            libraries: Vec::new(),
            standard: Standard::default(),
        })
    }

    /// Runs the lint; any warning is an error that shows Verilator's last lines.
    pub fn run(&self, verilator: &Tool) -> Result<(), ToolError> {
        let log = tempfile::NamedTempFile::new().map_err(ToolError::io("cannot create", &std::env::temp_dir()))?;
        let mut command = verilator.command();
        command.current_dir(&self.folder).args(lint_arguments(&self.top, self.standard, &self.libraries, &self.files));
        let mut warned = false;
        let watch = |line: &str| warned |= line.starts_with("%Warning");
        let finished = run_logged("verilator", &mut command, log.path(), Task::Lint.limit(), watch)?;
        if warned { Err(finished.into_error()) } else { finished.check().map(drop) }
    }
}
