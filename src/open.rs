//! Opening what a user names: regular files only, so that no pipe, device or terminal can make a command wait.

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Opens a regular file, or what a link to one leads to, of at most `limit` bytes.
pub(crate) fn open_regular(path: &Path, limit: u64) -> Result<File> {
    // Asked before it is opened: opening a pipe waits for a writer.
    check(&std::fs::metadata(path)?, limit)?;
    let file = File::open(path)?;
    check(&file.metadata()?, limit)?;
    Ok(file)
}

/// The contents of a regular file of at most `limit` bytes.
#[expect(dead_code, reason = "for the readers of manifests, weights, networks and profiles")]
pub(crate) fn read_regular(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(open_regular(path, limit)?, limit), &mut bytes)?;
    Ok(bytes)
}

fn check(metadata: &std::fs::Metadata, limit: u64) -> Result<()> {
    let refuse = |cause: String| Err(Error::new(ErrorKind::InvalidInput, cause));
    if metadata.is_dir() {
        return refuse("it is a folder".to_owned());
    }
    if !metadata.is_file() {
        return refuse("it is not a regular file".to_owned());
    }
    if metadata.len() > limit {
        return refuse(format!("it has {} bytes, but at most {limit} are read", metadata.len()));
    }
    Ok(())
}
