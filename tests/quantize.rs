//! `rowsmith quantize`: files, exit codes, refusals, interrupted training.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt;
use npyz::{NpyFile, WriteOptions, WriterBuilder};
use serde_json::Value;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const PIXELS: usize = 64;

fn digits(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits").join(file)
}

/// A folder with the digits network and a few of its samples.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("folder");
    fs::copy(digits("digits.onnx"), folder.path().join("digits.onnx")).expect("copied");
    let few = |to: &str, from: &str, count: usize| {
        let (images, labels) = (array(from, "image"), array(from, "label"));
        let labels = labels.get(..count).map(<[f32]>::to_vec);
        write_samples(&folder.path().join(to), &images[..count * PIXELS], &[count, 1, 8, 8], labels.as_deref());
    };
    few("calib.npz", "calib.npz", 24);
    few("test.npz", "test.npz", 30);
    few("train.npz", "train.npz", 128);
    folder
}

/// An array of an example's file; empty if there is none of the name.
fn array(file: &str, name: &str) -> Vec<f32> {
    let file = File::open(digits(file)).expect("there");
    let mut archive = ZipArchive::new(BufReader::new(file)).expect("npz");
    let Ok(entry) = archive.by_name(&format!("{name}.npy")) else { return Vec::new() };
    NpyFile::new(entry).expect("an array").into_vec::<u8>().expect("bytes").into_iter().map(f32::from).collect()
}

fn write_samples(path: &Path, images: &[f32], shape: &[usize], labels: Option<&[f32]>) {
    let mut npz = ZipWriter::new(BufWriter::new(File::create(path).expect("file")));
    let mut add = |name: &str, values: &[f32], shape: &[usize]| {
        let shape: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
        npz.start_file(format!("{name}.npy"), SimpleFileOptions::default()).expect("entry");
        let array = WriteOptions::<f32>::new().default_dtype().shape(&shape).writer(&mut npz);
        let mut writer = array.begin_nd().expect("header");
        writer.extend(values.iter().copied()).expect("values");
        writer.finish().expect("finished");
    };
    add("image", images, shape);
    if let Some(labels) = labels {
        add("label", labels, &[labels.len()]);
    }
}

/// `rowsmith quantize digits.onnx ...` inside a folder.
fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::cargo_bin("rowsmith").expect("built");
    command.current_dir(folder).args(["quantize", "digits.onnx"]).args(arguments.split_whitespace());
    command
}

fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    ended(&mut command(folder, arguments))
}

fn ended(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("started");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("exit code"), text(output.stdout), text(output.stderr))
}

const USUAL: &str = "--calib calib.npz -t xc7z020 -o out --images 4";

fn good(folder: &Path, arguments: &str) -> String {
    let (code, stdout, stderr) = run(folder, &format!("{USUAL} {arguments}"));
    assert_eq!((code, stderr.as_str()), (0, ""), "{arguments}");
    stdout
}

fn refusal(folder: &Path, arguments: &str) -> String {
    refused(&mut command(folder, arguments))
}

fn refused(command: &mut Command) -> String {
    let (code, stdout, mut stderr) = ended(command);
    assert_eq!(stdout, "", "a refusal prints no result");
    // Names of temporary files differ from run to run.
    if let (Some(start), Some(end)) = (stderr.find(" at path"), stderr.find("\n  help")) {
        stderr.replace_range(start..end, "");
    }
    format!("exit {code}\n{stderr}\n")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry"));
    let file = |entry: fs::DirEntry| {
        (entry.file_name().into_string().expect("UTF-8"), fs::read(entry.path()).expect("readable"))
    };
    entries.filter(|entry| entry.path().is_file()).map(file).collect()
}

#[test]
fn every_method_writes_a_network_that_check_accepts() {
    let folder = folder();
    let methods = [
        ("msq", "sp2(4;2,1)"),
        ("rmsmp --lut-share 0.6", "pot(4)"),
        ("ausn --lut-share 0.6", "ausn(4;"),
        ("auto --lut-share 0.6", "(4"),
        ("fixed(4) --lut-share 0", "fixed(4)"),
        ("pot(4) --lut-share 1", "pot(4)"),
    ];
    for (method, scheme) in methods {
        let text = good(folder.path(), &format!("--test test.npz -m {method}"));
        let name = method.split(' ').next().expect("a name");
        assert!(text.contains(&format!("digits by {name} for xc7z020: W4A4")), "{text}");
        assert!(text.contains(scheme) && text.contains("written: out/model.toml"), "{text}");
        let names: Vec<String> = files(&folder.path().join("out")).into_keys().collect();
        assert_eq!(
            names,
            ["digits.safetensors", "model.toml", "quantization.json", "report.html", "rowsmith.files.json"]
        );
        let mut check = Command::cargo_bin("rowsmith").expect("built");
        let (code, stdout, stderr) = ended(check.current_dir(folder.path()).args(["check", "out/model.toml"]));
        assert_eq!((code, stderr.as_str()), (0, ""), "{method}");
        assert!(stdout.contains(scheme), "{stdout}");
    }
}

#[test]
fn json_is_the_report_that_is_written() {
    let folder = folder();
    let text = good(folder.path(), "--test test.npz -m msq --lut-share 0.5 --json");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(files(&folder.path().join("out"))["quantization.json"], text.as_bytes());
    assert_eq!((&value["model"], &value["method"]), (&Value::from("digits"), &Value::from("msq")));
    assert_eq!(value["layers"].as_array().map(Vec::len), Some(4));
    let rows = value["layers"][1]["rows"].as_array().expect("rows");
    let count = |scheme: &str| rows.iter().filter(|row| row["scheme"] == scheme).count();
    assert_eq!([count("sp2(4;2,1)"), count("fixed(4)")], [16, 16]);
    assert_eq!(value["test"]["samples"], 30);
    assert!(value["test"]["accuracy"].as_f64().expect("labels were given") > 80.0);
    assert!(value["calibration"]["accuracy"].is_null());
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_replaces_the_folder() {
    let folder = folder();
    let out = folder.path().join("out");
    let arguments = "-m auto --lut-share 0.6 --test test.npz --seed 7";
    good(folder.path(), arguments);
    let first = files(&out);
    let old = fs::metadata(&out).expect("folder").created().ok();
    good(folder.path(), arguments);
    assert_eq!(files(&out), first);
    assert!(old.is_none() || fs::metadata(&out).expect("folder").created().ok() != old, "it was replaced as a whole");
    fs::write(out.join("notes"), "of the user").expect("written");
    let text = refusal(folder.path(), &format!("{USUAL} {arguments}"));
    assert!(text.contains("exit 2") && text.contains("RWS-E002") && text.contains("notes"), "{text}");
    assert_eq!(fs::read_to_string(out.join("notes")).expect("kept"), "of the user");
}

#[test]
fn a_foreign_folder_stays() {
    let folder = folder();
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("folder");
    fs::write(out.join("thesis.tex"), "years").expect("written");
    let text = refusal(folder.path(), &format!("{USUAL} -m msq --lut-share 0.6"));
    assert!(text.contains("exit 2") && text.contains("RWS-E002"), "{text}");
    assert_eq!(files(&out), BTreeMap::from([("thesis.tex".to_owned(), b"years".to_vec())]));
}

/// What no core computes yet is said when the network is quantized, not only when a core is planned.
#[test]
fn a_network_without_a_core_is_told_at_once() {
    let folder = TempDir::new().expect("folder");
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/models");
    fs::copy(models.join("branches.onnx"), folder.path().join("branches.onnx")).expect("copied");
    let values: Vec<f32> = (0..8 * 48).map(|at| (at * 37 % 101) as f32 / 50.0 - 1.0).collect();
    write_samples(&folder.path().join("calib.npz"), &values, &[8, 3, 4, 4], None);
    let mut rowsmith = Command::cargo_bin("rowsmith").expect("built");
    rowsmith.current_dir(folder.path()).args(["quantize", "branches.onnx", "--calib", "calib.npz", "-t", "xc7z020"]);
    let (code, stdout, stderr) = ended(rowsmith.args(["-o", "out"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("no core computes this network yet: `"), "{stdout}");
    let (code, stdout, stderr) = run(self::folder().path(), &format!("{USUAL} -m msq --lut-share 0.6"));
    assert!(code == 0 && !stdout.contains("no core"), "{stdout}{stderr}");
}

#[test]
fn a_core_does_not_take_the_place_of_a_network() {
    let folder = folder();
    let out = folder.path().join("out");
    good(folder.path(), "-m msq --lut-share 0.6");
    let network = files(&out);
    for command in ["generate", "synth"] {
        let mut rowsmith = Command::cargo_bin("rowsmith").expect("built");
        let output =
            rowsmith.current_dir(folder.path()).args([command, "out/model.toml", "-t", "xc7z020", "--out", "out"]);
        let output = output.output().expect("started");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && text.contains("RWS-E002"), "{command}: {text}");
        assert_eq!(files(&out), network, "{command}");
    }
}

#[test]
fn samples_that_are_refused() {
    let folder = folder();
    let write = |name: &str, images: &[f32], shape: &[usize], labels: Option<&[f32]>| {
        write_samples(&folder.path().join(name), images, shape, labels);
    };
    let images = vec![1.0; 2 * PIXELS];
    let mut holed = images.clone();
    holed[PIXELS + 3] = f32::NAN;
    write("shape.npz", &images, &[2, 8, 1, 8, 1], None);
    write("transposed.npz", &images, &[2, 1, 4, 16], None);
    write("nan.npz", &holed, &[2, 1, 8, 8], None);
    write("none.npz", &[], &[0, 1, 8, 8], None);
    write("labels.npz", &images, &[2, 1, 8, 8], Some(&[1.0; 3]));
    write("classes.npz", &images, &[2, 1, 8, 8], Some(&[9.0, 10.0]));
    fs::write(folder.path().join("text.npz"), "not an archive").expect("written");
    let all: String = ["absent", "transposed", "nan", "none", "labels", "classes", "text"]
        .iter()
        .map(|name| refusal(folder.path(), &format!("--calib {name}.npz -t xc7z020 -o out")))
        .collect();
    insta::assert_snapshot!(all);
    let (code, ..) = run(folder.path(), "--calib shape.npz -t xc7z020 -o out -m fixed(4) --lut-share 0");
    assert_eq!(code, 0, "axes of extent 1 do not count");
}

#[test]
fn settings_that_are_refused() {
    let folder = folder();
    let all: String = [
        "-m best",
        "-m fixed(40)",
        "--lut-share 1.5",
        "--lut-share 0.7 --wide-share 0.4",
        "--wide-share NaN",
        "--train train.npz --rate 0",
        "--train train.npz --epochs 0",
        "--weight-bits 9",
        "--mantissa-bits 12",
        "--act-clip 20",
        "-t xc9000",
    ]
    .iter()
    .map(|arguments| {
        let target = if arguments.starts_with("-t") { "" } else { "-t xc7z020" };
        refusal(folder.path(), &format!("--calib calib.npz -o out {target} {arguments}"))
    })
    .collect();
    insta::assert_snapshot!(all);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn files_that_are_refused() {
    let folder = folder();
    let usual = format!("{USUAL} -m fixed(4) --lut-share 0");
    fs::write(folder.path().join("state"), "not a state").expect("written");
    let mut all = refusal(folder.path(), &format!("{usual} --train train.npz --epochs 1 --checkpoint state"));
    all += &refusal(folder.path(), &format!("{usual} --train train.npz --epochs 1 --checkpoint absent/state"));
    fs::remove_file(folder.path().join("digits.onnx")).expect("removed");
    all += &refusal(folder.path(), &usual);
    insta::assert_snapshot!(all);
}

/// A state saved between two epochs of a run leads to the same files as the run itself, and is of no use to another run.
#[test]
fn an_interrupted_training_goes_on() {
    let folder = folder();
    let (state, kept) = (folder.path().join("out.train"), folder.path().join("kept"));
    let training = "-m msq --lut-share 0.6 --test test.npz --train train.npz --refresh 2 --epochs";
    let mut whole = command(folder.path(), &format!("{USUAL} {training} 4"));
    let mut whole = whole.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    // The state is replaced as a whole, so a copy at any moment is one that an interrupt could have left.
    while fs::copy(&state, &kept).is_err() {
        assert!(whole.try_wait().expect("status").is_none(), "the run ended before a state was seen");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(whole.wait().expect("ended").success());
    let expected = files(&folder.path().join("out"));
    let report: Value = serde_json::from_slice(&expected["quantization.json"]).expect("JSON");
    assert_eq!(report["training"].as_array().map(Vec::len), Some(4));
    assert!(!state.exists(), "a finished run leaves no state");

    fs::copy(&kept, &state).expect("copied");
    let other = refusal(folder.path(), &format!("{USUAL} {training} 5"));
    insta::assert_snapshot!("checkpoint_of_another_run", other);
    good(folder.path(), &format!("{training} 4"));
    assert_eq!(files(&folder.path().join("out")), expected);
    assert!(!state.exists());
}

/// A training that runs away says so and leaves nothing: neither a network of its weights nor a state to go on from.
#[test]
fn a_diverged_training_is_told() {
    let folder = folder();
    let training = "-m fixed(4) --lut-share 0 --train train.npz --epochs 3 --rate 1e30";
    let text = refusal(folder.path(), &format!("{USUAL} {training}"));
    assert!(text.contains("RWS-Q005") && text.contains("diverged in epoch") && text.contains("--rate"), "{text}");
    assert!(!folder.path().join("out").exists() && !folder.path().join("out.train").exists());
}

/// A state that was damaged, and files that hold something else, are refused before any work, and stay.
#[test]
fn a_checkpoint_is_ours_and_whole() {
    let folder = folder();
    let state = folder.path().join("state");
    let training = format!("{USUAL} -m fixed(4) --lut-share 0 --train train.npz --checkpoint state --epochs");
    let mut first = command(folder.path(), &format!("{training} 200"));
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    while !state.exists() {
        assert!(first.try_wait().expect("status").is_none(), "the run ended before a state was seen");
        std::thread::sleep(Duration::from_millis(2));
    }
    first.kill().expect("killed");
    first.wait().expect("ended");
    let mut bytes = fs::read(&state).expect("read");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    for content in [bytes, fs::read(digits("msq.safetensors")).expect("read"), b"a thesis".to_vec()] {
        fs::write(&state, &content).expect("written");
        let text = refusal(folder.path(), &format!("{training} 200"));
        assert!(text.contains("RWS-Q004"), "{text}");
        assert_eq!(fs::read(&state).expect("read"), content);
    }
}

/// Folders without a name of their own, with a space, and with files of the Makefile.
#[test]
fn every_folder_can_be_written() {
    let folder = folder();
    let model = digits("msq.toml");
    for (name, out) in [("a b", "."), ("c", "../a b"), ("d", "../d/./e")] {
        let current = folder.path().join(name);
        fs::create_dir_all(&current).expect("folder");
        for _ in 0..2 {
            let mut command = Command::cargo_bin("rowsmith").expect("built");
            command.current_dir(&current).arg("generate").arg(&model).args(["-t", "xc7z020", "-o", out]);
            let (code, _, stderr) = ended(command.args(["--shape", "4x1x8", "--rows", "dsp(4)=4,sp2(4)=4"]));
            assert_eq!((code, stderr.as_str()), (0, ""), "{out}");
            let mut check = Command::cargo_bin("rowsmith").expect("built");
            assert!(current.join(out).join("plan.json").is_file(), "{out}");
            assert_eq!(ended(check.current_dir(&current).arg("targets")).0, 0, "the current folder is still there");
        }
    }
    let training =
        "-m fixed(4) --lut-share 0 --images 4 --calib ../calib.npz -t xc7z020 --train ../calib.npz --epochs 1 -o .";
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("folder");
    let mut quantize = Command::cargo_bin("rowsmith").expect("built");
    quantize.current_dir(&inner).args(["quantize", "../digits.onnx"]).args(training.split_whitespace());
    let (code, _, stderr) = ended(&mut quantize);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(inner.join("model.toml").is_file() && !folder.path().join("inner.train").exists());
}

/// The two ways in which a user's files were lost.
#[test]
fn folders_that_only_look_like_outputs_stay() {
    let folder = folder();
    fs::write(folder.path().join("quantization.json"), "{}").expect("written");
    fs::create_dir(folder.path().join(".git")).expect("folder");
    fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main").expect("written");
    fs::copy(digits("msq.toml"), folder.path().join("msq.toml")).expect("copied");
    fs::copy(digits("msq.safetensors"), folder.path().join("msq.safetensors")).expect("copied");
    fs::write(folder.path().join("plan.json"), "{}").expect("written");
    let before = files(folder.path());
    let refused = refusal(folder.path(), "--calib calib.npz -t xc7z020 -o .");
    assert!(refused.contains("RWS-E002"), "{refused}");
    let mut generate = Command::cargo_bin("rowsmith").expect("built");
    generate.current_dir(folder.path().parent().expect("a parent")).arg("generate");
    let generate = generate.arg(folder.path().join("msq.toml")).args(["-t", "xc7a35t", "--out"]).arg(folder.path());
    let (code, _, stderr) = ended(generate);
    assert!(code == 2 && stderr.contains("RWS-E002"), "{stderr}");
    assert_eq!(files(folder.path()), before);
    assert!(folder.path().join(".git/HEAD").is_file());
}
