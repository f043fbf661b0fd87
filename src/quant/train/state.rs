//! Everything a training run has to remember, and its file.

use std::collections::HashMap;

use candle_core::{Device, Tensor, Var};

use super::adam::Adam;
use super::checkpoint::{Checkpoint, Header};
use super::epoch::EpochResult;
use super::learned::LearnedGrid;
use crate::float::{Executor, Graph, Params};
use crate::quant::spec::ActSpec;
use crate::quant::{Assignment, QuantError, Result};

/// A loss so many times that of the first epoch has run away.
const RUNAWAY: f64 = 100.0;

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

    /// The error of an epoch after which the network is worse than useless: a value is not finite, or the loss is far
    /// beyond that of the first epoch.
    pub fn diverged(&self, result: EpochResult) -> Result<Option<QuantError>> {
        let first = self.history.first().map_or(result.loss, |first| first.loss);
        let mut is_finite = result.loss.is_finite();
        for variable in &self.adam.variables {
            let largest = variable.as_tensor().abs()?.flatten_all()?.sum_all()?.to_scalar::<f32>()?;
            is_finite &= largest.is_finite();
        }
        let is_far = result.loss > RUNAWAY * first.abs().max(1.0);
        let error = QuantError::Diverged { epoch: result.epoch, loss: result.loss, first };
        Ok((!is_finite || is_far).then_some(error))
    }

    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.history.len()
    }

    /// Writes the state; the file appears whole or not at all.
    pub fn save(&self, checkpoint: &Checkpoint, key: &str) -> Result<()> {
        let mut tensors: HashMap<String, Tensor> = HashMap::new();
        for (index, (variable, [first, second])) in self.adam.variables.iter().zip(&self.adam.moments).enumerate() {
            tensors.insert(format!("{index}.value"), variable.as_tensor().clone());
            tensors.insert(format!("{index}.first"), first.clone());
            tensors.insert(format!("{index}.second"), second.clone());
        }
        for (node, dual) in self.duals.iter().enumerate().filter(|(_, dual)| !dual.is_empty()) {
            tensors.insert(format!("{node}.dual"), Tensor::new(dual.as_slice(), &Device::Cpu)?);
        }
        checkpoint.write(&tensors, &self.header(key))
    }

    fn header(&self, key: &str) -> Header {
        Header {
            key: key.to_owned(),
            steps: self.adam.steps,
            assignment: self.assignment.iter().map(|rows| rows.iter().map(ToString::to_string).collect()).collect(),
            ratios: self.ratios.clone(),
            history: self.history.clone(),
        }
    }

    /// Reads a state that was saved under the same key; `false` if there is none.
    pub fn resume(&mut self, checkpoint: &Checkpoint, key: &str, graph: &Graph) -> Result<bool> {
        let Some((header, tensors)) = checkpoint.read()? else { return Ok(false) };
        let refuse = |cause: String| checkpoint.refuse(cause);
        if header.key != key {
            return Err(refuse("it belongs to another model, other samples or other settings".to_owned()));
        }
        let get = |name: String| tensors.get(&name).cloned().ok_or_else(|| refuse(format!("it has no tensor {name}")));
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
        let assignment = header.assignment.iter().map(parse).collect::<std::result::Result<_, _>>();
        self.assignment = assignment.map_err(|error: crate::num::ParseSchemeError| refuse(error.to_string()))?;
        let fits = |of_nodes: &[usize]| {
            of_nodes.len() == graph.nodes.len() && graph.convs().all(|(node, conv)| of_nodes[node] == conv.rows)
        };
        let lengths = [header.ratios.iter().map(Vec::len).collect(), self.assignment.iter().map(Vec::len).collect()];
        if !lengths.iter().all(|lengths: &Vec<usize>| fits(lengths)) {
            return Err(refuse("its rows are not those of the model".to_owned()));
        }
        (self.adam.steps, self.ratios, self.history) = (header.steps, header.ratios, header.history);
        Ok(true)
    }

    /// Number of variables of the network's weights: the others are scales.
    pub fn weight_of<'a>(&'a self, graph: &Graph) -> Vec<(usize, &'a Var)> {
        graph.convs().map(|(node, _)| node).zip(self.adam.variables.iter().step_by(2)).collect()
    }
}
