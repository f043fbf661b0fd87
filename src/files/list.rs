//! The list of the files that rowsmith wrote into a folder: what makes the folder ours.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::{FileError, Result};
use super::read::{ReadError, read};
use super::set::FileSet;

/// Name of the list in every output folder.
pub const LIST_FILE: &str = "rowsmith.files.json";

const FORMAT: u32 = 1;
const LIMIT: u64 = 64 << 20;
const ABOUT: &str = "The files that rowsmith wrote into this folder, with their BLAKE3 digests. It replaces only these, and only unchanged.";

/// Files by relative path, with the digest of their contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    format: u32,
    #[serde(default)]
    about: String,
    /// What is there.
    pub files: BTreeMap<String, String>,
    /// What is about to be there: written before the file itself is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pending: BTreeMap<String, String>,
}

impl Default for List {
    fn default() -> Self {
        Self { format: FORMAT, about: ABOUT.to_owned(), files: BTreeMap::new(), pending: BTreeMap::new() }
    }
}

impl List {
    pub fn of(set: &FileSet) -> Self {
        let files = set.iter().map(|(path, bytes)| (path.to_owned(), digest(bytes))).collect();
        Self { files, ..Self::default() }
    }

    /// The list in a file; none if there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>> {
        let bytes = match read(path, LIMIT) {
            Ok(bytes) => bytes,
            Err(ReadError::Io(cause)) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(ReadError::Io(cause)) => return Err(FileError::at(path)(cause)),
            Err(_) => return Err(FileError::foreign(path, "is not a list that rowsmith wrote")),
        };
        let list = serde_json::from_slice(&bytes).ok().filter(|list: &Self| list.format == FORMAT);
        list.map(Some).ok_or_else(|| FileError::foreign(path, "is not a list that rowsmith wrote"))
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("strings are JSON");
        bytes.push(b'\n');
        bytes
    }

    pub fn names(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.pending.contains_key(path)
    }

    /// Whether a file of this digest is ours.
    pub fn accepts(&self, path: &str, digest: &str) -> bool {
        [&self.files, &self.pending].into_iter().any(|files| files.get(path).is_some_and(|known| known == digest))
    }
}

pub(super) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
