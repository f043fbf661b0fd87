//! `rowsmith run`: the user's arrays in, the user's numbers out; labels and references.

use std::fs;
use std::process::Command;

use crate::common::npy::{npy, npz};
use assert_cmd::cargo::CommandCargoExt;
use rowsmith::numpy::ArrayFile;
use serde_json::Value;
use tempfile::TempDir;

/// Images of 2 x 2 pixels with two channels, channels innermost for the user; the core takes `x * 2 - 1` in steps of 0.5 and
/// gives the largest pixel of each channel, whose real value is `0.5 * integer`.
const MODEL: &str = r#"
format = 1
name = "largest"
input = { name = "x", shape = [2, 2, 2], bits = 8, signed = true, scale = 0.5 }
output = { tensor = "pool" }
[host]
input_name = "image:0"
output_name = "scores:0"
input_mul = 2.0
input_add = -1.0
input_shape = [2, 2, 2]
input_split = [4, 2]
input_axes = [1, 0]
output_shape = [2]
[[layer]]
name = "pool"
op = "max_pool"
input = "x"
kernel = [2, 2]
"#;

/// Two images: the largest numbers are 3 and 2.25, then 1 and 4; by `2x - 1` they become 5 and 3.5, 1 and 7.
const IMAGES: [f32; 16] = [0.0, 1.0, 3.0, 0.0, 1.0, 2.25, 0.0, 0.0, 1.0, 0.0, 0.0, 4.0, 0.0, 2.0, 1.0, 1.0];
const RESULTS: [f64; 4] = [5.0, 3.5, 1.0, 7.0];

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn images() -> Vec<u8> {
    npy("<f4", false, "(2, 2, 2, 2)", &bytes(&IMAGES))
}

struct Case(TempDir);

impl Case {
    fn new(model: &str) -> Self {
        let folder = TempDir::new().expect("folder");
        fs::write(folder.path().join("model.toml"), model).expect("written");
        Self(folder)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> &Self {
        fs::write(self.0.path().join(name), bytes).expect("written");
        self
    }

    fn command(&self, arguments: &str) -> (i32, String, String) {
        let mut command = Command::cargo_bin("rowsmith").expect("built");
        let output = command.current_dir(self.0.path()).args(arguments.split_whitespace()).output().expect("started");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code().expect("exit code"), text(output.stdout), text(output.stderr))
    }

    /// Standard output of a run that succeeds.
    fn run(&self, arguments: &str) -> String {
        let (code, stdout, stderr) = self.command(&format!("run model.toml {arguments}"));
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments}");
        stdout
    }

    /// Standard error of a run that is refused.
    fn refused(&self, arguments: &str) -> String {
        let (code, stdout, stderr) = self.command(&format!("run model.toml {arguments}"));
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments}");
        // Unwrapped: the terminal's width is not the matter here.
        stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
    }

    fn result(&self, file: &str) -> (String, Vec<usize>, Vec<f64>) {
        let mut file = ArrayFile::open(&self.0.path().join(file)).expect("readable");
        let array = file.arrays()[0].clone();
        let values = file.values(&array).expect("values");
        (array.name, array.dims, values)
    }
}

#[test]
fn results_are_the_users_numbers_in_the_users_shape() {
    let case = Case::new(MODEL);
    case.put("x.npz", &npz(&[("image:0", images())]));
    let text = case.run("--inputs x.npz -o y.npz");
    assert_eq!(text, "2 images\nwritten: y.npz, array `scores:0` of shape [2, 2]\n");
    assert_eq!(case.result("y.npz"), ("scores:0".to_owned(), vec![2, 2], RESULTS.to_vec()));
    case.run("-i x.npz -o y.npy --integers -n 1");
    assert_eq!(case.result("y.npy"), ("y".to_owned(), vec![1, 2], vec![10.0, 7.0]));
    let report: Value = serde_json::from_str(&case.run("-i x.npz --json")).expect("JSON");
    assert_eq!((&report["images"], &report["numbers"], &report["saturated"]), (&2.into(), &16.into(), &0.into()));
    assert_eq!(report["output"]["shape"], serde_json::json!([2, 2]));
}

/// The same numbers in every type that holds them.
#[test]
fn every_kind_of_array() {
    let whole: Vec<f32> = IMAGES.iter().map(|v| v.floor()).collect();
    let encode = |to: fn(f32) -> Vec<u8>| whole.iter().flat_map(|v| to(*v)).collect::<Vec<u8>>();
    let kinds: [(&str, Vec<u8>); 9] = [
        ("<f4", encode(|v| v.to_le_bytes().to_vec())),
        (">f4", encode(|v| v.to_be_bytes().to_vec())),
        ("<f8", encode(|v| f64::from(v).to_le_bytes().to_vec())),
        ("<f2", encode(|v| half::f16::from_f32(v).to_le_bytes().to_vec())),
        ("|u1", encode(|v| vec![v as u8])),
        ("|i1", encode(|v| vec![v as u8])),
        ("<u2", encode(|v| (v as u16).to_le_bytes().to_vec())),
        (">i4", encode(|v| (v as i32).to_be_bytes().to_vec())),
        ("<u8", encode(|v| (v as u64).to_le_bytes().to_vec())),
    ];
    let case = Case::new(MODEL);
    for (descr, data) in kinds {
        case.put("x.npy", &npy(descr, false, "(2, 2, 2, 2)", &data)).run("-i x.npy -o y.npy");
        assert_eq!(case.result("y.npy").2, [5.0, 3.0, 1.0, 7.0], "{descr}");
    }
    let fortran: Vec<f32> = (0..16).map(|i| whole[(i & 1) << 3 | (i & 2) << 1 | (i & 4) >> 1 | (i & 8) >> 3]).collect();
    case.put("x.npy", &npy("<f4", true, "(2, 2, 2, 2)", &bytes(&fortran))).run("-i x.npy -o y.npy");
    assert_eq!(case.result("y.npy").2, [5.0, 3.0, 1.0, 7.0]);
    let truth: Vec<u8> = (0..16).map(|i| u8::from(i == 3)).collect();
    case.put("x.npy", &npy("|b1", false, "(2, 2, 2, 2)", &truth)).run("-i x.npy -o y.npy");
    assert_eq!(case.result("y.npy").2, [-1.0, 1.0, -1.0, -1.0]);
}

/// Ties go to the even integer, as in ONNX; what is beyond the type saturates, and is counted.
#[test]
fn numbers_are_rounded_and_saturated() {
    let case = Case::new(&MODEL.replace("input_mul = 2.0\ninput_add = -1.0\n", ""));
    let mut image = [-9.0_f32; 8];
    (image[0], image[1]) = (0.25, 0.75);
    case.put("x.npy", &npy("<f4", false, "(1, 2, 2, 2)", &bytes(&image))).run("-i x.npy -o y.npy --integers");
    assert_eq!(case.result("y.npy").2, [0.0, 2.0]);
    (image[2], image[3]) = (100.0, 1e30);
    case.put("x.npy", &npy("<f4", false, "(1, 2, 2, 2)", &bytes(&image)));
    let text = case.run("-i x.npy -o y.npy --integers");
    assert!(text.contains("x.npy: 2 of 8 numbers (25.00 %) lie beyond the input's type and saturate"), "{text}");
    assert_eq!(case.result("y.npy").2, [127.0, 127.0]);
    let half_up = MODEL.replace("input_mul = 2.0\ninput_add = -1.0\n", "input_rounding = \"half_up\"\n");
    case.put("model.toml", half_up.as_bytes()).run("-i x.npy -o y.npy --integers");
    image[2..4].fill(-9.0);
    case.put("x.npy", &npy("<f4", false, "(1, 2, 2, 2)", &bytes(&image))).run("-i x.npy -o y.npy --integers");
    assert_eq!(case.result("y.npy").2, [1.0, 2.0]);
}

#[test]
fn the_core_s_integers_on_request() {
    let case = Case::new(MODEL);
    let integers: Vec<u8> = (0..8).collect();
    case.put("x.npy", &npy("|u1", false, "(1, 2, 2, 2)", &integers)).run("-i x.npy --units core -o y.npy --integers");
    assert_eq!(case.result("y.npy").2, [3.0, 7.0]);
    let text = case.put("x.npy", &npy("|u1", false, "(1, 2, 2, 2)", &[200; 8])).refused("-i x.npy --units core");
    assert!(text.contains("`x`[0, 0, 0, 0] is 200, but the core takes integers from -127 to 127"), "{text}");
}

#[test]
fn arrays_that_could_be_meant_are_listed() {
    let case = Case::new(MODEL);
    let labels = npy("<i8", false, "(2,)", &[0; 16]);
    case.put("x.npz", &npz(&[("x_train", images()), ("y_train", labels.clone())]));
    let text = case.refused("-i x.npz");
    assert!(text.contains("RWS-A004") && text.contains("no array is named `image:0`"), "{text}");
    assert!(text.contains("`x_train` [2, 2, 2, 2], `y_train` [2]"), "{text}");
    case.put("x.npz", &npz(&[("label", labels.clone())]));
    assert!(case.refused("-i x.npz").contains("there is no array `image:0`; the file holds `label` [2]"));
    // The only array beside labels needs no name, and a name decides among several.
    case.put("x.npz", &npz(&[("x_train", images()), ("label", labels.clone())])).run("-i x.npz");
    case.put("x.npz", &npz(&[("a", labels), ("image:0", images())])).run("-i x.npz");
}

#[test]
fn numbers_that_do_not_fit_are_refused_with_their_place() {
    let case = Case::new(MODEL);
    let with = |index: usize, value: f32| {
        let mut values = IMAGES;
        values[index] = value;
        npy("<f4", false, "(2, 2, 2, 2)", &bytes(&values))
    };
    let text = case.put("x.npy", &with(11, f32::NAN)).refused("-i x.npy");
    assert!(text.contains("`x`[1, 0, 1, 1] is NaN, not finite"), "{text}");
    let text = case.put("x.npy", &with(0, f32::NEG_INFINITY)).refused("-i x.npy -o y.npz");
    assert!(text.contains("`x`[0, 0, 0, 0] is -inf, not finite"), "{text}");
    assert!(!case.0.path().join("y.npz").exists(), "a refused run writes nothing");
    let text = case.put("x.npy", &npy("<f4", false, "(2, 2, 2)", &[0; 32])).refused("-i x.npy");
    assert!(
        text.contains("has shape [2, 2, 2], not [samples, 2, 2, 2]; a single sample needs a leading axis"),
        "{text}"
    );
    let text = case.put("x.npy", &npy("<f4", false, "(0, 2, 2, 2)", &[])).refused("-i x.npy");
    assert!(text.contains("has no sample"), "{text}");
    assert!(case.refused("-i x.npy -o y.txt").contains("must end in .npz or .npy"));
}

#[test]
fn labels_give_accuracy_or_a_reason() {
    let case = Case::new(MODEL);
    let with = |labels: Vec<u8>| case.put("x.npz", &npz(&[("image:0", images()), ("label", labels)]));
    let whole = |values: [i64; 2]| npy("<i8", false, "(2,)", &values.map(i64::to_le_bytes).concat());
    assert!(with(whole([0, 1])).run("-i x.npz").contains("accuracy: 2 of 2 right, 100.00 %"));
    assert!(with(whole([1, 1])).run("-i x.npz").contains("accuracy: 1 of 2 right, 50.00 %"));
    assert!(with(whole([1, 0])).run("-i x.npz -n 1").contains("accuracy: 0 of 1 right"));
    assert!(with(npy("|b1", false, "(2, 1)", &[0, 1])).run("-i x.npz").contains("2 of 2 right"));
    let refused = |labels: Vec<u8>| with(labels).refused("-i x.npz");
    assert!(refused(whole([0, 2])).contains("label `label`[1] is 2, but classes are 0 to 1"));
    assert!(refused(whole([-1, 0])).contains("label `label`[0] is -1"));
    assert!(refused(npy("<f4", false, "(2,)", &bytes(&[0.5, 1.0]))).contains("label `label`[0] is 0.5"));
    assert!(refused(npy("<f4", false, "(2,)", &bytes(&[0.0, f32::NAN]))).contains("label `label`[1] is NaN"));
    let text = refused(npy("|u1", false, "(2, 2)", &[1, 0, 0, 1]));
    assert!(text.contains("RWS-A006") && text.contains("looks like one-hot") && text.contains("argmax"), "{text}");
    assert!(refused(npy("|u1", false, "(3,)", &[0; 3])).contains("have shape [3] instead of [2]"));
    // A file of their own, whose only array needs no name.
    case.put("x.npz", &npz(&[("image:0", images())]));
    case.put("labels.npz", &npz(&[("y_test", whole([0, 1]))]));
    assert!(case.run("-i x.npz --labels labels.npz").contains("2 of 2 right"));
    case.put("labels.npz", &npz(&[("y_test", whole([0, 1])), ("y_train", whole([0, 1]))]));
    assert!(case.refused("-i x.npz --labels labels.npz").contains("`y_test` [2], `y_train` [2]"));
}

/// A single result tells two classes apart, at the value 0 before a logistic function.
#[test]
fn one_result_is_two_classes() {
    let model = MODEL.replace("shape = [2, 2, 2], bits", "shape = [1, 2, 2], bits").replace("[2, 2, 2]", "[2, 2]");
    let model = model.replace("input_split = [4, 2]\ninput_axes = [1, 0]\n", "").replace("[2]\n", "[1]\n");
    let case = Case::new(&model.replace("[host]", "[host]\noutput = \"sigmoid\""));
    let images =
        npy("<f4", false, "(3, 2, 2)", &bytes(&[0.0, 0.5, 0.25, 0.0, 0.0, 0.0, 0.75, 0.0, 0.0, 0.0, 0.0, -1.0]));
    case.put("x.npz", &npz(&[("x", images), ("label", npy("|b1", false, "(3,)", &[0, 1, 0]))]));
    // Largest real values: 0, 0.5 and -1.
    let text = case.run("-i x.npz -o y.npy");
    assert!(text.contains("accuracy: 3 of 3 right"), "{text}");
    let expected = [0.0_f32, 0.5, -1.0].map(|v| f64::from(1.0 / (1.0 + (-v).exp())));
    assert_eq!(case.result("y.npy"), ("y".to_owned(), vec![3, 1], expected.to_vec()));
}

#[test]
fn references_are_compared() {
    let case = Case::new(MODEL);
    case.put("x.npy", &images()).run("-i x.npy -o y.npz");
    let text = case.run("-i x.npy --reference y.npz");
    assert!(text.contains("compared with y.npz: equal, largest difference 0, 0 of 4 values unequal"), "{text}");
    case.put("r.npy", &npy("<f4", false, "(2, 2)", &bytes(&[5.0, 3.5, 2.0, 7.0])));
    let report: Value = serde_json::from_str(&case.run("-i x.npy --reference r.npy --json")).expect("JSON");
    let found = &report["reference"];
    assert_eq!((&found["largest"], &found["unequal"], &found["values"]), (&1.0.into(), &1.into(), &4.into()));
    let ratio = 10.0 * (25.0_f64 + 12.25 + 4.0 + 49.0).log10();
    assert!((found["sqnr_db"].as_f64().expect("a number") - ratio).abs() < 1e-9);
    case.put("r.npy", &npy("<f4", false, "(1, 2)", &bytes(&[5.0, 3.5])));
    assert!(case.refused("-i x.npy --reference r.npy").contains("has 1 results for 2 samples"));
}

/// More images than are held at once, each in its place.
#[test]
fn many_images_pass_in_batches() {
    let case = Case::new(MODEL);
    let values: Vec<u8> = (0..3000_usize).flat_map(|i| [(i % 61) as u8, 0, 0, (i % 59) as u8, 0, 0, 0, 0]).collect();
    case.put("x.npy", &npy("|u1", false, "(3000, 2, 2, 2)", &values)).run("-i x.npy -o y.npz");
    let (_, dims, results) = case.result("y.npz");
    assert_eq!(dims, [3000, 2]);
    for (i, pair) in results.chunks(2).enumerate() {
        assert_eq!(pair, [2.0 * (i % 61) as f64 - 1.0, 2.0 * (i % 59) as f64 - 1.0].map(|v| v.min(63.5)), "image {i}");
    }
}

/// No absent folder is made, and no file of another kind replaced.
#[test]
fn places_that_results_cannot_be_written_to() {
    let case = Case::new(MODEL);
    let text = case.put("x.npy", &images()).refused("-i x.npy -o absent/y.npz");
    assert!(text.contains("RWS-A007") && text.contains("absent"), "{text}");
    case.put("y.npz", b"years of work");
    assert!(case.refused("-i x.npy -o y.npz").contains("RWS-E002"));
    assert_eq!(fs::read(case.0.path().join("y.npz")).expect("still there"), b"years of work");
}
