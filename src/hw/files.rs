//! The emitted folder: an ordered set of files in memory, written all at once or not at all.

use super::EmitError;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files by relative path, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, Vec<u8>>,
    marker: &'static str,
}

impl FileSet {
    /// An empty set. `marker` is the file by which a folder is known as an earlier output, which may be replaced.
    pub fn new(marker: &'static str) -> Self {
        Self { files: BTreeMap::new(), marker }
    }

    /// Adds a text file; ensures a trailing newline.
    pub fn add(&mut self, path: impl Into<String>, mut text: String) {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.add_bytes(path, text.into_bytes());
    }

    /// Adds a file of any contents.
    pub fn add_bytes(&mut self, path: impl Into<String>, bytes: Vec<u8>) {
        self.files.insert(path.into(), bytes);
    }

    /// All files in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// One file's contents.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// Hash over all paths and contents, hexadecimal.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (path, bytes) in &self.files {
            for part in [path.as_bytes(), bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Writes the set as folder `target`, replacing an earlier output. On any error the old folder stays as it was.
    pub fn write(&self, target: &Path) -> Result<(), EmitError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |cause: io::Error| EmitError::Write { path, cause }
        };
        let exists = fs::symlink_metadata(target).is_ok();
        let empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        if exists && !empty && !target.join(self.marker).is_file() {
            return Err(EmitError::Foreign { path: target.to_owned() });
        }
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        fs::create_dir_all(&parent).map_err(fail(&parent))?;
        let staging = tempfile::Builder::new().prefix(".rowsmith-").tempdir_in(&parent).map_err(fail(&parent))?;
        let fresh = staging.path().join("new");
        for (path, bytes) in &self.files {
            let file = fresh.join(path);
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).map_err(fail(folder))?;
            }
            fs::write(&file, bytes).map_err(fail(&file))?;
        }
        let old = staging.path().join("old");
        if exists {
            fs::rename(target, &old).map_err(fail(target))?;
        }
        if let Err(cause) = fs::rename(&fresh, target) {
            if exists {
                // Best effort to put the old folder back; the first error is the one to report.
                let _ = fs::rename(&old, target);
            }
            return Err(fail(target)(cause));
        }
        Ok(())
    }
}
