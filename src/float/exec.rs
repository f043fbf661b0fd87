//! Runs a graph on a batch. Tensors are `[channels, batch * pixels]`, so that a convolution is one matrix product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{D, Device, Tensor};

use super::window::{gather, is_pointwise, upsample_index, window_index};
use super::{Clip, ConvParams, Graph, Node, Op, Params, Result, quantize_activation};
use crate::ir::{TensorId, Window};

/// Changes values on their way; the default leaves them as they are.
pub trait Numerics {
    /// A tensor as its readers get it. The default is the type that the file prescribes.
    fn tensor(&self, graph: &Graph, id: TensorId, value: Tensor) -> Result<Tensor> {
        match &graph.tensor(id).quant {
            Some(quant) => quantize_activation(&value, quant),
            None => Ok(value),
        }
    }

    /// One operand of an [`Op::Add`] or [`Op::Concat`].
    fn operand(&self, _graph: &Graph, _node: usize, _operand: usize, value: Tensor) -> Result<Tensor> {
        Ok(value)
    }

    /// The result of a node before its clip.
    fn result(&self, _graph: &Graph, _node: usize, value: Tensor) -> Result<Tensor> {
        Ok(value)
    }
}

/// The network as the file has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsIs;

impl Numerics for AsIs {}

/// Executes one graph.
#[derive(Debug)]
pub struct Executor<'g> {
    graph: &'g Graph,
    device: Device,
    /// Gather indices by node and batch size.
    indices: Mutex<HashMap<(usize, usize), Arc<Tensor>>>,
}

impl<'g> Executor<'g> {
    /// An executor on a device.
    pub fn new(graph: &'g Graph, device: Device) -> Self {
        Self { graph, device, indices: Mutex::default() }
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
        let result = how.result(self.graph, index, self.apply(index, params, values, how)?)?;
        how.tensor(self.graph, node.output, clip(&result, node.clip)?)
    }

    /// The windows a convolution reads: `[channels * kernel height * kernel width, batch * output pixels]`.
    pub fn columns(&self, index: usize, value: &Tensor) -> Result<Tensor> {
        let node = &self.graph.nodes[index];
        let Op::Conv(conv) = &node.op else { return Ok(value.clone()) };
        if is_pointwise(&conv.window) {
            return Ok(value.clone());
        }
        let windows = self.windows(index, &conv.window, value, 0.0)?;
        let (channels, taps, columns) = windows.dims3()?;
        Ok(windows.reshape((channels * taps, columns))?)
    }

    fn apply(
        &self,
        index: usize,
        params: Option<&ConvParams>,
        values: &[Tensor],
        how: &dyn Numerics,
    ) -> Result<Tensor> {
        let node = &self.graph.nodes[index];
        let value = &values[node.inputs[0].0];
        Ok(match &node.op {
            Op::Conv(conv) => {
                let params = params.ok_or_else(|| candle_core::Error::Msg(format!("no weights for {}", node.name)))?;
                let product = grouped_product(&params.weight, &self.columns(index, value)?, conv.groups)?;
                product.broadcast_add(&params.bias.unsqueeze(1)?)?
            }
            Op::MaxPool(window) => self.windows(index, window, value, f32::MIN)?.max(1)?,
            Op::AvgPool { window, count_padding } => self.mean(index, window, *count_padding, value)?,
            Op::Add => (self.operand(node, index, 0, values, how)? + self.operand(node, index, 1, values, how)?)?,
            Op::Concat => {
                let operands = (0..node.inputs.len()).map(|i| self.operand(node, index, i, values, how));
                Tensor::cat(&operands.collect::<Result<Vec<_>>>()?, 0)?
            }
            Op::LeakyRelu(factor) => (value.relu()? - (value.neg()?.relu()? * f64::from(*factor))?)?,
            Op::Upsample(factor) => {
                let input = self.graph.tensor(node.inputs[0]).shape;
                let make = |batch| upsample_index(*factor, input, batch, &self.device);
                value.index_select(self.index(index, value, make)?.as_ref(), 1)?
            }
            Op::Flatten => {
                let shape = self.graph.tensor(node.inputs[0]).shape;
                let batch = value.dim(1)? / shape.pixels();
                let split = value.reshape((shape.channels, batch, shape.pixels()))?;
                split.transpose(1, 2)?.contiguous()?.reshape((shape.len(), batch))?
            }
            Op::Identity => value.clone(),
        })
    }

    fn operand(
        &self,
        node: &Node,
        index: usize,
        operand: usize,
        values: &[Tensor],
        how: &dyn Numerics,
    ) -> Result<Tensor> {
        how.operand(self.graph, index, operand, values[node.inputs[operand].0].clone())
    }

    fn mean(&self, index: usize, window: &Window, count_padding: bool, value: &Tensor) -> Result<Tensor> {
        let sum = self.windows(index, window, value, 0.0)?.sum(1)?;
        if count_padding {
            // A division, not a product with the inverse: exact averages have to stay exact.
            let pixels = (window.kernel[0] * window.kernel[1]) as f32;
            return Ok(sum.broadcast_div(&Tensor::full(pixels, (1, 1), value.device())?)?);
        }
        let ones = value.narrow(0, 0, 1)?.ones_like()?;
        let pixels = self.windows(index, window, &ones, 0.0)?.sum(1)?;
        Ok(sum.broadcast_div(&pixels)?)
    }

    fn windows(&self, index: usize, window: &Window, value: &Tensor, outside: f32) -> Result<Tensor> {
        let node = &self.graph.nodes[index];
        let (input, output) = (self.graph.tensor(node.inputs[0]).shape, self.graph.tensor(node.output).shape);
        let make = |batch| window_index(window, input, output, batch, &self.device);
        gather(value, self.index(index, value, make)?.as_ref(), window.kernel[0] * window.kernel[1], outside)
    }

    fn index(&self, node: usize, value: &Tensor, make: impl Fn(usize) -> Result<Tensor>) -> Result<Arc<Tensor>> {
        let batch = value.dim(1)? / self.graph.tensor(self.graph.nodes[node].inputs[0]).shape.pixels();
        let mut indices = self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indices.get(&(node, batch)) {
            return Ok(index.clone());
        }
        // One batch size per node is kept: a last, smaller batch does not come back.
        indices.retain(|(other, _), _| *other != node);
        let index = Arc::new(make(batch)?);
        indices.insert((node, batch), index.clone());
        Ok(index)
    }
}

/// Weights times columns, group by group.
fn grouped_product(weight: &Tensor, columns: &Tensor, groups: usize) -> Result<Tensor> {
    if groups == 1 {
        return Ok(weight.matmul(columns)?);
    }
    let ((rows, inner), total) = (weight.dims2()?, columns.dim(D::Minus1)?);
    let weight = weight.reshape((groups, rows / groups, inner))?;
    let product = weight.matmul(&columns.reshape((groups, inner, total))?)?;
    Ok(product.reshape((rows, total))?)
}

fn clip(value: &Tensor, clip: Clip) -> Result<Tensor> {
    let Clip { lo, hi } = clip;
    Ok(match (lo, hi) {
        (lo, hi) if lo == f32::NEG_INFINITY && hi == f32::INFINITY => value.clone(),
        (0.0, f32::INFINITY) => value.relu()?,
        _ => value.clamp(lo.max(f32::MIN), hi.min(f32::MAX))?,
    })
}
