//! Damaged and malicious files: a minimised corpus of the fuzz targets, and small files that claim or compute large arrays.

mod bombs;
#[path = "../common/graph.rs"]
mod graph;
#[path = "../common/network.rs"]
mod network;
mod protobuf;

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use rowsmith::numpy::{ArrayError, ArrayFile};
use rowsmith::onnx;

/// Reads every array of a file.
fn read_arrays(bytes: &[u8], name: &str) -> Result<(), ArrayError> {
    let mut file = ArrayFile::read(Cursor::new(bytes), Path::new(name))?;
    for array in file.arrays().to_vec() {
        assert_eq!(file.values(&array)?.len(), array.values(), "{name}");
    }
    Ok(())
}

/// The files of a folder.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder);
    let paths = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path());
    let files: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).expect("file"))).collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn onnx() {
    for (path, bytes) in files("onnx") {
        println!("{}", path.display());
        if let Ok(graph) = onnx::read(&bytes, None, "fuzz") {
            graph::check(&graph);
        }
    }
}

/// Outputs that have lost their batch axis, or all axes.
#[test]
fn squeezed_outputs() {
    for (input, output) in [(&[1, 10][..], &[10][..]), (&[1, 1], &[]), (&[1, 2, 1, 5], &[2, 5]), (&[1, 1, 10], &[10])] {
        let bytes = protobuf::model(input, &[], &[protobuf::node("Squeeze", "x", "y", &[])]);
        let graph = onnx::read(&bytes, None, "squeezed").expect("a graph");
        graph::check(&graph);
        assert_eq!(graph.host.output.shape.as_deref(), Some(output));
    }
}

#[test]
fn manifest() {
    for (path, bytes) in files("manifest") {
        println!("{}", path.display());
        if let Ok(network) = network::read(&bytes) {
            network::check(&network);
        }
    }
}

#[test]
fn samples() {
    for (path, bytes) in files("samples") {
        println!("{}", path.display());
        let name = if bytes.starts_with(b"PK") { "fuzz.npz" } else { "fuzz.npy" };
        drop(read_arrays(&bytes, name));
    }
}
