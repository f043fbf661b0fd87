//! Files that cannot be imported, and the message each gets: those of `make_refused.py` and some that are no models.

use std::fs;
use std::path::Path;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use rowsmith::onnx;
use tempfile::TempDir;

fn rendered(path: &Path, folder: &Path) -> String {
    let error = onnx::load(path).expect_err("the file must be refused");
    assert!(error.code().is_some_and(|code| code.to_string().starts_with("RWS-O")), "{error:?}");
    assert!(error.help().is_some(), "{error:?}");
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(10_000);
    handler.with_links(false).render_report(&mut text, &error).expect("rendering works");
    text.replace(&folder.display().to_string(), "[DIR]")
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "refused" }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/refused");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|extension| extension == "onnx") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
            snapshot(name, &rendered(&path, &folder));
            count += 1;
        }
    }
    assert_eq!(count, 26);
}

#[test]
fn no_model() {
    let folder = TempDir::new().expect("temporary folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("text.onnx"), "not protobuf").expect("written");
    fs::write(path("empty.onnx"), "").expect("written");
    let names = ["absent.onnx", "", "text.onnx", "empty.onnx"];
    let text: String = names.iter().map(|name| rendered(&path(name), folder.path())).collect();
    snapshot("no_model", &text);
}

/// External data that a link takes out of the folder.
#[test]
#[cfg(unix)]
fn link_outside() {
    let (folder, elsewhere) = (TempDir::new().expect("folder"), TempDir::new().expect("folder"));
    fs::write(elsewhere.path().join("weights.bin"), [0; 32]).expect("written");
    std::os::unix::fs::symlink(elsewhere.path().join("weights.bin"), folder.path().join("weights.bin")).expect("link");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/refused/outside.onnx");
    let mut bytes = fs::read(source).expect("case");
    let at = bytes.windows(3).position(|three| three == b"../").expect("a path");
    bytes[at..at + 3].copy_from_slice(b".//");
    fs::write(folder.path().join("model.onnx"), bytes).expect("written");
    snapshot("link_outside", &rendered(&folder.path().join("model.onnx"), folder.path()));
    // A pipe within the folder would wait for a writer.
    let data = folder.path().join("weights.bin");
    fs::remove_file(&data).expect("the link");
    assert!(std::process::Command::new("mkfifo").arg(&data).status().expect("started").success());
    snapshot("pipe_as_data", &rendered(&folder.path().join("model.onnx"), folder.path()));
}

/// A network, and nodes, with the names of cells and modules get others, which a manifest accepts.
#[test]
fn reserved_names_are_changed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/models");
    let mut paths = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path());
    let path = paths.find(|path| path.extension().is_some_and(|extension| extension == "onnx")).expect("a model");
    let bytes = fs::read(path).expect("readable");
    for (name, changed) in [("LUT4", "network_LUT4"), ("rws_seq", "network_rws_seq"), ("module", "network_module")] {
        assert_eq!(onnx::read(&bytes, None, name).expect("imported").name, changed);
    }
}

/// Of several outputs of real numbers one has to be named.
#[test]
fn a_named_output() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/refused/two_outputs.onnx");
    let graph = onnx::load_output(&path, Some("z")).expect("the output is there");
    assert_eq!(graph.output_name, "z");
    let error = onnx::load_output(&path, Some("x")).expect_err("an input is no output");
    assert_eq!(error.to_string(), "there is no output `x`; there are: y, z");
}

/// Damaged files are refused or imported, and never a panic.
#[test]
fn damaged_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/models");
    for name in ["branches", "keras_nhwc", "qonnx", "qdq", "unflatten", "exporter_shapes"] {
        let good = fs::read(folder.join(format!("{name}.onnx"))).expect("model");
        for at in 0..good.len() {
            for change in [0x01, 0x10, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[at] ^= change;
                drop(onnx::read(&bytes, None, name));
            }
            drop(onnx::read(&good[..at], None, name));
        }
    }
}
