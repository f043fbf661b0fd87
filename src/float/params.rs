//! Weights and biases as tensors: those of the file, variables for gradients, or quantized ones.

use candle_core::{Device, Var};

use super::{ConvParams, Graph, Result};

/// Weights of every node; `None` for nodes without.
#[derive(Clone, Debug)]
pub struct Params(pub Vec<Option<ConvParams>>);

impl Params {
    /// The weights of the file.
    pub fn of(graph: &Graph, device: &Device) -> Result<Self> {
        let mut params = vec![None; graph.nodes.len()];
        for (node, conv) in graph.convs() {
            params[node] = Some(ConvParams::new(conv, &conv.weight, &conv.bias, device)?);
        }
        Ok(Self(params))
    }

    /// Variables of the same values, and their list: weight and bias of each convolution in turn.
    pub fn variables(&self) -> Result<(Self, Vec<Var>)> {
        let mut vars = Vec::new();
        let mut params = vec![None; self.0.len()];
        for (slot, conv) in params.iter_mut().zip(&self.0) {
            if let Some(ConvParams { weight, bias }) = conv {
                let (weight, bias) = (Var::from_tensor(weight)?, Var::from_tensor(bias)?);
                *slot = Some(ConvParams { weight: weight.as_tensor().clone(), bias: bias.as_tensor().clone() });
                vars.extend([weight, bias]);
            }
        }
        Ok((Self(params), vars))
    }
}
