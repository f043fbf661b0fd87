//! What a command is about to write into folders: looked at before work begins, replaced when it is done.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{FileError, Result};
use super::folder::{resolve, writable};
use super::list::{LIST_FILE, List, digest};
use super::set::FileSet;
use super::single::OutputFile;
use super::survey::{survey, unchanged};
use super::{place, swap};

/// A folder for the files of one command. It is ours if it is new, empty, or holds a list of the files that we wrote and
/// nothing else; a foreign or changed file is a refusal, and is never removed.
#[derive(Debug, Clone)]
pub struct OutputFolder {
    real: PathBuf,
}

impl OutputFolder {
    /// Finishes what an interrupted command left of the folder, then checks that it is ours and can be written.
    pub fn prepare(path: &Path) -> Result<Self> {
        let real = resolve(path)?;
        swap::sweep(&real)?;
        if real.exists() {
            place::recover(&real)?;
            survey(&real)?;
        }
        writable(&real)?;
        Ok(Self { real })
    }

    /// Refuses a folder that is the output of another kind of command: one in which we wrote `name`, a file that this command
    /// does not write and could not make again.
    pub fn without(self, name: &str, reason: &'static str) -> Result<Self> {
        match List::load(&self.real.join(LIST_FILE))? {
            Some(list) if list.names(name) => Err(FileError::foreign(&self.real.join(name), reason)),
            _ => Ok(self),
        }
    }

    /// Writes the files in the place of those of an earlier output.
    pub fn write(&self, set: &FileSet) -> Result<()> {
        let list = List::of(set);
        swap::sweep(&self.real)?;
        if self.real.exists() {
            place::recover(&self.real)?;
        }
        // Looked through again, because the first time was before the work began.
        let whole = !self.real.exists() || survey(&self.real)?;
        if let Some(parent) = self.real.parent() {
            fs::create_dir_all(parent).map_err(FileError::at(parent))?;
        }
        if whole && swap::is_possible(&self.real) && swap::replace(&self.real, set, &list)? {
            return Ok(());
        }
        if !self.real.exists() {
            fs::create_dir(&self.real).map_err(FileError::at(&self.real))?;
        }
        place::replace(&self.real, set, &list)
    }

    /// Adds a file to what was written, or replaces it.
    pub fn add(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        SharedFile { folder: self.real.clone(), name: name.to_owned() }.write(bytes)
    }
}

impl FileSet {
    /// Writes the set as the folder `target`, replacing an earlier output; see [`OutputFolder`].
    pub fn write(&self, target: &Path) -> Result<()> {
        OutputFolder::prepare(target)?.write(self)
    }
}

/// A file in a folder that may hold anything else; it is ours if the folder's list names it.
#[derive(Debug, Clone)]
pub struct SharedFile {
    folder: PathBuf,
    name: String,
}

impl SharedFile {
    /// Checks that the file is ours or new, and can be written.
    pub fn prepare(folder: &Path, name: &str) -> Result<Self> {
        let folder = resolve(folder)?;
        writable(&folder)?;
        let file = Self { folder, name: name.to_owned() };
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<List> {
        let path = self.folder.join(&self.name);
        let list = List::load(&self.folder.join(LIST_FILE))?.unwrap_or_default();
        if fs::symlink_metadata(&path).is_ok() {
            if !list.names(&self.name) {
                return Err(FileError::foreign(&path, "was not made by rowsmith"));
            }
            unchanged(&list, &self.name, &path)?;
        }
        Ok(list)
    }

    /// Replaces the file. The list is written before and after, so that it is never without the file's digest.
    pub fn write(&self, bytes: &[u8]) -> Result<PathBuf> {
        fs::create_dir_all(&self.folder).map_err(FileError::at(&self.folder))?;
        let (path, list_path) = (self.folder.join(&self.name), self.folder.join(LIST_FILE));
        let mut list = self.check()?;
        list.pending.insert(self.name.clone(), digest(bytes));
        let list_file = OutputFile::prepare(&list_path)?;
        list_file.write(&list.bytes())?;
        OutputFile::prepare(&path)?.write(bytes)?;
        list.pending.remove(&self.name);
        list.files.insert(self.name.clone(), digest(bytes));
        list_file.write(&list.bytes())?;
        Ok(path)
    }
}

/// Refuses to read from a folder whose replacement was interrupted: its files are of two outputs.
pub fn refuse_half_replaced(folder: &Path) -> Result<()> {
    if place::is_half_done(folder) { Err(FileError::HalfReplaced { path: folder.to_owned() }) } else { Ok(()) }
}
