//! Replacing a folder in one step: the new one is made beside it, then the two are exchanged.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::error::{FileError, Result};
use super::list::{LIST_FILE, List};
use super::set::FileSet;
use super::survey::survey;
use super::{ops, tree};

/// The list of what is being written.
const PLAN: &str = "files.json";
const NEW: &str = "new";

/// Folder beside an output in which its successor is made, and from which its predecessor is removed.
pub(super) fn staging(target: &Path) -> Option<PathBuf> {
    let name = blake3::hash(target.file_name()?.as_encoded_bytes()).to_hex();
    Some(target.parent()?.join(format!(".rowsmith-{}", &name[..16])))
}

/// Removes what a killed process left beside an output.
pub(super) fn sweep(target: &Path) -> Result<()> {
    let Some(staging) = staging(target) else { return Ok(()) };
    match tree::try_lock(&staging, OFlags::DIRECTORY, target)? {
        None => Ok(()),
        Some(lock) => clear(&staging, lock),
    }
}

/// Whether the folder as a whole can give way to another; if not, it is replaced file by file.
pub(super) fn is_possible(target: &Path) -> bool {
    let in_use = std::env::current_dir().and_then(fs::canonicalize).is_ok_and(|current| current.starts_with(target));
    let parent = target.parent().and_then(|parent| fs::metadata(parent).ok());
    let same_device = |folder: Metadata| parent.is_some_and(|parent| parent.dev() == folder.dev());
    let owned = |folder: &Metadata| folder.uid() == rustix::process::geteuid().as_raw();
    staging(target).is_some() && !in_use && fs::metadata(target).map_or(true, |it| owned(&it) && same_device(it))
}

/// Puts the set in the place of the folder, or returns `false` where the system does not do that in one step.
pub(super) fn replace(target: &Path, set: &FileSet, list: &List) -> Result<bool> {
    let Some(staging) = staging(target) else { return Ok(false) };
    let lock = match tree::lock_folder(&staging, target) {
        Err(FileError::Write { cause, .. }) if is_denied(&cause) && target.exists() => return Ok(false),
        lock => lock?,
    };
    if staging.join(PLAN).exists() || staging.join(NEW).exists() {
        clear(&staging, lock)?;
        return replace(target, set, list);
    }
    let outcome = make(&staging, set, list).and_then(|()| take_place(&staging.join(NEW), target));
    let cleared = clear(&staging, lock);
    let done = outcome?;
    cleared.map(|()| done)
}

fn make(staging: &Path, set: &FileSet, list: &List) -> Result<()> {
    let plan = staging.join(PLAN);
    ops::write(&plan, &list.bytes()).map_err(FileError::at(&plan))?;
    let new = staging.join(NEW);
    tree::write(&new, set)?;
    let named = new.join(LIST_FILE);
    ops::write(&named, &list.bytes()).map_err(FileError::at(&named))
}

fn take_place(new: &Path, target: &Path) -> Result<bool> {
    let outcome = if target.exists() {
        let mode = fs::metadata(target).map_err(FileError::at(target))?.permissions();
        fs::set_permissions(new, mode).map_err(FileError::at(new))?;
        // Looked through again, because the first time was before the work began.
        if !survey(target)? {
            return Ok(false);
        }
        ops::exchange(new, target)
    } else {
        ops::rename(new, target)
    };
    match outcome {
        Ok(()) => Ok(true),
        Err(cause) if is_unable(&cause) => Ok(false),
        Err(cause) => Err(FileError::at(target)(cause)),
    }
}

/// Removes the staging folder with the files that its own lists name.
fn clear(staging: &Path, lock: File) -> Result<()> {
    let (plan, new) = (staging.join(PLAN), staging.join(NEW));
    if new.exists() {
        let lists = [
            List::load(&plan)?.unwrap_or_default(),
            List::load(&new.join(LIST_FILE)).ok().flatten().unwrap_or_default(),
        ];
        tree::remove(&new, LIST_FILE, &|name| lists.iter().any(|list| list.names(name)))?;
    }
    ops::remove_file(&plan).map_err(FileError::at(&plan))?;
    ops::remove_dir(staging).map_err(FileError::at(staging))?;
    drop(lock);
    Ok(())
}

fn is_denied(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn is_unable(cause: &io::Error) -> bool {
    let codes = [Errno::INVAL, Errno::NOSYS, Errno::BUSY, Errno::XDEV, Errno::OPNOTSUPP, Errno::PERM, Errno::ACCESS];
    codes.iter().any(|code| cause.raw_os_error() == Some(code.raw_os_error()))
}
