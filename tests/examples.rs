//! The golden model against logits computed by the examples' own numpy model, which shares no code with it.

use std::path::{Path, PathBuf};

use rowsmith::host::{Classes, load_images, load_labels};
use rowsmith::ir::Network;
use rowsmith::report::accuracy;
use rowsmith::{golden, manifest};

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path)
}

fn read_images(path: &Path, network: &Network) -> Vec<Vec<i32>> {
    load_images(path, network, None, None).unwrap().images
}

/// Rows of an int8 array file of shape [images, values].
fn expected(path: &str) -> Vec<Vec<i32>> {
    array(&example(path))
}

fn array(path: &Path) -> Vec<Vec<i32>> {
    rows::<i8>(path)
}

fn rows<T: npyz::Deserialize + Copy + Into<i32>>(path: &Path) -> Vec<Vec<i32>> {
    let npy = npyz::NpyFile::new(std::fs::File::open(path).unwrap()).unwrap();
    let width = npy.shape()[1] as usize;
    let values: Vec<T> = npy.into_vec().unwrap();
    values.chunks(width).map(|row| row.iter().map(|v| (*v).into()).collect()).collect()
}

#[test]
fn digits_equal_the_numpy_model() {
    for name in ["msq", "rmsmp", "ausn", "fixed4"] {
        let network = manifest::load(&example(&format!("digits/{name}.toml"))).unwrap();
        let images = read_images(&example("digits/test_images.npy"), &network);
        let outputs = golden::run_batch(&network, &images).unwrap();
        assert_eq!(outputs, expected(&format!("digits/expected/{name}.npy")), "{name}");
    }
}

#[test]
fn mixed_manifests_stay_within_a_point_and_a_half_of_float() {
    // Held-out accuracy of the float network, from examples/digits/README.md.
    let float = 99.44;
    for name in ["msq", "rmsmp", "ausn", "fixed4"] {
        let network = manifest::load(&example(&format!("digits/{name}.toml"))).unwrap();
        let images = read_images(&example("digits/test_images.npy"), &network);
        let labels = load_labels(&example("digits/test_labels.npy"), images.len(), Classes::of(&network)).unwrap();
        let found = accuracy(&network, &images, &labels).unwrap();
        assert_eq!(found.images, 360);
        assert!(found.percent() > float - 1.5, "{name}: {}", found.percent());
    }
}

#[test]
fn residual_network_equals_the_numpy_model() {
    let network = manifest::load(&example("resnet8-shape/resnet8_shape.toml")).unwrap();
    let images = read_images(&example("resnet8-shape/inputs.npy"), &network);
    assert_eq!(golden::run_batch(&network, &images).unwrap(), expected("resnet8-shape/expected.npy"));
}

/// Operators that no example has: groups, concat, leaky rectifiers, upsampling.
#[test]
fn operators_equal_the_numpy_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/operators");
    let network = manifest::load(&folder.join("operators.toml")).unwrap();
    let images = read_images(&folder.join("inputs.npy"), &network);
    assert_eq!(golden::run_batch(&network, &images).unwrap(), array(&folder.join("expected.npy")));
}

/// Mantissas of 63 bits and products of up to 112, which Python's integers take as they are.
#[test]
fn long_constants_equal_the_numpy_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/long");
    let network = manifest::load(&folder.join("long.toml")).unwrap();
    let images = read_images(&folder.join("inputs.npy"), &network);
    let expected = rows::<i32>(&folder.join("expected.npy"));
    assert!(expected.iter().flatten().any(|v| v.unsigned_abs() > 1 << 16));
    assert_eq!(golden::run_batch(&network, &images).unwrap(), expected);
}

/// Numbers that no example has: half to even, zero points, leaky rows, common shifts, averages without padding, 24 bits.
#[test]
fn numbers_equal_the_numpy_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/numbers");
    let network = manifest::load(&folder.join("numbers.toml")).unwrap();
    let images = read_images(&folder.join("inputs.npy"), &network);
    let expected = rows::<i32>(&folder.join("expected.npy"));
    assert!(expected.iter().flatten().any(|v| i16::try_from(*v).is_ok() && i8::try_from(*v).is_err()));
    assert_eq!(golden::run_batch(&network, &images).unwrap(), expected);
}

/// A layer alone gives what it gives within its network; one that adds two tensors is not taken alone.
#[test]
fn layers_alone() {
    let network = manifest::load(&example("resnet8-shape/resnet8_shape.toml")).unwrap();
    let whole = golden::run(&network, &read_images(&example("resnet8-shape/inputs.npy"), &network)[0]).unwrap();
    let mut refused = 0;
    for layer in &network.layers {
        match network.of_layer(&layer.name) {
            Ok((alone, operand)) => {
                assert_eq!(layer.inputs, [operand]);
                let result = golden::run(&alone, whole.tensor(operand)).unwrap();
                assert_eq!(result.tensor(alone.output), whole.tensor(layer.output), "{}", layer.name);
            }
            Err(cause) => {
                assert!(layer.inputs.len() > 1 && cause.contains("2 operands"), "{}: {cause}", layer.name);
                refused += 1;
            }
        }
    }
    assert!(refused > 0 && refused < network.layers.len());
    assert!(network.of_layer("none").unwrap_err().contains("no layer"));
}
