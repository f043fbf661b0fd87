//! Bounded reading of the two files, and the rule that weights stay inside the manifest's folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::names::escaped;
use super::{Fault, ManifestError, Result};

/// Largest manifest in bytes.
pub(super) const MANIFEST_LIMIT: u64 = 16 << 20;
/// Largest weights file in bytes.
pub(super) const WEIGHTS_LIMIT: u64 = 2 << 30;

/// Reads a regular file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let unreadable = |cause| ManifestError::from(Fault::Unreadable).because(cause).in_file(path);
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ManifestError::from(Fault::NotRegular).in_file(path));
    }
    let too_large = |bytes| ManifestError::from(Fault::FileTooLarge { bytes, limit }).in_file(path);
    if metadata.len() > limit {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    File::open(path).map_err(unreadable)?.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// The weights file's real path; links are followed, and must not lead out of the manifest's folder.
pub(super) fn weights_path(manifest: &Path, relative: &str) -> Result<PathBuf> {
    let outside = || ManifestError::from(Fault::Outside { path: escaped(relative) }).in_file(manifest);
    let path = Path::new(relative);
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside());
    }
    let folder = match manifest.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let named = folder.join(path);
    let unreadable = |cause| ManifestError::from(Fault::Unreadable).because(cause).in_file(&named);
    let home = folder.canonicalize().map_err(unreadable)?;
    let real = named.canonicalize().map_err(unreadable)?;
    if real.starts_with(&home) { Ok(real) } else { Err(outside()) }
}
