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
    assert_eq!(value["host"]["input_mul"], 1.0);
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

/// An example of the repository.
fn example(path: &str) -> String {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path).to_str().expect("UTF-8").to_owned()
}

/// Exit code and standard error of a failing command.
fn refusal(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = rowsmith(arguments);
    assert_eq!(stdout, "", "a failing command prints no result");
    format!("exit {code}\n{stderr}")
}

#[test]
fn a_network_that_does_not_fit_names_the_resource() {
    let model = example("digits/msq.toml");
    let text = refusal(&["plan", &model, "-t", "ice40up5k", "--shape", "16x4x16", "--rows", "dsp(4)=4,sp2(4)=12"]);
    assert!(text.contains("RWS-P001") && text.contains("does not fit ice40up5k"), "{text}");
    assert!(text.starts_with("exit 1"), "over budget is 1: {text}");
}

#[test]
fn planning_refusals() {
    let model = example("digits/rmsmp.toml");
    let plan = |extra: &[&str]| {
        let mut arguments = vec!["plan", &model, "-t"];
        arguments.extend(extra);
        refusal(&arguments)
    };
    insta::assert_snapshot!("unknown_target", plan(&["xc9000"]));
    insta::assert_snapshot!("no_lane", plan(&["xc7z020", "--shape", "4x1x4", "--rows", "sp2(4)=4"]));
    insta::assert_snapshot!("bad_shape", plan(&["xc7z020", "--shape", "4x1"]));
    insta::assert_snapshot!("bad_slice", plan(&["xc7z020", "--shape", "8x1x16x3"]));
    insta::assert_snapshot!("bad_lane", plan(&["xc7z020", "--rows", "dsp(40)=4"]));
    insta::assert_snapshot!("rows_and_shape", plan(&["xc7z020", "--shape", "4x1x8", "--rows", "dsp(8)=4"]));
}

#[test]
fn a_shape_may_say_how_many_elements_are_requantized() {
    let model = example("digits/msq.toml");
    let requantized = |shape: &str| {
        let (code, text, _) = rowsmith(&["plan", &model, "-t", "xc7z020", "--shape", shape, "--json"]);
        assert_eq!(code, 0);
        let plan: Value = serde_json::from_str(&text).expect("JSON");
        (plan["shape"].clone(), plan["q"].as_u64(), plan["drained"].as_u64())
    };
    assert_eq!(requantized("8x2x16x2"), ("8x2x16".into(), Some(2), Some(1)));
    assert_eq!(requantized("8x2x16x8x2"), ("8x2x16".into(), Some(8), Some(2)));
}

/// The front is drawn into the named file; a network that fits nowhere is refused as by `plan` alone, and nothing is drawn.
#[test]
fn the_front_of_plans() {
    let folder = TempDir::new().expect("folder");
    let file = folder.path().join("front.svg");
    let name = file.to_str().expect("UTF-8");
    let large = example("resnet8-shape/resnet8_shape.toml");
    let refused = refusal(&["plan", &large, "-t", "ice40up5k", "--pareto", name]);
    assert_eq!(refused, refusal(&["plan", &large, "-t", "ice40up5k"]));
    assert!(!file.exists());
    let model = example("digits/msq.toml");
    let (code, text, _) = rowsmith(&["plan", &model, "-t", "ice40up5k", "--json", "--pareto", name]);
    assert_eq!(code, 0);
    let all: Value = serde_json::from_str(&text).expect("JSON");
    let price = |plan: &Value| (plan["cycles"].as_u64(), plan["lut"].as_u64());
    let front: Vec<_> = all["front"].as_array().expect("plans").iter().map(price).collect();
    assert!(front.len() > 5 && front.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 > w[1].1), "{front:?}");
    assert!(fs::read_to_string(file).expect("a figure").contains("</svg>"));
}

/// A profile says what a device has; to place a core it must also name the chip.
#[test]
fn a_target_without_device_cannot_be_placed() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let profile = fs::read_to_string(root.join("targets/ice40up5k.toml")).expect("a profile");
    let (plain, device) = profile.split_once("\n[device]").expect("a device");
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("board.toml");
    let with = |text: &str| {
        fs::write(&path, text).expect("written");
        refusal(&["pnr", &example("digits/msq.toml"), "-t", path.to_str().expect("UTF-8")])
    };
    insta::assert_snapshot!("target_without_device", with(plain));
    let script = device.replace("\"up5k\"", "\"up5k]; exec sh\"");
    let text = with(&format!("{plain}\n[device]{script}"));
    assert!(text.starts_with("exit 2") && text.contains("RWS-T002") && text.contains("device.part"), "{text}");
}

/// Words of a device go into command lines and constraints: nothing but names, and only where a family has use for them.
#[test]
fn a_device_is_made_of_plain_words() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("board.toml");
    let with = |target: &str, from: &str, to: &str| {
        let profile = fs::read_to_string(root.join("targets").join(target)).expect("a profile");
        assert!(profile.contains(from), "{target} holds no `{from}`");
        fs::write(&path, profile.replace(from, to)).expect("written");
        let text = refusal(&["pnr", &example("digits/msq.toml"), "-t", path.to_str().expect("UTF-8")]);
        assert!(text.starts_with("exit 2") && text.contains("RWS-T002"), "{text}");
        text
    };
    let (gowin, nexus) = ("gw2a-18.toml", "lifcl-40.toml");
    for (target, from, to) in [
        (gowin, "C8/I7\"", "C8/I7/../x\""),
        (gowin, "C8/I7\"", "C8/\""),
        (gowin, "C8/I7\"", "C8/-I7\""),
        (gowin, "C8/I7\"", "C8/I7;sh\""),
        (gowin, "GW2A-18C", "GW2A 18C"),
        (gowin, "GW2A-18C", "GW2A-18C,cst=x"),
        (gowin, "\"88\"", "\"88;\\nIO_LOC\""),
        (nexus, "\"E17\"", "\"E17} [get_ports clk]\""),
        (nexus, "LIFCL-40-9BG400C\"\n", "LIFCL-40/9BG400C\"\n"),
        ("ecp5-25f.toml", "\"25k\"", "\"25k/x\""),
        ("ecp5-25f.toml", "\"CABGA381\"", "\"CABGA381 --x\""),
    ] {
        let text = with(target, from, to);
        assert!(text.contains("must be letters"), "{target} {to}: {text}");
    }
    assert!(with(gowin, "die = \"GW2A-18C\"", "").contains("device.die"), "gowin needs a die");
    assert!(with(nexus, "\n[device.pins]", "die = \"x\"\n[device.pins]").contains("device.die"), "nexus has none");
    assert!(with("ecp5-25f.toml", "speed = 6", "die = \"x\"").contains("device.die"), "ecp5 has none");
    assert!(with(nexus, "\n[device.pins]", "speed = 9\n[device.pins]").contains("package and speed"), "in the part");
    let pins = "\n[device.pins]\nclock = \"1\"\ninput = \"2\"\noutput = \"3\"\n";
    assert!(with("ice40up5k.toml", "\"sg48\"", &format!("\"sg48\"\n{pins}")).contains("device.pins"), "not chosen");
    let pins = "[device.pins]             # 12 MHz oscillator, button, LED 0\nclock = \"L13\"\ninput = \"G14\"\noutput = \"E17\"\n";
    assert!(with(nexus, pins, "").contains("device.pins"), "nexus needs pins");
}

/// What a manifest can state and no core can do yet.
#[test]
fn operators_without_hardware_are_refused() {
    let mut all = String::new();
    let requant = "requant = [{ mul = 1, add = 0, shift = 0 }, { mul = 1, add = 0, shift = 3 }]\noutput = { bits = 4 }";
    for layer in [
        format!("op = \"concat\"\ninputs = [\"image\", \"image\"]\n{requant}"),
        "op = \"upsample\"\ninput = \"image\"\nfactor = [2, 2]".to_owned(),
    ] {
        let text = MODEL.replace("op = \"max_pool\"\ninput = \"image\"\nkernel = [2, 2]", &layer);
        let (_folder, path) = model(&text);
        all += &refusal(&["plan", &path, "-t", "xc7z020"]);
    }
    insta::assert_snapshot!("operators_without_hardware", all);
}

#[test]
fn an_unwritable_folder_is_refused_and_nothing_is_left() {
    let folder = TempDir::new().expect("folder");
    let file = folder.path().join("file");
    fs::write(&file, "kept").expect("written");
    let target = file.join("core");
    let model = example("digits/msq.toml");
    let (code, _, stderr) = rowsmith(&["generate", &model, "-t", "xc7z020", "-o", target.to_str().expect("UTF-8")]);
    assert_eq!(code, 2);
    assert!(stderr.contains("RWS-E001"), "{stderr}");
    assert_eq!(fs::read_to_string(&file).expect("still there"), "kept");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
}

#[test]
fn a_foreign_folder_is_not_replaced() {
    let folder = TempDir::new().expect("folder");
    fs::write(folder.path().join("thesis.tex"), "years").expect("written");
    let model = example("digits/msq.toml");
    let out = folder.path().to_str().expect("UTF-8");
    let (code, _, stderr) = rowsmith(&["generate", &model, "-t", "xc7z020", "-o", out]);
    assert_eq!(code, 2);
    assert!(stderr.contains("RWS-E002"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.path().join("thesis.tex")).expect("still there"), "years");
}

#[test]
fn a_missing_tool_says_how_to_get_it() {
    for (command, variable) in [("verify", "ROWSMITH_VERILATOR"), ("synth", "ROWSMITH_YOSYS")] {
        let model = example("digits/msq.toml");
        let output = Command::cargo_bin("rowsmith")
            .expect("built")
            .env(variable, "/nonexistent/tool")
            .args([command, &model, "-t", "xc7z020"])
            .output()
            .expect("started");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("RWS-X002") && stderr.contains(variable), "{stderr}");
    }
}

#[test]
fn bad_images_are_refused() {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("images.npy");
    fs::write(&path, b"not an array").expect("written");
    let model = example("digits/msq.toml");
    let (code, _, stderr) = rowsmith(&["verify", &model, "-t", "xc7z020", "--images", path.to_str().expect("UTF-8")]);
    assert_eq!(code, 2);
    assert!(stderr.contains("RWS-A002"), "{stderr}");
}

/// The core's integers and the user's numbers of the same images, held out in both files: the same folder.
#[test]
fn generate_takes_the_users_images_as_samples() {
    let folder = TempDir::new().expect("folder");
    let out = folder.path().join("core");
    let digest = |extra: &[&str]| {
        let model = example("digits/msq.toml");
        let mut arguments = vec!["generate", &model, "-t", "xc7z020", "--json", "-o", out.to_str().expect("UTF-8")];
        arguments.extend(extra);
        let (code, stdout, stderr) = rowsmith(&arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{extra:?}");
        serde_json::from_str::<Value>(&stdout).expect("JSON")["digest"].clone()
    };
    let (npz, npy) = (example("digits/test.npz"), example("digits/test_images.npy"));
    let user = digest(&["--images", &npz]);
    assert_eq!(user, digest(&["--images", &npy]));
    assert_eq!(user, digest(&["--images", &npy, "--units", "user", "-n", "2"]));
    assert_ne!(user, digest(&["--images", &npz, "-n", "3"]));
    assert_ne!(user, digest(&[]));
}

#[test]
fn targets_lists_all_profiles() {
    let (code, stdout, _) = rowsmith(&["targets"]);
    assert_eq!(code, 0);
    for name in ["ice40up5k", "ecp5-25f", "ecp5-85f", "gw1nr-9", "gw2a-18", "lifcl-40", "xc7a35t", "xc7z020", "xc7z045"]
    {
        assert!(stdout.contains(name), "{stdout}");
    }
}

/// A tool is in a process group of its own, which an interrupt of rowsmith does not reach by itself.
#[test]
fn an_interrupted_command_ends_its_tools() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    use std::time::Duration;
    let folder = TempDir::new().expect("folder");
    let (tool, pid) = (folder.path().join("tool"), folder.path().join("pid"));
    let script =
        "#!/bin/sh\nif [ \"$1\" = --version ]; then echo Verilator 5.048; else echo $$ > \"$PID\"; sleep 600; fi\n";
    fs::write(&tool, script).expect("written");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("permitted");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("rowsmith"));
    command.args([
        "verify",
        &example("digits/msq.toml"),
        "-t",
        "xc7z020",
        "--shape",
        "4x1x8",
        "--rows",
        "dsp(4)=4,sp2(4)=4",
    ]);
    command.env("ROWSMITH_VERILATOR", &tool).env("ROWSMITH_CACHE", folder.path().join("cache")).env("PID", &pid);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let started = || fs::read_to_string(&pid).ok().filter(|text| text.ends_with('\n'));
    let number = loop {
        if let Some(number) = started() {
            break number.trim().to_owned();
        }
        assert!(child.try_wait().expect("status").is_none(), "the command ended before its tool began");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(Command::new("kill").arg(child.id().to_string()).status().expect("started").success());
    assert_eq!(child.wait().expect("ended").signal(), Some(15), "it ends as by the signal");
    let state = || fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    let is_gone = || state().is_empty() || state().contains(") Z ");
    assert!((0..200).any(|_| is_gone() || {
        std::thread::sleep(Duration::from_millis(10));
        false
    }));
}
