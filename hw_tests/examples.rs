//! The examples through the emitted RTL: every held-out digit, with stalls, against the golden model.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use rayon::prelude::*;
use rowsmith::host::load_images;
use rowsmith::hw;
use rowsmith::ir::Network;
use rowsmith::manifest;
use rowsmith::plan::{Plan, Request};
use rowsmith::sim::{LintJob, SimOptions, Verifier, VerifyOptions, VerifyReport};
use rowsmith::target::Target;
use rowsmith::tool::{Cache, Tool, ToolKind};

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path)
}

fn verilator() -> Tool {
    Tool::find(ToolKind::Verilator).unwrap_or_else(|error| panic!("{error}"))
}

/// Plans, emits, lints and verifies one core; the cycle prediction must hold within 1 %.
fn check(model: &str, images: &str, target: &str, shape: &str, rows: &str, options: &VerifyOptions) -> VerifyReport {
    check_built(SimOptions::default(), [model, images, target, shape, rows], options)
}

fn check_built(built: SimOptions, subject: [&str; 5], options: &VerifyOptions) -> VerifyReport {
    let [model, images, target, shape, rows] = subject;
    let network: Network = manifest::load(&example(model)).unwrap();
    let target = Target::find(target).unwrap();
    let request = Request { oversize: true, ..Request::parse(Some(shape), Some(rows)).unwrap() };
    let plan: Plan = request.plan(&network, &target).unwrap();
    let images = load_images(&example(images), &network, None, None).unwrap().images;
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    hw::emit(&network, &plan, &images[..1]).unwrap().write(&core).unwrap();
    let verilator = verilator();
    let lint = LintJob::of_core(&core, &plan.core.name).unwrap();
    lint.run(&verilator).unwrap_or_else(|error| panic!("{model} {shape}: {error}"));
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let verifier = Verifier::build(&network, &plan, core, built, &verilator, &cache).unwrap();
    let report = verifier.run(&images, options, |_| ()).unwrap();
    assert_eq!(report.mismatches, 0, "{model} {shape} {rows}: {:?}", report.first);
    let error = (report.cycles - report.cycles_predicted as f64).abs() / report.cycles;
    assert!(
        error <= 0.01,
        "{model} {shape}: {} cycles predicted, {} simulated",
        report.cycles_predicted,
        report.cycles
    );
    report
}

fn digits(name: &str, shapes: [(&str, &str, &str); 3]) {
    for (target, shape, rows) in shapes {
        let model = format!("digits/{name}.toml");
        let report = check(&model, "digits/test_images.npy", target, shape, rows, &VerifyOptions::default());
        assert_eq!(report.images, 360);
    }
}

#[test]
fn msq_digits() {
    digits(
        "msq",
        [
            ("xc7z020", "4x4x16", "dsp(4)=4,sp2(4)=12"),
            ("ecp5-25f", "8x1x8", "fixed(4)=2,sp2(4)=6"),
            ("ice40up5k", "4x1x16", "dsp(4)=4,sp2(4)=12"),
        ],
    );
}

#[test]
fn rmsmp_digits() {
    digits(
        "rmsmp",
        [
            ("xc7z020", "8x2x16", "dsp(4)=5,dsp(8)=1,pot(4)=10"),
            ("ecp5-25f", "4x1x16", "fixed(4)=5,fixed(8)=1,pot(4)=10"),
            ("ecp5-85f", "4x3x8", "dsp(8)=3,pot(4)=5"),
        ],
    );
}

#[test]
fn ausn_digits() {
    digits(
        "ausn",
        [
            ("xc7z020", "8x4x8", "dsp(6)=2,ausn(4;1)=6"),
            ("ecp5-25f", "8x1x8", "ausn(4;1)=8"),
            ("ice40up5k", "4x1x12", "dsp(6)=4,ausn(2+1)=8"),
        ],
    );
}

#[test]
fn fixed_digits() {
    digits(
        "fixed4",
        [
            ("xc7z020", "8x2x12", "dsp(4)=8,fixed(4)=4"),
            ("ice40up5k", "4x1x8", "fixed(4)=8"),
            ("ice40up5k", "4x1x6", "dsp(4)=4,fixed(4)=2"),
        ],
    );
}

/// Carry chains and multipliers instantiated, with the models of their cells.
#[test]
fn cells_of_every_family() {
    let built = SimOptions { cells: true, ..SimOptions::default() };
    let subjects = [
        ("digits/msq.toml", "gw2a-18", "4x2x8", "dsp(4)=2,sp2(4)=5,fixed(4)=1"),
        ("digits/rmsmp.toml", "gw1nr-9", "8x1x8", "dsp(8)=1,pot(4)=5,fixed(4)=2"),
        ("digits/msq.toml", "lifcl-40", "8x1x8", "dsp(4)=2,sp2(4)=5,fixed(4)=1"),
        ("digits/msq.toml", "ecp5-25f", "4x2x6", "dsp(4)=3,sp2(4)=2,fixed(4)=1"),
        ("digits/rmsmp.toml", "ecp5-85f", "8x1x4", "dsp(8)=1,pot(4)=2,fixed(4)=1"),
        ("digits/ausn.toml", "ecp5-25f", "8x1x4", "ausn(4;1)=4"),
        ("digits/msq.toml", "ice40up5k", "4x1x6", "dsp(4)=2,sp2(4)=3,fixed(4)=1"),
        ("digits/msq.toml", "xc7z020", "8x2x4", "dsp(4)=2,sp2(4)=1,fixed(4)=1"),
    ];
    subjects.into_par_iter().for_each(|(model, target, shape, rows)| {
        let subject = [model, "digits/test_images.npy", target, shape, rows];
        assert_eq!(check_built(built, subject, &VerifyOptions::default()).images, 360);
    });
}

#[test]
fn residual_network_layer_by_layer() {
    let options = VerifyOptions { trace_layers: true, ..VerifyOptions::default() };
    for (target, shape, rows) in [
        ("xc7z020", "8x2x16", "dsp(4)=4,sp2(4)=12"),
        ("xc7z020", "4x1x8", "fixed(4)=2,sp2(4)=6"),
        ("xc7z020", "6x3x12", "dsp(4)=3,sp2(4)=9"),
        ("ecp5-85f", "8x2x16", "dsp(4)=4,sp2(4)=12"),
        ("ice40up5k", "4x1x8", "fixed(4)=2,sp2(4)=6"),
        ("lifcl-40", "6x3x12", "dsp(4)=3,sp2(4)=9"),
    ] {
        check("resnet8-shape/resnet8_shape.toml", "resnet8-shape/inputs.npy", target, shape, rows, &options);
    }
}

#[test]
fn a_planted_fault_is_named() {
    // A wrong weight in the image must be seen and traced to its layer.
    let network = manifest::load(&example("resnet8-shape/resnet8_shape.toml")).unwrap();
    let target = Target::find("xc7z020").unwrap();
    let plan = Request::parse(Some("8x2x16"), Some("dsp(4)=4,sp2(4)=12")).unwrap().plan(&network, &target).unwrap();
    let images = load_images(&example("resnet8-shape/inputs.npy"), &network, None, None).unwrap().images;
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    let files = hw::emit(&network, &plan, &images[..1]).unwrap();
    files.write(&core).unwrap();
    let module = core.join("rtl/drain/rws_scale.v");
    let text = std::fs::read_to_string(&module).unwrap();
    let broken = text.replace("kept >>> shift_d", "kept >> shift_d");
    assert!(text != broken, "rws_scale.v has another shift");
    std::fs::write(&module, broken).unwrap();
    let cache = Cache::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let verifier = Verifier::build(&network, &plan, core, SimOptions::default(), &verilator(), &cache).unwrap();
    let options = VerifyOptions { trace_layers: true, reset: false, ..VerifyOptions::default() };
    let report = verifier.run(&images, &options, |_| ()).unwrap();
    assert!(!report.passed());
    let first = report.first.expect("the fault is seen");
    assert!(network.layers.iter().any(|layer| layer.name == first.layer), "{first:?}");
}

/// The command, on arrays as the float network takes them.
#[test]
fn verify_takes_the_users_arrays() {
    let (model, images) = (example("digits/msq.toml"), example("digits/test.npz"));
    let mut command = Command::cargo_bin("rowsmith").unwrap();
    command.args(["verify", "-t", "xc7z020", "-n", "3", "--json"]).arg(model).arg("--images").arg(images);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((&report["images"], &report["mismatches"], &report["saturated"]), (&3.into(), &0.into(), &0.into()));
}

/// A design that cannot be read leaves the others their results, and a file of the user's in the folder stays.
#[test]
fn a_sweep_keeps_finished_designs() {
    let folder = tempfile::tempdir().unwrap();
    let model = example("digits/msq.toml");
    let design = |name: &str, model: &str| {
        format!(
            "[[design]]\nname = \"{name}\"\nmanifest = {model:?}\ntarget = \"xc7z020\"\nshape = \"4x1x8\"\n\
             rows = \"dsp(4)=4,sp2(4)=4\"\nsynth = false\n"
        )
    };
    let list = format!("format = 1\n{}{}", design("absent", "absent.toml"), design("good", model.to_str().unwrap()));
    fs::write(folder.path().join("list.toml"), list).unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/thesis"), "years").unwrap();
    let mut command = Command::cargo_bin("rowsmith").unwrap();
    command.env("ROWSMITH_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let output = command.current_dir(folder.path()).args(["sweep", "list.toml", "--out", "out"]).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stdout.contains("good") && stdout.contains("absent failed: "), "{stdout}");
    assert!(stderr.contains("absent.toml"), "{stderr}");
    let text = fs::read_to_string(folder.path().join("out/list.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(all["designs"][0]["name"], "good");
    assert_eq!(all["failed"][0]["name"], "absent");
    assert!(folder.path().join("out/good/plan.json").is_file());
    assert_eq!(fs::read_to_string(folder.path().join("out/thesis")).unwrap(), "years");
}

/// The command, on a layer in the middle of a network.
#[test]
fn verify_takes_one_layer() {
    let mut command = Command::cargo_bin("rowsmith").unwrap();
    command.args(["verify", "-t", "xc7z020", "-n", "2", "--shape", "4x2x8", "--rows", "dsp(4)=4,sp2(4)=4"]);
    command.args(["--layer", "conv2", "--trace-layers"]).arg(example("digits/msq.toml"));
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("2 images: bit-exact"), "{text}");
}
