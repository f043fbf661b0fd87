//! The decisions of the quantizer: a type for every tensor, levels and scales for every row.

use candle_core::Device;

use super::error::Result;
use crate::float::{Conv, ConvParams, Graph, Rounding};
use crate::ir::ActType;
use crate::num::Scheme;

/// Integer type and scale of one activation tensor: `value = scale * q + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActSpec {
    /// Width, sign, limits.
    pub act: ActType,
    /// Real value of one integer step.
    pub scale: f64,
    /// Real value of integer 0.
    pub offset: f64,
    /// Results are rounded down instead of to the nearest integer.
    pub floor: bool,
}

impl ActSpec {
    /// The integer that stands for a value.
    pub fn quantize(&self, value: f64) -> i32 {
        let grid = (value - self.offset) / self.scale + if self.floor { 0.0 } else { 0.5 };
        grid.floor().clamp(f64::from(self.act.lo), f64::from(self.act.hi)) as i32
    }

    /// The value that an integer stands for.
    pub fn value(&self, integer: i32) -> f64 {
        self.scale * f64::from(integer) + self.offset
    }

    /// The type that a file prescribes for a tensor.
    pub fn prescribed(quant: &crate::float::ActQuant) -> Self {
        let signed = quant.lo < 0;
        let fits = |bits: u32| {
            let (lo, hi) = if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) };
            lo <= quant.lo && quant.hi <= hi
        };
        let bits = (2..=16).find(|&bits| fits(bits)).unwrap_or(16);
        Self {
            act: ActType { bits, signed, lo: quant.lo, hi: quant.hi },
            scale: quant.scale.into(),
            offset: quant.offset.into(),
            floor: quant.rounding == Rounding::Floor,
        }
    }
}

/// A quantized weight matrix: `weight = scale of the row * level`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedRows {
    /// Scheme of each row.
    pub schemes: Vec<Scheme>,
    /// Scale of each row; one that the hardware's requantization has.
    pub scales: Vec<f64>,
    /// Levels, rows x columns.
    pub levels: Vec<i32>,
    /// Bias of each row, corrected.
    pub bias: Vec<f64>,
    /// Bits of the mantissas that the scales were chosen for.
    pub mantissa_bits: u32,
}

impl QuantizedRows {
    /// The real weights, rows x columns.
    pub fn weights(&self) -> Vec<f32> {
        let columns = self.levels.len() / self.schemes.len().max(1);
        let rows = self.levels.chunks(columns.max(1)).zip(&self.scales);
        rows.flat_map(|(levels, scale)| levels.iter().map(move |level| (scale * f64::from(*level)) as f32)).collect()
    }

    /// Weights and bias as tensors.
    pub fn params(&self, conv: &Conv, device: &Device) -> Result<ConvParams> {
        let bias: Vec<f32> = self.bias.iter().map(|b| *b as f32).collect();
        Ok(ConvParams::new(conv, &self.weights(), &bias, device)?)
    }
}

/// A whole quantized network, beside its graph.
#[derive(Clone, Debug)]
pub struct QuantizedGraph<'g> {
    /// The float network.
    pub graph: &'g Graph,
    /// Type of every tensor.
    pub acts: Vec<ActSpec>,
    /// Rows of every convolution, by node.
    pub rows: Vec<Option<QuantizedRows>>,
}
