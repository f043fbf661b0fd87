//! The steps of which every replacement is made. Tests stop before any of them, as a kill would.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

#[cfg(test)]
thread_local! {
    /// Steps until the kill.
    pub(super) static LIFE: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
fn step() -> io::Result<()> {
    LIFE.with(|life| match life.get() {
        Some(0) => Err(io::Error::other("killed")),
        left => {
            life.set(left.map(|left| left - 1));
            Ok(())
        }
    })
}

#[cfg(not(test))]
#[allow(clippy::unnecessary_wraps, reason = "tests can stop here")]
fn step() -> io::Result<()> {
    Ok(())
}

pub(super) fn create_dir(path: &Path) -> io::Result<()> {
    step()?;
    fs::create_dir(path)
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    step()?;
    #[cfg(test)]
    if LIFE.get() == Some(0) {
        // Killed within the write.
        fs::write(path, &bytes[..bytes.len() / 2])?;
        return Err(io::Error::other("killed"));
    }
    fs::write(path, bytes)
}

pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step()?;
    fs::rename(from, to)
}

/// Swaps two folders in one step.
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    step()?;
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    step()?;
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

pub(super) fn remove_dir(path: &Path) -> io::Result<()> {
    step()?;
    match fs::remove_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
