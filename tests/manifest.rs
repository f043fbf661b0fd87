//! Manifests: what is written is what is read, defaults, order, and the networks that cannot be written.

use std::fs;
use std::path::Path;

use crate::common::network;
use proptest::prelude::*;
use rowsmith::ir::{
    self, ActType, Conv, Host, HostFunction, Layout, Network, Op, Place, Requant, Rounding, RowMatrix, TensorId,
};
use rowsmith::manifest;
use tempfile::TempDir;

fn save_and_load(network: &Network, folder: &Path) -> Network {
    let path = manifest::save(network, folder).expect("saved");
    manifest::load(&path).expect("loaded")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn round_trip(seed in any::<u64>()) {
        let (network, folder) = (network(seed), TempDir::new().expect("folder"));
        let first = save_and_load(&network, folder.path());
        prop_assert_eq!(first.digest.len(), 64);
        prop_assert_eq!(&Network { digest: String::new(), ..first.clone() }, &network);
        // Same network, same bytes.
        prop_assert_eq!(save_and_load(&first, folder.path()), first);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,200}", cut in 0..900usize) {
        let folder = TempDir::new().expect("folder");
        let path = folder.path().join("model.toml");
        fs::write(&path, &text).expect("written");
        let _ = manifest::load(&path);
        let cut = &GRAPH[..cut.min(GRAPH.len())];
        fs::write(&path, format!("{cut}{text}")).expect("written");
        let _ = manifest::load(&path);
    }
}

/// Every operator without weights, out of order, with every default.
const GRAPH: &str = r#"
format = 1
name = "graph"

[input]
name = "image"
shape = [2, 6, 6]
bits = 8
signed = true
scale = 0.5

[[layer]]
name = "vector"
op = "flatten"
input = "mean"

[[layer]]
name = "sum"
op = "add"
inputs = ["positive", "image"]
output = { bits = 6, signed = true }

[[layer]]
name = "positive"
op = "relu"
input = "image"

[[layer]]
name = "pooled"
op = "max_pool"
input = "sum"
kernel = [2, 3]

[[layer]]
name = "mean"
op = "global_avg_pool"
input = "limited"
requant = { mul = 43, add = 128, shift = 8 }
output = { bits = 4, scale = 2 }

[[layer]]
name = "limited"
op = "clamp"
input = "pooled"
output = { bits = 3, clamp = [0, 6] }

[output]
tensor = "vector"
"#;

fn graph(text: &str) -> Result<Network, manifest::ManifestError> {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("model.toml");
    fs::write(&path, text).expect("written");
    manifest::load(&path)
}

#[test]
fn order_defaults_and_types() {
    let network = graph(GRAPH).expect("good");
    let names: Vec<&str> = network.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["positive", "sum", "pooled", "limited", "mean", "vector"]);
    let act = |name: &str| network.tensors.iter().find(|tensor| tensor.name == name).expect(name).act;
    assert_eq!(act("image"), ActType { bits: 8, signed: true, lo: -127, hi: 127 });
    assert_eq!(act("positive"), ActType { bits: 8, signed: true, lo: 0, hi: 127 });
    assert_eq!(act("sum"), ActType { bits: 6, signed: true, lo: -31, hi: 31 });
    assert_eq!(act("pooled"), act("sum"));
    assert_eq!(act("limited"), ActType { bits: 3, signed: false, lo: 0, hi: 6 });
    assert_eq!(act("vector"), ActType { bits: 4, signed: false, lo: 0, hi: 15 });
    assert_eq!(network.layers[1].op, Op::Add([Requant::IDENTITY; 2]));
    let Op::MaxPool(window) = &network.layers[2].op else { panic!("a pool") };
    assert_eq!((window.kernel, window.stride), ([2, 3], [2, 3]));
    let shape = network.tensor(network.layers[2].output).shape;
    assert_eq!([shape.channels, shape.height, shape.width], [2, 3, 2]);
    assert_eq!(network.tensor(network.output).scale, Some(2.0));
}

#[test]
fn the_digest_covers_the_manifest() {
    let same = graph(GRAPH).expect("good").digest;
    assert_eq!(graph(GRAPH).expect("good").digest, same);
    assert_ne!(graph(&format!("# note\n{GRAPH}")).expect("good").digest, same);
}

#[test]
fn explicit_clamp_reaches_the_most_negative_value() {
    let text = GRAPH.replace("scale = 0.5", "clamp = [-128, 127]");
    assert_eq!(graph(&text).expect("good").tensors[0].act.lo, -128);
    let text = GRAPH.replace("scale = 0.5", "clamp = [-129, 127]");
    assert_eq!(graph(&text).expect_err("too low").code(), "RWS-M020");
}

#[test]
fn errors_name_their_place() {
    let error = graph(&GRAPH.replace("shift = 8", "shift = 128")).expect_err("too large");
    assert_eq!((error.code().as_str(), error.layer(), error.row()), ("RWS-M035", Some("mean"), None));
    assert!(error.file().is_some_and(|file| file.ends_with("model.toml")));
}

#[test]
fn networks_that_would_load_as_others_are_not_written() {
    let folder = TempDir::new().expect("folder");
    let mut network = graph(GRAPH).expect("good");
    network.tensors.last_mut().expect("a tensor").scale = Some(3.0);
    let error = manifest::save(&network, folder.path()).expect_err("flatten has the scale of its input");
    assert_eq!(error.code(), "RWS-M039");
    network.name = "two words".to_owned();
    assert_eq!(manifest::save(&network, folder.path()).expect_err("no name").code(), "RWS-M007");
    assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0, "nothing is written");
}

#[test]
fn networks_with_loose_ends_are_not_written() {
    let folder = TempDir::new().expect("folder");
    let good = graph(GRAPH).expect("good");
    let refused = |change: fn(&mut Network)| {
        let mut network = good.clone();
        change(&mut network);
        manifest::save(&network, folder.path()).expect_err("loose ends").code()
    };
    assert_eq!(refused(|network| network.layers[0].inputs.clear()), "RWS-M039");
    assert_eq!(refused(|network| network.layers[0].inputs[0] = TensorId(99)), "RWS-M039");
    assert_eq!(refused(|network| network.output = TensorId(99)), "RWS-M039");
    assert_eq!(refused(|network| network.tensors.truncate(1)), "RWS-M039");
    assert_eq!(refused(|network| network.layers[1].op = Op::Concat(Vec::new())), "RWS-M041");
    assert_eq!(refused(|network| network.host.input_mul = vec![f64::NAN]), "RWS-M042");
    let matrix = RowMatrix { columns: 2, schemes: Vec::new(), levels: vec![1; 2], requant: Vec::new(), negative: None };
    for groups in [0, 1] {
        let mut network = good.clone();
        let Op::MaxPool(window) = network.layers[2].op else { panic!("a pool") };
        network.layers[2].op = Op::Conv(Conv { window, groups, matrix: matrix.clone() });
        assert_eq!(manifest::save(&network, folder.path()).expect_err("loose ends").code(), "RWS-M039");
    }
}

/// What the quantizer checks its networks for, without any file.
#[test]
fn built_networks_are_checked() {
    let refused = |network: &Network| {
        let error = ir::check(network).expect_err("a contradiction");
        let code = miette::Diagnostic::code(&error).expect("a code").to_string();
        (code, error.place)
    };
    let good = graph(GRAPH).expect("good");
    assert_eq!(ir::check(&good), Ok(()));
    let changed = |change: fn(&mut Network)| {
        let mut network = good.clone();
        change(&mut network);
        refused(&network)
    };
    let layer = |name: &str| Place::Layer(name.to_owned());
    let of = |code: &str, place: Place| (code.to_owned(), place);
    assert_eq!(changed(|network| network.layers[2].rounding = Rounding::HalfEven), of("RWS-M039", layer("pooled")));
    assert_eq!(changed(|network| network.tensors[3].shape.height = 7), of("RWS-M039", layer("pooled")));
    assert_eq!(changed(|network| network.tensors[3].act.lo = -1), of("RWS-M039", layer("pooled")));
    assert_eq!(changed(|network| network.layers[1].inputs.truncate(1)), of("RWS-M043", layer("sum")));
    assert_eq!(changed(|network| network.layers[1].shift = 128), of("RWS-M035", layer("sum")));
    assert_eq!(changed(|network| network.tensors[2].act.bits = 33), of("RWS-M019", layer("sum")));
    let input = Place::Input("image".to_owned());
    assert_eq!(changed(|network| network.tensors[0].zero_point = 200), of("RWS-M045", input));
    assert_eq!(changed(|network| network.output = TensorId(4)), of("RWS-M017", Place::Network));

    let seeded = (0..100).map(network).find(|network| matches!(network.layers[0].op, Op::Conv(_))).expect("rows");
    let name = &seeded.layers[0].name;
    let with = |change: fn(&mut RowMatrix)| {
        let mut network = seeded.clone();
        let Op::Conv(conv) = &mut network.layers[0].op else { panic!("rows") };
        change(&mut conv.matrix);
        refused(&network)
    };
    let last = |matrix: &RowMatrix| matrix.rows() - 1;
    let Op::Conv(conv) = &seeded.layers[0].op else { panic!("rows") };
    let row = Place::Row(name.clone(), last(&conv.matrix));
    assert_eq!(with(|matrix| *matrix.levels.last_mut().expect("levels") = i32::MAX), of("RWS-M034", row.clone()));
    assert_eq!(with(|matrix| matrix.requant.last_mut().expect("rows").mul = 1 << 63), of("RWS-M035", row));
    assert_eq!(with(|matrix| matrix.levels.truncate(1)), of("RWS-M039", layer(name)));
}

/// Operators, keys and the table that the planner does not know yet.
const WIDE: &str = r#"
format = 1
name = "wide"
input = { name = "image", shape = [2, 2, 3], bits = 8, signed = true, scale = 0.5, offset = -1.5 }
output = { tensor = "repeated" }
[host]
input_mul = 0.00392156862745098
output_shape = [2, 6, 6]
output_split = [6, 12]
output_axes = [1, 0]
output = "softmax"
[[layer]]
name = "leaky"
op = "leaky_relu"
input = "image"
requant = [{ mul = 1, add = 0, shift = 0 }, { mul = 13, add = 64, shift = 7 }]
output = { bits = 8, signed = true, scale = 0.5, offset = 0.25 }
[[layer]]
name = "all"
op = "concat"
inputs = ["leaky", "image", "leaky"]
output = { bits = 8, signed = true, scale = 0.5, offset = 0.125 }
[[layer]]
name = "repeated"
op = "upsample"
input = "all"
factor = [1, 2]
"#;

#[test]
fn concat_leaky_relu_upsample_and_host() {
    let network = graph(WIDE).expect("good");
    assert_eq!(network.layers[1].op, Op::Concat(vec![Requant::IDENTITY; 3]));
    let repeated = network.tensor(network.output);
    assert_eq!([repeated.shape.channels, repeated.shape.height, repeated.shape.width], [6, 2, 6]);
    assert_eq!((repeated.scale, repeated.offset), (Some(0.5), 0.125));
    assert_eq!((network.tensors[0].offset, network.tensors[1].offset), (-1.5, 0.25));
    let host = Host {
        input_mul: vec![1.0 / 255.0],
        output: Layout { shape: Some(vec![2, 6, 6]), split: vec![6, 12], axes: vec![1, 0] },
        function: Some(HostFunction::Softmax),
        ..Host::default()
    };
    assert_eq!(network.host, host);
    let folder = TempDir::new().expect("folder");
    let again = save_and_load(&network, folder.path());
    assert_eq!(Network { digest: network.digest.clone(), ..again }, network);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = TempDir::new().expect("folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let error = manifest::save(&graph(GRAPH).expect("good"), &file).expect_err("a file is in the way");
    assert_eq!(error.code(), "RWS-M040");
}

/// The example in the documentation passes every check up to the weights, which it does not come with.
#[test]
fn the_documented_example_is_accepted() {
    let page = include_str!("../docs/manifest.md");
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let error = graph(example).expect_err("no weights");
    assert_eq!(error.code(), "RWS-M001");
    assert!(error.file().is_some_and(|file| file.ends_with("tiny.safetensors")));
}
