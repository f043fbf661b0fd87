//! Everything a training run has to remember, and its file.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::adam::Adam;
use super::learned::LearnedGrid;
use crate::float::{Executor, Graph, Params};
use crate::quant::spec::ActSpec;
use crate::quant::{Assignment, QuantError, Result};
use crate::replace::replace_file;

/// Result of one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochResult {
    /// Epochs done, this one included.
    pub epoch: usize,
    /// Mean loss.
    pub loss: f64,
    /// Right answers among the training samples, in percent, if there are labels.
    pub accuracy: Option<f64>,
}

/// A run between two epochs.
#[derive(Debug)]
pub struct TrainState {
    /// Float weights and biases.
    pub params: Params,
    /// Scales of activations.
    pub grid: LearnedGrid,
    /// The optimizer over all of them.
    pub adam: Adam,
    /// Schemes of all rows.
    pub assignment: Assignment,
    /// By node and row: what requantization multiplies by.
    pub ratios: Vec<Vec<f64>>,
    /// Multipliers of ADMM, by node.
    pub duals: Vec<Vec<f32>>,
    /// What happened so far.
    pub history: Vec<EpochResult>,
}

/// The part of the state that is not tensors.
#[derive(Serialize, Deserialize)]
struct Header {
    key: String,
    steps: usize,
    assignment: Vec<Vec<String>>,
    ratios: Vec<Vec<f64>>,
    history: Vec<EpochResult>,
}

impl TrainState {
    /// A fresh start from the float weights.
    pub fn new(executor: &Executor, params: &Params, acts: &[ActSpec]) -> Result<Self> {
        let graph = executor.graph();
        let (params, mut variables) = params.variables()?;
        let grid = LearnedGrid::new(graph, acts, executor.device())?;
        variables.extend(grid.logs.iter().flatten().cloned());
        let duals = graph.nodes.iter().map(|_| Vec::new()).collect();
        Ok(Self {
            params,
            grid,
            adam: Adam::new(variables)?,
            assignment: Vec::new(),
            ratios: Vec::new(),
            duals,
            history: Vec::new(),
        })
    }

    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.history.len()
    }

    /// Writes the state; the file appears whole or not at all.
    pub fn save(&self, path: &Path, key: &str) -> Result<()> {
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        for (index, (variable, [first, second])) in self.adam.variables.iter().zip(&self.adam.moments).enumerate() {
            tensors.insert(format!("{index}.value"), variable.as_tensor().clone());
            tensors.insert(format!("{index}.first"), first.clone());
            tensors.insert(format!("{index}.second"), second.clone());
        }
        for (node, dual) in self.duals.iter().enumerate().filter(|(_, dual)| !dual.is_empty()) {
            tensors.insert(format!("{node}.dual"), Tensor::new(dual.as_slice(), &Device::Cpu)?);
        }
        let header = Header {
            key: key.to_owned(),
            steps: self.adam.steps,
            assignment: self.assignment.iter().map(|rows| rows.iter().map(ToString::to_string).collect()).collect(),
            ratios: self.ratios.clone(),
            history: self.history.clone(),
        };
        let text = serde_json::to_string(&header).map_err(|e| checkpoint(path, e))?;
        let metadata = HashMap::from([("state".to_owned(), text)]);
        let bytes = safetensors::serialize(&tensors, Some(metadata)).map_err(|e| checkpoint(path, e))?;
        replace_file(path, &bytes).map_err(|e| checkpoint(path, e))
    }

    /// Reads a state that was saved under the same key; `false` if there is none.
    pub fn resume(&mut self, path: &Path, key: &str, graph: &Graph) -> Result<bool> {
        let Ok(bytes) = std::fs::read(path) else { return Ok(false) };
        let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).map_err(|e| checkpoint(path, e))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get("state"));
        let text = text.ok_or_else(|| checkpoint(path, "it holds no training state"))?;
        let header: Header = serde_json::from_str(text).map_err(|e| checkpoint(path, e))?;
        if header.key != key {
            return Err(checkpoint(path, "it belongs to another model, other samples or other settings"));
        }
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?;
        let get =
            |name: String| tensors.get(&name).cloned().ok_or_else(|| checkpoint(path, format!("no tensor {name}")));
        for (index, variable) in self.adam.variables.iter().enumerate() {
            variable.set(&get(format!("{index}.value"))?.to_device(variable.device())?)?;
            let moment =
                |name: &str| Ok::<_, QuantError>(get(format!("{index}.{name}"))?.to_device(variable.device())?);
            self.adam.moments[index] = [moment("first")?, moment("second")?];
        }
        for (node, _) in graph.convs() {
            if let Some(dual) = tensors.get(&format!("{node}.dual")) {
                self.duals[node] = dual.to_vec1()?;
            }
        }
        let parse = |rows: &Vec<String>| rows.iter().map(|s| s.parse()).collect::<std::result::Result<_, _>>();
        self.assignment = header
            .assignment
            .iter()
            .map(parse)
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| checkpoint(path, e))?;
        (self.adam.steps, self.ratios, self.history) = (header.steps, header.ratios, header.history);
        Ok(true)
    }

    /// Number of variables of the network's weights: the others are scales.
    pub fn weight_of<'a>(&'a self, graph: &Graph) -> Vec<(usize, &'a Var)> {
        graph.convs().map(|(node, _)| node).zip(self.adam.variables.iter().step_by(2)).collect()
    }
}

#[allow(clippy::needless_pass_by_value, reason = "errors are handed over by `map_err`")]
fn checkpoint(path: &Path, cause: impl ToString) -> QuantError {
    QuantError::Checkpoint { path: path.to_owned(), cause: cause.to_string() }
}
