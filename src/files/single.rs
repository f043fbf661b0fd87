//! One file, replaced in one step: whoever reads it sees the old contents or the new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::error::{FileError, Result};
use super::folder::{here, writable};
use super::read::{kind, open};
use super::{ops, tree};

/// A file that a command is to write, looked at before work begins.
#[derive(Debug, Clone)]
pub struct OutputFile {
    path: PathBuf,
}

impl OutputFile {
    /// Checks that there is a regular file or none, in a folder that can be written.
    pub fn prepare(path: &Path) -> Result<Self> {
        if path.file_name().is_none() {
            return Err(FileError::at(path)(Errno::INVAL.into()));
        }
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => {
                let kind = kind_if_special(&found.map_err(FileError::at(path))?);
                kind.map_or(Ok(()), |reason| Err(FileError::foreign(path, reason)))?;
            }
        }
        let folder = here(path.parent().unwrap_or(Path::new("")));
        let found = fs::metadata(folder).map_err(FileError::at(folder))?;
        if !found.is_dir() {
            return Err(FileError::at(folder)(Errno::NOTDIR.into()));
        }
        writable(folder)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Refuses an existing file that does not begin with one of these words.
    pub fn starting_with(self, words: &[&[u8]]) -> Result<Self> {
        if !self.path.exists() {
            return Ok(self);
        }
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        let mut start = Vec::new();
        let file = open(&self.path, u64::MAX).map_err(|error| FileError::at(&self.path)(io::Error::other(error)))?;
        file.take(longest as u64).read_to_end(&mut start).map_err(FileError::at(&self.path))?;
        if start.is_empty() || words.iter().any(|word| start.starts_with(word)) {
            return Ok(self);
        }
        Err(FileError::foreign(&self.path, "exists and is a different kind of file"))
    }

    /// Refuses a file that is one of those that are read.
    pub fn other_than<'a>(self, read: impl IntoIterator<Item = &'a PathBuf>) -> Result<Self> {
        let real = self.path.canonicalize().ok();
        if real.is_some() && read.into_iter().any(|path| path.canonicalize().ok() == real) {
            return Err(FileError::foreign(&self.path, "is also read by this command"));
        }
        Ok(self)
    }

    /// Replaces the file.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        self.write_from(&mut io::Cursor::new(bytes))
    }

    /// Replaces the file by all that can be read.
    pub fn write_from(&self, source: &mut dyn Read) -> Result<()> {
        let mut fresh = self.begin()?;
        io::copy(source, fresh.file()).map_err(FileError::at(&self.path))?;
        fresh.finish()
    }

    /// Begins a new file beside the old one.
    pub fn begin(&self) -> Result<FreshFile> {
        let fresh = beside(&self.path);
        let fail = |cause: io::Error| FileError::at(&self.path)(cause);
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let lock = loop {
            let options = OpenOptions::new().write(true).create(true).truncate(false).custom_flags(flags).open(&fresh);
            let found = options.and_then(|file| file.metadata()).map_err(fail)?;
            if let Some(reason) = kind_if_special(&found) {
                return Err(FileError::foreign(&fresh, reason));
            }
            if let Some(lock) = tree::try_lock(&fresh, OFlags::empty(), &self.path)? {
                break lock;
            }
        };
        ops::write(&fresh, &[]).map_err(fail)?;
        let file = OpenOptions::new().write(true).open(&fresh).map_err(fail)?;
        Ok(FreshFile { target: self.path.clone(), fresh: Some(fresh), file, _lock: lock })
    }
}

/// A file that takes the place of another when it is finished; otherwise it is removed.
#[derive(Debug)]
pub struct FreshFile {
    target: PathBuf,
    fresh: Option<PathBuf>,
    file: File,
    _lock: File,
}

impl FreshFile {
    /// What is to be written to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<()> {
        if let Ok(old) = fs::symlink_metadata(&self.target) {
            if let Some(reason) = kind_if_special(&old) {
                return Err(FileError::foreign(&self.target, reason));
            }
            self.file.set_permissions(old.permissions()).map_err(FileError::at(&self.target))?;
        }
        let fresh = self.fresh.take().unwrap_or_default();
        ops::rename(&fresh, &self.target).map_err(|cause| {
            self.fresh = Some(fresh);
            FileError::at(&self.target)(cause)
        })
    }
}

impl Drop for FreshFile {
    fn drop(&mut self) {
        if let Some(fresh) = &self.fresh {
            // Best effort: what stays is used up by the next run.
            let _ = ops::remove_file(fresh);
        }
    }
}

/// Where the new file is made. The name is always the same, so that the litter of a kill is used up by the next run.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = blake3::hash(path.file_name().unwrap_or_default().as_encoded_bytes()).to_hex();
    path.with_file_name(format!(".rowsmith-{}.new", &name[..16]))
}

/// Removes what a killed process left beside a file.
pub(super) fn sweep(path: &Path) -> Result<()> {
    let fresh = beside(path);
    match fs::symlink_metadata(&fresh) {
        Ok(found) if found.is_file() => {}
        _ => return Ok(()),
    }
    match tree::try_lock(&fresh, OFlags::empty(), path)? {
        Some(_lock) => ops::remove_file(&fresh).map_err(FileError::at(&fresh)),
        None => Ok(()),
    }
}

/// What stands in the way of a regular file.
fn kind_if_special(found: &fs::Metadata) -> Option<&'static str> {
    match kind(found.file_type()) {
        _ if found.is_file() => None,
        "a folder" => Some("is a folder, not a file"),
        "a link" => Some("is a link; outputs are written to regular files only"),
        "a pipe" => Some("is a pipe; outputs are written to regular files only"),
        "a socket" => Some("is a socket; outputs are written to regular files only"),
        _ => Some("is a device; outputs are written to regular files only"),
    }
}
