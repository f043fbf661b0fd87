//! Replacing the files of a folder that itself stays: a mount point, the current folder, one with files of the Makefile.
//!
//! All new files are made in a folder within. Renaming its list is the moment from which the new output counts: a process
//! that is killed before leaves the old files, and one that is killed later is finished by the next.

use std::fs::{self, File};
use std::path::Path;

use rustix::fs::OFlags;

use super::error::{FileError, Result};
use super::list::{LIST_FILE, List};
use super::set::FileSet;
use super::survey::unchanged;
use super::{ops, single, tree};

const STAGING: &str = ".rowsmith-new";
/// The list of what is being written; under this name nothing has been replaced yet.
const PLAN: &str = "files.json";
/// The same list, once everything is written.
const READY: &str = "ready.json";
/// The list as it goes into the folder.
const LIST: &str = "list.json";
const NEW: &str = "new";

/// Whether an interrupted replacement waits to be finished.
pub(super) fn is_half_done(target: &Path) -> bool {
    target.join(STAGING).join(READY).exists()
}

/// Finishes what a killed process began, or removes its litter.
pub(super) fn recover(target: &Path) -> Result<()> {
    let list = List::load(&target.join(LIST_FILE))?.unwrap_or_default();
    let listed = list.files.keys().chain(list.pending.keys()).filter(|name| is_below(target, name));
    for name in listed.map(String::as_str).chain([LIST_FILE]) {
        single::sweep(&target.join(name))?;
    }
    let staging = target.join(STAGING);
    match tree::try_lock(&staging, OFlags::DIRECTORY, target)? {
        None => Ok(()),
        Some(lock) => {
            if staging.join(READY).exists() {
                apply(target, &staging)?;
            }
            clear(&staging, lock)
        }
    }
}

/// Replaces the files of a folder by those of a set.
pub(super) fn replace(target: &Path, set: &FileSet, list: &List) -> Result<()> {
    let staging = target.join(STAGING);
    let lock = tree::lock_folder(&staging, target)?;
    if let Err(error) = make(&staging, set, list) {
        // The first error is the one to report.
        let _ = clear(&staging, lock);
        return Err(error);
    }
    apply(target, &staging)?;
    clear(&staging, lock)
}

fn make(staging: &Path, set: &FileSet, list: &List) -> Result<()> {
    let (plan, ready) = (staging.join(PLAN), staging.join(READY));
    ops::write(&plan, &list.bytes()).map_err(FileError::at(&plan))?;
    tree::write(&staging.join(NEW), set)?;
    let kept = staging.join(LIST);
    ops::write(&kept, &list.bytes()).map_err(FileError::at(&kept))?;
    ops::rename(&plan, &ready).map_err(FileError::at(&ready))
}

/// Moves the new files into their places; every step can be repeated.
fn apply(target: &Path, staging: &Path) -> Result<()> {
    let new = List::load(&staging.join(READY))?.unwrap_or_default();
    let old = List::load(&target.join(LIST_FILE))?.unwrap_or_default();
    for name in old.files.keys().chain(old.pending.keys()).filter(|name| !new.names(name)) {
        let path = target.join(name);
        if is_below(target, name) && is_file(&path) {
            unchanged(&old, name, &path)?;
            ops::remove_file(&path).map_err(FileError::at(&path))?;
        }
        remove_empty_parents(target, name);
    }
    for name in new.files.keys() {
        let (from, to) = (staging.join(NEW).join(name), target.join(name));
        if !from.exists() {
            continue;
        }
        if is_file(&to) {
            unchanged(&old, name, &to).or_else(|error| unchanged(&new, name, &to).map_err(|_| error))?;
        }
        tree::make_parents(target, name)?;
        ops::rename(&from, &to).map_err(FileError::at(&to))?;
    }
    let (from, to) = (staging.join(LIST), target.join(LIST_FILE));
    if from.exists() {
        ops::rename(&from, &to).map_err(FileError::at(&to))?;
    }
    Ok(())
}

/// Whether the path leads to a place in the folder, by folders and not by links.
fn is_below(root: &Path, name: &str) -> bool {
    let mut folder = root.to_owned();
    Path::new(name).components().all(|part| {
        let inside = matches!(part, std::path::Component::Normal(_))
            && fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        folder.push(part);
        inside
    })
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_dir())
}

fn remove_empty_parents(root: &Path, name: &str) {
    let parents = Path::new(name).ancestors().skip(1).filter(|parent| *parent != Path::new(""));
    for parent in parents {
        if !is_below(root, &parent.to_string_lossy()) || ops::remove_dir(&root.join(parent)).is_err() {
            return;
        }
    }
}

/// Removes the staging folder with the files that its own lists name.
fn clear(staging: &Path, lock: File) -> Result<()> {
    let new = staging.join(NEW);
    if new.exists() {
        let lists = [PLAN, READY].map(|name| List::load(&staging.join(name)));
        let [plan, ready] = lists;
        let list = plan?.or(ready?).unwrap_or_default();
        tree::remove(&new, LIST_FILE, &|name| list.names(name))?;
    }
    // The lists go last: they tell what may be removed.
    for name in [LIST, PLAN, READY] {
        let path = staging.join(name);
        ops::remove_file(&path).map_err(FileError::at(&path))?;
    }
    ops::remove_dir(staging).map_err(FileError::at(staging))?;
    drop(lock);
    Ok(())
}
