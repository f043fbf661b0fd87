//! Networks with inputs and reference outputs: those of `make_models.py`, and what exporters wrote (`exported`).

use std::fs;
use std::path::Path;

use candle_core::Device;
use rowsmith::float::Samples;
use rowsmith::host::{output_values, quantize_input};
use rowsmith::quant::{Quantizer, Settings, lower};
use rowsmith::{golden, onnx};

use super::common::{error, images, load_arrays, run, summary};

/// Imports and runs one network; how it came out, and the largest relative error.
fn outcome(folder: &Path, name: &str) -> (String, f32) {
    let graph = match onnx::load(&folder.join(format!("{name}.onnx"))) {
        Ok(graph) => graph,
        Err(error) => return (format!("{:?}", miette::Report::new(error)), f32::INFINITY),
    };
    let arrays = load_arrays(&folder.join(format!("{name}.npz"))).expect("samples");
    let array = |wanted: &str| &arrays.iter().find(|(name, _)| name == wanted).expect("array").1;
    (summary(&graph), error(&run(&graph, array("input")), &array("output").values))
}

fn check(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx").join(folder);
    let paths = fs::read_dir(&folder).expect("folder").map(|entry| entry.expect("entry").path());
    let mut wrong = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "onnx")) {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
        let (text, error) = outcome(&folder, name);
        if error > 1e-5 {
            wrong.push(format!("{name}: {error}\n{text}"));
            continue;
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn made_here() {
    check("models");
}

#[test]
fn exported() {
    check("exported");
}

/// Through the integer network, a file that was quantized for a phone gives its interpreter's results to the last bit.
#[test]
fn tflite_is_exact() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx/exported");
    let graph = onnx::load(&folder.join("tflite_cnn.onnx")).expect("imported");
    let arrays = load_arrays(&folder.join("tflite_cnn.npz")).expect("samples");
    let array = |wanted: &str| &arrays.iter().find(|(name, _)| name == wanted).expect("array").1;
    let images = images(&graph, array("input"));
    let samples = Samples { images: images.clone(), labels: None };
    let quantizer = Quantizer::new(&graph, Device::Cpu, &samples, Settings::default()).expect("quantizer");
    let network = lower(&quantizer.run().expect("quantized").quantized).expect("integers");
    let inputs: Vec<Vec<i32>> = images.iter().map(|image| quantize_input(&network, image).integers).collect();
    let integers = golden::run_batch(&network, &inputs).expect("results");
    let found: Vec<u32> =
        integers.iter().flat_map(|result| output_values(&network, result)).map(f32::to_bits).collect();
    let expected: Vec<u32> = array("output").values.iter().map(|value| value.to_bits()).collect();
    assert_eq!(found, expected);
}
