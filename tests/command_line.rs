//! The binary: exit codes, text and JSON.

use std::fs;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const MODEL: &str = r#"
format = 1
name = "halve"
[input]
name = "image"
shape = [2, 4, 4]
bits = 4
[[layer]]
name = "pool"
op = "max_pool"
input = "image"
kernel = [2, 2]
[output]
tensor = "pool"
"#;

fn rowsmith(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("rowsmith").expect("built").args(arguments).output().expect("started");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("exit code"), text(output.stdout), text(output.stderr))
}

fn model(text: &str) -> (TempDir, String) {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("model.toml");
    fs::write(&path, text).expect("written");
    let path = path.to_str().expect("UTF-8").to_owned();
    (folder, path)
}

#[test]
fn check_prints_a_table() {
    let (_folder, path) = model(MODEL);
    let (code, stdout, stderr) = rowsmith(&["check", &path]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!(stdout);
}

#[test]
fn check_prints_json() {
    let (_folder, path) = model(MODEL);
    let (code, stdout, _) = rowsmith(&["check", "--json", &path]);
    let value: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(value["layers"][0]["shape"], serde_json::json!([2, 2, 2]));
}

#[test]
fn a_refused_manifest_ends_with_2() {
    let (_folder, path) = model(&MODEL.replace("[2, 2]", "[2, 9]"));
    let (code, stdout, stderr) = rowsmith(&["check", &path]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("RWS-M025") && stderr.contains("help"), "{stderr}");
    let (code, _, stderr) = rowsmith(&["--json", "check", &path]);
    let value: Value = serde_json::from_str(&stderr).expect("JSON");
    assert_eq!((code, &value["code"]), (2, &Value::from("RWS-M025")));
}

#[test]
fn usage_errors_end_with_2_and_help_with_0() {
    assert_eq!(rowsmith(&["check"]).0, 2);
    assert_eq!(rowsmith(&["no_such_command"]).0, 2);
    assert_eq!(rowsmith(&["--help"]).0, 0);
    let (code, script, _) = rowsmith(&["completions", "bash"]);
    assert_eq!(code, 0);
    assert!(script.contains("rowsmith"));
}
