//! From a path or bytes to a float graph.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use prost::Message;

use super::proto::Model;
use super::{OnnxError, import};
use crate::float::Graph;

/// Largest file in bytes: that of a protobuf message.
const FILE_LIMIT: u64 = 2 << 30;

/// Reads an ONNX file; data outside of it may only lie in its folder. Of several outputs the one of real numbers is the network's.
pub fn load(path: &Path) -> Result<Graph, OnnxError> {
    load_output(path, None)
}

/// As [`load`], for the output with this name.
pub fn load_output(path: &Path, output: Option<&str>) -> Result<Graph, OnnxError> {
    let unreadable = |source| OnnxError::Unreadable { path: path.to_owned(), source };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > FILE_LIMIT {
        return Err(OnnxError::NotAFile { path: path.to_owned(), limit: FILE_LIMIT });
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    File::open(path).map_err(unreadable)?.take(FILE_LIMIT).read_to_end(&mut bytes).map_err(unreadable)?;
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
