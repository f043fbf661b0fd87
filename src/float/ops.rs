//! Every operator in floating point: one file for each family, and the one place that tells them apart.

mod arrange;
mod conv;
mod pool;
mod window;

use candle_core::Tensor;

pub use self::conv::{Conv, ConvParams, WeightQuant};
use super::Result;
use super::site::Site;
use crate::ir::{Padding, Window};

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Convolution or dense layer with bias; batch normalization is folded in.
    Conv(Conv),
    /// Largest value in the window; padding never wins.
    MaxPool(Window),
    /// Mean of the window.
    AvgPool {
        /// The window.
        window: Window,
        /// Whether padding counts as zeros; otherwise only pixels of the image count.
        count_padding: bool,
    },
    /// Sum of two tensors.
    Add,
    /// Channels of all operands, one after the other.
    Concat,
    /// `x` where positive, this factor times `x` where negative.
    LeakyRelu(f32),
    /// Every pixel repeated, vertically and horizontally.
    Upsample([usize; 2]),
    /// CHW to a vector in CHW order.
    Flatten,
    /// Only the clip and the type of the result.
    Identity,
}

/// How an operator's results relate to its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// New values, whatever the operands are.
    New,
    /// Negative values stay negative, others stay what they are.
    Bent,
    /// Between the least and the largest value of the operand and, around images, zero.
    Mean,
    /// Those of the operand, which may get another type.
    Same,
    /// Some of the operand's, the larger ones if any, in the operand's type.
    Picked,
}

/// What becomes of a scaling `x * mul + add` of an operator's result when it moves to the operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// It becomes part of the weights.
    Weights,
    /// It stays as it is.
    Any,
    /// It stays as it is if all factors are positive.
    Positive,
    /// It stays as it is if nothing is added.
    Linear,
    /// It stays as it is if all factors are positive and nothing is added.
    PositiveLinear,
    /// It stays as it is if it is the same for all channels: channels become others.
    One,
    /// The first operand takes all of it, the others what multiplies.
    Sum,
    /// Each operand takes that of its channels.
    Parts,
    /// It cannot move.
    Never,
}

/// What those who change graphs and choose types have to know of an operator.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Name of a node that has none in the file.
    pub name: &'static str,
    /// Where its values come from.
    pub values: Values,
    /// Whether every channel of the result is computed from the same channel of all operands.
    pub by_channel: bool,
    /// What it does to scalings.
    pub scaling: Scaling,
}

impl Op {
    /// What is known of the operator.
    pub fn facts(&self) -> Facts {
        let facts = |name, values, by_channel, scaling| Facts { name, values, by_channel, scaling };
        match self {
            Self::Conv(_) => facts("conv", Values::New, false, Scaling::Weights),
            Self::MaxPool(_) => facts("max_pool", Values::Picked, true, Scaling::Positive),
            Self::AvgPool { window, count_padding } => {
                let whole = window.padding == Padding::default() || !count_padding;
                facts("avg_pool", Values::Mean, true, if whole { Scaling::Any } else { Scaling::Linear })
            }
            Self::Add => facts("sum", Values::New, true, Scaling::Sum),
            Self::Concat => facts("concat", Values::New, false, Scaling::Parts),
            Self::LeakyRelu(_) => facts("leaky_relu", Values::Bent, true, Scaling::PositiveLinear),
            Self::Upsample(_) => facts("upsample", Values::Picked, true, Scaling::Any),
            Self::Flatten => facts("flatten", Values::Picked, false, Scaling::One),
            Self::Identity => facts("same", Values::Same, true, Scaling::Any),
        }
    }

    /// The result of a node from its operands, without its limits and type.
    pub(super) fn apply(&self, site: &Site, params: Option<&ConvParams>, operands: &[Tensor]) -> Result<Tensor> {
        let value = &operands[0];
        Ok(match self {
            Self::Conv(conv) => conv::apply(site, conv, params, value)?,
            Self::MaxPool(window) => pool::max(site, window, value)?,
            Self::AvgPool { window, count_padding } => pool::mean(site, window, *count_padding, value)?,
            Self::Add => (value + &operands[1])?,
            Self::Concat => Tensor::cat(operands, 0)?,
            Self::LeakyRelu(factor) => (value.relu()? - (value.neg()?.relu()? * f64::from(*factor))?)?,
            Self::Upsample(factor) => arrange::upsample(site, *factor, value)?,
            Self::Flatten => arrange::flatten(site, value)?,
            Self::Identity => value.clone(),
        })
    }

    /// The windows that a convolution reads of its operand; other operators read the operand itself.
    pub(super) fn columns(&self, site: &Site, value: &Tensor) -> Result<Tensor> {
        match self {
            Self::Conv(conv) => conv::columns(site, &conv.window, value),
            _ => Ok(value.clone()),
        }
    }
}
