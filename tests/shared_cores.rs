//! `rowsmith core` and `rowsmith program`: one core for several networks.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

fn rowsmith(arguments: &[&str]) -> (i32, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::cargo_bin("rowsmith").expect("built");
    let output = command.current_dir(root).args(arguments).output().expect("started");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("exit code"), String::from_utf8(text).expect("UTF-8"))
}

const NETWORKS: [&str; 2] = ["examples/digits/msq.toml", "examples/digits/fixed4.toml"];

/// The core has no network's numbers; a program has all of them, its weights for DRAM apart.
#[test]
fn a_core_with_weights_from_dram() {
    let folder = TempDir::new().expect("folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (core, program, again) = (path("core"), path("program"), path("again"));
    let core_of = |target: &str| {
        let shape = ["--shape", "4x2x8", "--rows", "dsp(4)=4,sp2(4)=4"];
        rowsmith(&[&["core"], &NETWORKS[..], &["-t", target, "--weights", "dram"], &shape, &["-o", &core]].concat())
    };
    let (code, text) = core_of("ice40up5k");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("no [dram] section"), "{text}");
    let (code, text) = core_of("xc7z020");
    assert_eq!(code, 0, "{text}");
    let file = fs::read_to_string(folder.path().join("core/core.toml")).expect("core.toml");
    assert!(file.contains("source = \"loader\"\nweights = \"dram\""), "{file}");
    assert!(!folder.path().join("core/mem").exists());

    let (code, text) = rowsmith(&["program", NETWORKS[1], "--core", &core, "-o", &program]);
    assert_eq!(code, 0, "{text}");
    let entries = fs::read_dir(folder.path().join("program/mem")).expect("mem");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("entry").file_name()).collect();
    names.sort();
    assert_eq!(names, ["load.bin", "weights.bin"]);

    let capacities = path("core/core.toml");
    let (code, text) = rowsmith(&["core", "--capacities", &capacities, "-o", &again]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("again/core.toml")).expect("core.toml"), file);
}

/// Weights come from DRAM through ports that a host sets up: not with the bitstream alone.
#[test]
fn a_stream_without_a_loader_is_refused() {
    let folder = TempDir::new().expect("folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (core, file) = (path("core"), path("edited.toml"));
    let shape = ["--shape", "4x2x8", "--rows", "dsp(4)=4,sp2(4)=4"];
    let (code, text) =
        rowsmith(&[&["core", NETWORKS[0], "-t", "xc7z020", "--weights", "dram"], &shape[..], &["-o", &core]].concat());
    assert_eq!(code, 0, "{text}");
    let edited = fs::read_to_string(folder.path().join("core/core.toml")).expect("core.toml");
    fs::write(&file, edited.replace("source = \"loader\"", "source = \"bitstream\"")).expect("written");
    let (code, text) = rowsmith(&["core", "--capacities", &file, "-o", &path("out")]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("need a loader"), "{text}");
}
