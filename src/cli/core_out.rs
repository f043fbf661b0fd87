//! Where a command that runs tools on a core puts the core's folder.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::files::{FileSet, OutputFolder};
use crate::report::QUANT_REPORT;
use crate::tool::{Cache, Scratch};

/// The folder that the user wants to keep, or one that goes when the command ends.
pub(super) struct CoreOut {
    folder: PathBuf,
    output: OutputFolder,
    scratch: Option<Scratch>,
}

/// A folder for a core or a program, which does not take the place of a quantized network.
pub(super) fn core_folder(path: &Path) -> Result<OutputFolder, Failure> {
    let reason = "belongs to a quantized network, which only `quantize` replaces";
    Ok(OutputFolder::prepare(path)?.without(QUANT_REPORT, reason)?)
}

impl CoreOut {
    /// Checks that the folder can be written, before any work.
    pub(super) fn prepare(out: Option<&Path>, cache: &Cache) -> Result<Self, Failure> {
        let scratch = if out.is_none() { Some(cache.scratch()?) } else { None };
        let folder = match (out, &scratch) {
            (Some(out), _) => out.to_owned(),
            (None, scratch) => scratch.as_ref().map_or(Path::new("."), Scratch::path).join("core"),
        };
        let output = core_folder(&folder)?;
        Ok(Self { folder, output, scratch })
    }

    /// Writes the core.
    pub(super) fn write(&self, files: &FileSet) -> Result<PathBuf, Failure> {
        self.output.write(files)?;
        Ok(self.folder.clone())
    }

    /// Adds a file to the core's folder, if that is kept; returns its path there.
    pub(super) fn keep(&self, name: &str, bytes: &[u8]) -> Result<Option<PathBuf>, Failure> {
        if self.scratch.is_some() {
            return Ok(None);
        }
        self.output.add(name, bytes)?;
        Ok(Some(self.folder.join(name)))
    }
}
