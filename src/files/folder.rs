//! Folders that a command names: where they really are, and whether they can be written.

use std::fs;
use std::path::{Component, Path, PathBuf};

use rustix::fs::Access;
use rustix::io::Errno;

use super::error::{FileError, Result};

/// The folder's real path, links followed. It need not exist, nor its parents.
pub(super) fn resolve(path: &Path) -> Result<PathBuf> {
    let fail = |cause: Errno| FileError::at(path)(cause.into());
    if fs::symlink_metadata(path).is_ok() {
        let real = path.canonicalize().map_err(FileError::at(path))?;
        return if real.is_dir() { Ok(real) } else { Err(FileError::foreign(path, "is not a folder")) };
    }
    let existing = path.ancestors().skip(1).find(|parent| fs::symlink_metadata(here(parent)).is_ok());
    let existing = existing.ok_or_else(|| fail(Errno::NOENT))?;
    let rest = path.strip_prefix(existing).map_err(|_| fail(Errno::NOENT))?;
    if !rest.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(fail(Errno::NOENT));
    }
    let real = here(existing).canonicalize().map_err(FileError::at(path))?;
    if real.is_dir() { Ok(real.join(rest)) } else { Err(fail(Errno::NOTDIR)) }
}

/// The current folder for the empty path.
pub(super) fn here(path: &Path) -> &Path {
    if path == Path::new("") { Path::new(".") } else { path }
}

/// Whether files can be made in the folder, or in the first of its parents that exists.
pub(super) fn writable(folder: &Path) -> Result<()> {
    let existing = folder.ancestors().find(|parent| here(parent).exists()).unwrap_or(folder);
    let access = rustix::fs::access(here(existing), Access::WRITE_OK | Access::EXEC_OK);
    access.map_err(|cause| FileError::at(existing)(cause.into()))
}
