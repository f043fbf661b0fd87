//! Networks of the record's cores, and their quantization.

use std::path::{Path, PathBuf};

use rowsmith::float::{Graph, Samples};
use rowsmith::ir::Network;
use rowsmith::quant::{QuantizedGraph, lower};
use rowsmith::{manifest, onnx};

use super::Anyhow;

/// A float network with its samples.
pub struct Source {
    pub graph: Graph,
    pub calib: Samples,
    pub inputs: Samples,
}

impl Source {
    pub fn load(name: &str) -> Anyhow<Self> {
        let digits = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/digits");
        let [model, calib, inputs] = if name == "digits" {
            ["digits.onnx", "calib.npz", "test.npz"].map(|file| digits.join(file))
        } else {
            let folder = std::env::var_os("ROWSMITH_MODELS").ok_or("set ROWSMITH_MODELS to a folder of ONNX models")?;
            ["onnx", "calib.npz", "inputs.npz"].map(|part| PathBuf::from(&folder).join(format!("{name}.{part}")))
        };
        let graph = onnx::load(&model)?;
        let (calib, inputs) = (Samples::load(&calib, &graph)?, Samples::load(&inputs, &graph)?);
        Ok(Self { graph, calib, inputs })
    }
}

/// The network as its manifest tells it.
pub fn loaded(quantized: &QuantizedGraph) -> Anyhow<Network> {
    let folder = tempfile::tempdir()?;
    Ok(manifest::load(&manifest::save(&lower(quantized)?, folder.path())?)?)
}
