//! Convolutions and dense layers.

use candle_core::{D, Device, Tensor};

use super::window::{is_pointwise, windows};
use crate::float::Result;
use crate::float::site::Site;

use crate::ir::Window;

/// A convolution; a dense layer is a 1x1 convolution over a 1x1 image.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Window over the input.
    pub window: Window,
    /// Groups of channels; as many as channels for a depthwise convolution.
    pub groups: usize,
    /// Output channels.
    pub rows: usize,
    /// Columns: input channels / groups x kernel height x kernel width, in that order.
    pub columns: usize,
    /// Weights, rows x columns, row-major.
    pub weight: Vec<f32>,
    /// Bias of each row.
    pub bias: Vec<f32>,
    /// The type that the file prescribes for the weights, if it does.
    pub quant: Option<WeightQuant>,
}

impl Conv {
    /// The weights of one row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.weight[row * self.columns..(row + 1) * self.columns]
    }
}

/// Prescribed weight type: every weight is an integer of at most this width times the scale of its row.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightQuant {
    /// Scale of each row.
    pub scales: Vec<f32>,
    /// Width in bits, sign included.
    pub bits: u32,
}

/// Weights and biases of one convolution as tensors.
#[derive(Clone, Debug)]
pub struct ConvParams {
    /// `[rows, columns]`.
    pub weight: Tensor,
    /// `[rows]`.
    pub bias: Tensor,
}

impl ConvParams {
    /// Tensors of the given values.
    pub fn new(conv: &Conv, weight: &[f32], bias: &[f32], device: &Device) -> Result<Self> {
        let weight = Tensor::from_slice(weight, (conv.rows, conv.columns), device)?;
        Ok(Self { weight, bias: Tensor::from_slice(bias, conv.rows, device)? })
    }
}

/// Weights times windows, plus bias.
pub(super) fn apply(site: &Site, conv: &Conv, params: Option<&ConvParams>, value: &Tensor) -> Result<Tensor> {
    let params = params.ok_or_else(|| candle_core::Error::Msg(format!("no weights for {}", site.name)))?;
    let product = grouped_product(&params.weight, &columns(site, &conv.window, value)?, conv.groups)?;
    Ok(product.broadcast_add(&params.bias.unsqueeze(1)?)?)
}

/// The windows a convolution reads: `[channels * kernel height * kernel width, batch * output pixels]`.
pub(super) fn columns(site: &Site, window: &Window, value: &Tensor) -> Result<Tensor> {
    if is_pointwise(window) {
        return Ok(value.clone());
    }
    let windows = windows(site, window, value, 0.0)?;
    let (channels, taps, columns) = windows.dims3()?;
    Ok(windows.reshape((channels * taps, columns))?)
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
