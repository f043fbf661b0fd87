//! Networks with inputs and reference outputs: those of `make_models.py`, and what exporters wrote (`exported`).

use std::fs;
use std::path::Path;

use rowsmith::onnx;

use crate::common::{error, load_arrays, run, summary};

/// Imports and runs one network; how it came out, and the largest relative error.
fn outcome(folder: &Path, name: &str) -> (String, f32) {
    let graph = match onnx::load(&folder.join(format!("{name}.onnx"))) {
        Ok(graph) => graph,
        Err(error) => return (format!("{:?}", miette::Report::new(error)), f32::INFINITY),
    };
    let arrays = load_arrays(&folder.join(format!("{name}.npz"))).expect("samples");
    let array = |wanted: &str| &arrays.iter().find(|(name, _)| name == wanted).expect("array").1;
    (summary(&graph), error(&run(&graph, array("input")), &array("output").values))
}

fn check(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx").join(folder);
    let paths = fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path());
    let mut wrong = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "onnx")) {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
        let (text, error) = outcome(&folder, name);
        if error > 1e-5 {
            wrong.push(format!("{name}: {error}\n{text}"));
            continue;
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn made_here() {
    check("models");
}

#[test]
fn exported() {
    check("exported");
}
