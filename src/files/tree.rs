//! Folders written and removed file by file.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, OFlags, flock};

use super::error::{FileError, Result};
use super::ops;
use super::set::FileSet;

/// Tries to lock, and the time between two.
const TRIES: u32 = 50;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// Writes all files of a set below `root`, which must not exist.
pub(super) fn write(root: &Path, set: &FileSet) -> Result<()> {
    ops::create_dir(root).map_err(FileError::at(root))?;
    for (path, bytes) in set.iter() {
        make_parents(root, path)?;
        let file = root.join(path);
        ops::write(&file, bytes).map_err(FileError::at(&file))?;
    }
    Ok(())
}

/// Makes the folders between `root` and a file below it.
pub(super) fn make_parents(root: &Path, path: &str) -> Result<()> {
    let mut folder = root.to_owned();
    let mut parts = Path::new(path).components().peekable();
    while let Some(part) = parts.next()
        && parts.peek().is_some()
    {
        folder.push(part);
        if !fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir()) {
            ops::create_dir(&folder).map_err(FileError::at(&folder))?;
        }
    }
    Ok(())
}

/// Removes the files of `root` whose relative paths are named, then the file `last`, which may tell the names, then all
/// folders. Anything else there is an error, and stays. Links are not followed.
pub(super) fn remove(root: &Path, last: &str, named: &dyn Fn(&str) -> bool) -> Result<()> {
    remove_below(root, root, &|name| if name == last { Verdict::Last } else { named(name).into() })?;
    let last = root.join(last);
    ops::remove_file(&last).map_err(FileError::at(&last))?;
    ops::remove_dir(root).map_err(FileError::at(root))
}

/// What becomes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Remove,
    Last,
    Foreign,
}

impl From<bool> for Verdict {
    fn from(named: bool) -> Self {
        if named { Self::Remove } else { Self::Foreign }
    }
}

fn remove_below(root: &Path, folder: &Path, verdict: &dyn Fn(&str) -> Verdict) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(FileError::at(folder))? {
        let entry = entry.map_err(FileError::at(folder))?;
        let path = entry.path();
        if entry.file_type().map_err(FileError::at(&path))?.is_dir() {
            remove_below(root, &path, verdict)?;
            ops::remove_dir(&path).map_err(FileError::at(&path))?;
            continue;
        }
        match path.strip_prefix(root).ok().and_then(Path::to_str).map_or(Verdict::Foreign, verdict) {
            Verdict::Remove => ops::remove_file(&path).map_err(FileError::at(&path))?,
            Verdict::Last => {}
            Verdict::Foreign => return Err(FileError::foreign(&path, "was not made by rowsmith and is in the way")),
        }
    }
    Ok(())
}

/// Makes or takes the folder `path` for this process alone, until the returned file is dropped.
pub(super) fn lock_folder(path: &Path, target: &Path) -> Result<File> {
    loop {
        match ops::create_dir(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(FileError::at(path)(error)),
            _ => {}
        }
        // Whoever held it may have removed it by now: then it is made anew.
        if let Some(lock) = try_lock(path, OFlags::DIRECTORY, target)? {
            return Ok(lock);
        }
    }
}

/// Locks a file or folder that exists; none if it is gone.
pub(super) fn try_lock(path: &Path, flags: OFlags, target: &Path) -> Result<Option<File>> {
    let flags = (flags | OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = match fs::OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(FileError::at(path))?,
    };
    // Where the file system has no locks, two processes at once are the user's to avoid. A process that is being started
    // holds the locks of the one that starts it for a moment: one try is not enough.
    let mut tries = TRIES;
    while flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(rustix::io::Errno::WOULDBLOCK) {
        tries -= 1;
        if tries == 0 {
            return Err(FileError::Busy { path: target.to_owned() });
        }
        std::thread::sleep(PAUSE);
    }
    let held = file.metadata().map_err(FileError::at(path))?;
    let there = fs::symlink_metadata(path).is_ok_and(|found| (found.dev(), found.ino()) == (held.dev(), held.ino()));
    Ok(there.then_some(file))
}
