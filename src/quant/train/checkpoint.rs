//! The file of a training that can be gone on with.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::epoch::EpochResult;
use crate::files::{FileError, OutputFile, ReadError, read};
use crate::quant::{QuantError, Result};

/// Largest file in bytes.
const LIMIT: u64 = 4 << 30;
/// Names of what the file says beside its tensors.
const STATE: &str = "state";
const DIGEST: &str = "digest";

/// A file for the state of a training: it does not exist, or holds an earlier state.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    file: OutputFile,
}

/// The part of the state that is not tensors.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub key: String,
    pub steps: usize,
    pub assignment: Vec<Vec<String>>,
    pub ratios: Vec<Vec<f64>>,
    pub history: Vec<EpochResult>,
}

impl Checkpoint {
    /// Checks before any work that the file can be written, and that nothing else would be lost by it.
    pub fn prepare(path: &Path) -> Result<Self> {
        let refuse = |error: FileError| match error {
            FileError::Write { cause, .. } => {
                QuantError::Checkpoint { path: path.to_owned(), cause: cause.to_string() }
            }
            error => QuantError::File(error),
        };
        let checkpoint = Self { path: path.to_owned(), file: OutputFile::prepare(path).map_err(refuse)? };
        checkpoint.read()?;
        Ok(checkpoint)
    }

    /// Removes the file, if there is one: the training has led to its result, or to none.
    pub fn remove(&self) -> Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.refuse(error.to_string())),
            _ => Ok(()),
        }
    }

    pub(super) fn refuse(&self, cause: String) -> QuantError {
        QuantError::Checkpoint { path: self.path.clone(), cause }
    }

    pub(super) fn write(&self, tensors: &HashMap<String, Tensor>, header: &Header) -> Result<()> {
        let text = serde_json::to_string(header).map_err(|error| self.refuse(error.to_string()))?;
        let data = |digest: String| {
            let metadata = HashMap::from([(STATE.to_owned(), text.clone()), (DIGEST.to_owned(), digest)]);
            safetensors::serialize(tensors, Some(metadata)).map_err(|error| self.refuse(error.to_string()))
        };
        // The digest stands in the file that it is taken of: there it counts as empty.
        let digest = digest(&text, &tensor_bytes(&data(String::new())?).map_err(|cause| self.refuse(cause))?);
        self.file.write(&data(digest)?).map_err(QuantError::File)
    }

    pub(super) fn read(&self) -> Result<Option<(Header, HashMap<String, Tensor>)>> {
        let bytes = match read(&self.path, LIMIT) {
            Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(|error| self.refuse(error.to_string()))?,
        };
        let header = verified(&bytes).map_err(|cause| self.refuse(cause))?;
        Ok(Some((header, candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?)))
    }
}

/// The header of a state whose digest is right.
fn verified(bytes: &[u8]) -> std::result::Result<Header, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let entry = |name: &str| metadata.metadata().as_ref().and_then(|entries| entries.get(name));
    let (Some(text), Some(expected)) = (entry(STATE), entry(DIGEST)) else {
        return Err("it holds no training state".to_owned());
    };
    if digest(text, &tensor_bytes(bytes)?) != *expected {
        return Err("it is damaged".to_owned());
    }
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Names, shapes and contents of all tensors, in the order of their names.
fn tensor_bytes(file: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let tensors = SafeTensors::deserialize(file).map_err(|error| error.to_string())?;
    let mut views = tensors.tensors();
    views.sort_by(|one, other| one.0.cmp(&other.0));
    let mut bytes = Vec::new();
    for (name, view) in views {
        bytes.extend(format!("{name} {:?} {:?}\n", view.dtype(), view.shape()).bytes());
        bytes.extend(view.data());
    }
    Ok(bytes)
}

fn digest(text: &str, tensors: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
    hasher.update(tensors);
    hasher.finalize().to_hex().to_string()
}
