//! From a path or bytes to a float graph.

use std::path::Path;

use prost::Message;

use super::proto::Model;
use super::{OnnxError, import};
use crate::files::{self, ReadError};
use crate::float::Graph;

/// Largest file in bytes.
const FILE_LIMIT: u64 = 768 << 20;

/// Reads an ONNX file; data outside of it may only lie in its folder. Of several outputs the one of real numbers is the network's.
pub fn load(path: &Path) -> Result<Graph, OnnxError> {
    load_output(path, None)
}

/// As [`load`], for the output with this name.
pub fn load_output(path: &Path, output: Option<&str>) -> Result<Graph, OnnxError> {
    let bytes = files::read(path, FILE_LIMIT).map_err(|error| match error {
        ReadError::Io(source) => OnnxError::Unreadable { path: path.to_owned(), source },
        _ => OnnxError::NotAFile { path: path.to_owned(), limit: FILE_LIMIT },
    })?;
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("network");
    decoded(&bytes, Some(folder), name, output)
}

/// Reads the bytes of an ONNX file; without a folder all data has to be in them.
pub fn read(bytes: &[u8], folder: Option<&Path>, name: &str) -> Result<Graph, OnnxError> {
    decoded(bytes, folder, name, None)
}

fn decoded(bytes: &[u8], folder: Option<&Path>, name: &str, output: Option<&str>) -> Result<Graph, OnnxError> {
    let model = Model::decode(bytes).map_err(|error| OnnxError::Decode { cause: error.to_string() })?;
    import::import(&model, folder, name, output)
}
