//! Bounded reading of the two files, and the rule that weights stay inside the manifest's folder.

use std::path::{Component, Path, PathBuf};

use super::{Fault, ManifestError, Result};
use crate::files::{self, ReadError};
use crate::ir::escaped;

/// Largest manifest in bytes.
pub(super) const MANIFEST_LIMIT: u64 = 16 << 20;
/// Largest weights file in bytes.
pub(super) const WEIGHTS_LIMIT: u64 = 512 << 20;

/// Reads a regular file of at most `limit` bytes.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    files::read(path, limit).map_err(|error| {
        let error = match error {
            ReadError::Io(cause) => ManifestError::from(Fault::Unreadable).because(cause),
            ReadError::NotRegular { .. } => Fault::NotRegular.into(),
            ReadError::TooLarge { bytes, limit } => Fault::FileTooLarge { bytes, limit }.into(),
        };
        error.in_file(path)
    })
}

/// Refuses a manifest in a folder that a killed command left half replaced: its weights may be another's.
pub(super) fn refuse_half_replaced(manifest: &Path) -> Result<()> {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    files::refuse_half_replaced(folder)
        .map_err(|error| ManifestError::from(Fault::Unreadable).because(std::io::Error::other(error)).in_file(manifest))
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
