//! The single-operator tests of the onnx package, packed by `node_tests.py`.

use std::collections::BTreeMap;
use std::path::Path;

use rowsmith::onnx;

use super::common::{Array, error, load_arrays, run};

#[derive(serde::Deserialize)]
struct Exceptions {
    exception: Vec<Exception>,
}

/// Tests that have to be refused, and why.
#[derive(serde::Deserialize)]
struct Exception {
    /// Names of tests; `*` stands for any text.
    tests: Vec<String>,
    reason: String,
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name
            .strip_prefix(head)
            .is_some_and(|name| (0..=name.len()).any(|at| name.get(at..).is_some_and(|name| matches(rest, name)))),
    }
}

/// Imports and runs one test; the error if it is refused or gives another result.
fn attempt(arrays: &BTreeMap<String, Array>, name: &str) -> Result<(), String> {
    let array = |kind: &str| &arrays[&format!("{name}.{kind}")];
    let bytes: Vec<u8> = array("model").values.iter().map(|byte| *byte as u8).collect();
    let graph = onnx::read(&bytes, None, name).map_err(|error| match &error {
        onnx::OnnxError::Nodes { faults } => faults.iter().map(ToString::to_string).collect(),
        other => other.to_string(),
    })?;
    let found = run(&graph, array("input"));
    let wanted = &array("output").values;
    if found.len() != wanted.len() {
        return Err(format!("computes {} values instead of {}", found.len(), wanted.len()));
    }
    let error = error(&found, wanted);
    if error < 1e-5 { Ok(()) } else { Err(format!("computes other values: {error}")) }
}

#[test]
fn single_operators() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx");
    let arrays: BTreeMap<String, Array> =
        load_arrays(&folder.join("node_tests.npz")).expect("packed tests").into_iter().collect();
    let text = std::fs::read_to_string(folder.join("exceptions.toml")).expect("exceptions");
    let exceptions: Exceptions = toml::from_str(&text).expect("valid TOML");
    let mut wrong = Vec::new();
    let mut excused = 0;
    let mut unused: Vec<&str> = exceptions.exception.iter().flat_map(|e| &e.tests).map(String::as_str).collect();
    for name in arrays.keys().filter_map(|key| key.strip_suffix(".model")) {
        let exception = exceptions.exception.iter().find(|e| e.tests.iter().any(|pattern| matches(pattern, name)));
        unused.retain(|pattern| !matches(pattern, name));
        match (attempt(&arrays, name), exception) {
            (Ok(()), None) => {}
            (Err(_), Some(_)) => excused += 1,
            (Ok(()), Some(exception)) => wrong.push(format!("{name} passes, but is excused: {}", exception.reason)),
            (Err(cause), None) => wrong.push(format!("{name}: {cause}")),
        }
    }
    println!("{} tests, {excused} of them excused", arrays.len() / 3);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "exceptions without tests: {unused:?}");
}
