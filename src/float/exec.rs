//! Runs a graph on a batch. Tensors are `[channels, batch * pixels]`, so that a convolution is one matrix product.

use candle_core::{Device, Tensor};

use super::site::{Indices, Site};
use super::{AsIs, Clip, ConvParams, Graph, Numerics, Params, Result};
use crate::ir::TensorId;

/// Executes one graph.
#[derive(Debug)]
pub struct Executor<'g> {
    graph: &'g Graph,
    device: Device,
    indices: Indices,
}

impl<'g> Executor<'g> {
    /// An executor on a device.
    pub fn new(graph: &'g Graph, device: Device) -> Self {
        Self { graph, device, indices: Indices::default() }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Images in CHW order as one tensor.
    pub fn batch(&self, images: &[impl AsRef<[f32]>]) -> Result<Tensor> {
        let shape = self.graph.input().shape;
        let mut values = Vec::with_capacity(shape.len() * images.len());
        for channel in 0..shape.channels {
            for image in images {
                values.extend_from_slice(&image.as_ref()[channel * shape.pixels()..(channel + 1) * shape.pixels()]);
            }
        }
        Ok(Tensor::from_vec(values, (shape.channels, images.len() * shape.pixels()), &self.device)?)
    }

    /// Splits a tensor into images in CHW order.
    pub fn images(&self, value: &Tensor, pixels: usize) -> Result<Vec<Vec<f32>>> {
        let channels: Vec<Vec<f32>> = value.detach().to_vec2()?;
        let batch = channels.first().map_or(0, |channel| channel.len() / pixels);
        let image = |n: usize| channels.iter().flat_map(|c| &c[n * pixels..(n + 1) * pixels]).copied().collect();
        Ok((0..batch).map(image).collect())
    }

    /// All tensors of a batch.
    pub fn run(&self, params: &Params, input: &Tensor, numerics: &dyn Numerics) -> Result<Vec<Tensor>> {
        let mut values = vec![numerics.tensor(self.graph, TensorId(0), input.clone())?];
        for node in 0..self.graph.nodes.len() {
            let result = self.node(node, params.0[node].as_ref(), &values, numerics)?;
            values.push(result);
        }
        Ok(values)
    }

    /// The result of a batch: tensors are dropped after their last reader.
    pub fn output(&self, params: &Params, input: &Tensor, numerics: &dyn Numerics) -> Result<Tensor> {
        let first = numerics.tensor(self.graph, TensorId(0), input.clone())?;
        let nothing = Tensor::zeros(1, candle_core::DType::F32, &self.device)?;
        let mut values = vec![first];
        for node in 0..self.graph.nodes.len() {
            let result = self.node(node, params.0[node].as_ref(), &values, numerics)?;
            values.push(result);
            self.graph.last_read(node).for_each(|id| values[id.0] = nothing.clone());
        }
        Ok(values.swap_remove(self.graph.output.0))
    }

    /// The results in the order of the file, host function applied.
    pub fn infer(&self, params: &Params, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>> {
        let pixels = self.graph.tensor(self.graph.output).shape.pixels();
        let output = self.output(params, &self.batch(images)?, &AsIs)?;
        let host = &self.graph.host;
        Ok(self.images(&output, pixels)?.iter().map(|image| host.user_output(image)).collect())
    }

    /// One node, from the values of the tensors before it.
    pub fn node(
        &self,
        index: usize,
        params: Option<&ConvParams>,
        values: &[Tensor],
        how: &dyn Numerics,
    ) -> Result<Tensor> {
        let node = &self.graph.nodes[index];
        let operand = |(place, id): (usize, &TensorId)| how.operand(self.graph, index, place, values[id.0].clone());
        let operands = node.inputs.iter().enumerate().map(operand).collect::<Result<Vec<_>>>()?;
        let result = how.result(self.graph, index, node.op.apply(&self.site(index), params, &operands)?)?;
        how.tensor(self.graph, node.output, clip(&result, node.clip)?)
    }

    /// The windows a convolution reads: `[channels * kernel height * kernel width, batch * output pixels]`.
    pub fn columns(&self, index: usize, value: &Tensor) -> Result<Tensor> {
        self.graph.nodes[index].op.columns(&self.site(index), value)
    }

    fn site(&self, index: usize) -> Site<'_> {
        let node = &self.graph.nodes[index];
        let shapes = [node.inputs[0], node.output].map(|id| self.graph.tensor(id).shape);
        Site { index, name: &node.name, shapes, device: &self.device, indices: &self.indices }
    }
}

fn clip(value: &Tensor, clip: Clip) -> Result<Tensor> {
    let Clip { lo, hi } = clip;
    Ok(match (lo, hi) {
        (lo, hi) if lo == f32::NEG_INFINITY && hi == f32::INFINITY => value.clone(),
        (0.0, f32::INFINITY) => value.relu()?,
        _ => value.clamp(lo.max(f32::MIN), hi.min(f32::MAX))?,
    })
}
