//! Larger models with reference outputs, from the folder that `ROWSMITH_MODELS` names.

use std::path::Path;

use rowsmith::onnx::{self, OnnxError};

use super::common::{Array, error, load_arrays, run};

/// Model and largest error relative to the largest reference output.
const MODELS: &[(&str, f32)] = &[
    ("ic_resnet8", 1e-4),
    ("ad_autoencoder", 1e-4),
    ("resnet18", 1e-4),
    ("mobilenet_v2", 1e-4),
    ("bnn_model_fc_1layer", 0.0),
    ("branched_model_ch_last", 0.0),
    ("conv2d_small_keras", 1e-4),
    ("dense_big_keras", 1e-4),
    ("three_layer_bn_keras_fixed", 1e-4),
    ("three_layer_bn_pytorch", 1e-4),
    ("three_layer_keras", 1e-4),
    ("three_layer_pytorch", 1e-4),
    ("two_layer_keras", 1e-4),
    ("two_layer_pytorch", 1e-4),
    ("qkeras_jettagging", 1e-6),
    ("TFC_2W2A", 1e-6),
];

fn only(path: &Path) -> Array {
    load_arrays(path).expect("arrays").remove(0).1
}

fn faults(folder: &Path, name: &str) -> Vec<(String, String)> {
    match onnx::load(&folder.join(format!("{name}.onnx"))) {
        Err(OnnxError::Nodes { faults }) => faults.into_iter().map(|fault| (fault.node, fault.operator)).collect(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn shared_models() {
    let Some(folder) = std::env::var_os("ROWSMITH_MODELS") else {
        println!("skipped: ROWSMITH_MODELS does not name a folder of models");
        return;
    };
    let folder = Path::new(&folder);
    let mut wrong = Vec::new();
    for &(name, limit) in MODELS {
        let graph = match onnx::load(&folder.join(format!("{name}.onnx"))) {
            Ok(graph) => graph,
            Err(error) => {
                wrong.push(format!("{name}: {:?}", miette::Report::new(error)));
                continue;
            }
        };
        let samples = name.trim_end_matches("_fixed");
        let input = only(&folder.join(format!("{samples}.inputs.npz")));
        let output = only(&folder.join(format!("{samples}.outputs.npz")));
        let error = error(&run(&graph, &input), &output.values);
        println!("{name}: {error:e}");
        if error > limit {
            wrong.push(format!("{name}: {error:e}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let invalid = faults(folder, "three_layer_bn_keras");
    let nodes: Vec<&str> = invalid.iter().map(|(node, _)| node.as_str()).collect();
    let names = ["BatchNormalization__", "BatchNormalization__1", "BatchNormalization__2", "BatchNormalization__3"];
    assert_eq!(nodes, names);
    let selu = faults(folder, "conv2d_small_mp_keras");
    assert_eq!(selu.len(), 3);
    assert!(selu.iter().all(|(_, operator)| operator == "Selu"), "{selu:?}");
}
