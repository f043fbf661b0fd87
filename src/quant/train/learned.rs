//! Numerics of training: activation scales that are learned.

use candle_core::{Tensor, Var};

use crate::float::{Graph, Numerics, Result, straight_through};
use crate::ir::TensorId;
use crate::quant::flow::{hidden, inherits, own_types_of_hidden};
use crate::quant::numerics::OnGrid;
use crate::quant::spec::ActSpec;

/// Tensors on their grids; the logarithm of a scale is a variable, its gradient that of LSQ (Esser et al., ICLR 2020, Eq. 3).
#[derive(Debug)]
pub struct LearnedGrid {
    /// Types of all tensors; the scales of learned ones are those of the start.
    pub acts: Vec<ActSpec>,
    /// Logarithms of the scales; `None` where the scale is given or inherited.
    pub logs: Vec<Option<Var>>,
}

impl LearnedGrid {
    /// Learns the scale of every tensor but the input, prescribed ones, and those with an upper limit of their own.
    pub fn new(graph: &Graph, acts: &[ActSpec], executor_device: &candle_core::Device) -> Result<Self> {
        let own = |id: TensorId| !inherits(graph, id) && hidden(graph, id).is_none();
        let learned = |id: usize| id > 0 && !acts[id].kept && own(TensorId(id));
        let log = |id: usize| Var::from_tensor(&Tensor::new(&[[acts[id].scale.ln() as f32]], executor_device)?);
        let logs = (0..acts.len()).map(|id| learned(id).then(|| log(id)).transpose());
        Ok(Self { acts: acts.to_vec(), logs: logs.collect::<std::result::Result<_, _>>()? })
    }

    /// Types with the scales of the moment.
    pub fn current(&self, graph: &Graph) -> Result<Vec<ActSpec>> {
        let mut acts = self.acts.clone();
        for id in 0..acts.len() {
            if let Some(log) = &self.logs[id] {
                let logs: Vec<f32> = log.as_tensor().flatten_all()?.to_vec1()?;
                acts[id].scale = f64::from(logs[0]).exp();
            } else if inherits(graph, TensorId(id)) {
                acts[id].scale = acts[graph.nodes[id - 1].inputs[0].0].scale;
            }
        }
        own_types_of_hidden(graph, &mut acts);
        Ok(acts)
    }
}

impl Numerics for LearnedGrid {
    fn tensor(&self, graph: &Graph, id: TensorId, value: Tensor) -> Result<Tensor> {
        let Some(log) = &self.logs[id.0] else { return OnGrid(&self.acts).tensor(graph, id, value) };
        let (spec, scale) = (&self.acts[id.0], log.as_tensor().exp()?);
        let limited = value.broadcast_div(&scale)?.clamp(f64::from(spec.act.lo), f64::from(spec.act.hi))?;
        let rounded = (&limited + 0.5)?.floor()?.clamp(f64::from(spec.act.lo), f64::from(spec.act.hi))?;
        Ok(straight_through(&limited, &rounded)?.broadcast_mul(&scale)?)
    }
}
