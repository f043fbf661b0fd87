//! The decisions of the quantizer: a type for every tensor, levels and scales for every row.

use candle_core::Device;

use super::error::Result;
use crate::float::{Clip, Conv, ConvParams, Graph, Rounding};
use crate::ir::{self, ActType};
use crate::num::Scheme;

/// Integer type and scale of one activation tensor: `value = scale * q + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActSpec {
    /// Width, sign, limits.
    pub act: ActType,
    /// Real value of one integer step.
    pub scale: f64,
    /// Real value of integer 0: `-scale * zero_point`, or a part of a step beside it.
    pub offset: f64,
    /// The integer that stands for the real 0, if one does exactly; 0 otherwise.
    pub zero_point: i32,
    /// Values are rounded in steps from here, which for zero points is 0: ties go to even multiples of the scale.
    pub origin: f64,
    /// How values become integers.
    pub rounding: Rounding,
    /// Bits that fall off a whole number of finer steps first; see [`ActQuant`](crate::float::ActQuant).
    pub dropped: u32,
    /// The file's values are kept as they are: the file prescribes the type, or it is the grid of what is added up.
    pub kept: bool,
    /// The file prescribes the type.
    pub prescribed: bool,
}

impl ActSpec {
    /// A type around zero whose values are rounded to nearest.
    pub fn plain(act: ActType, scale: f64) -> Self {
        let rounding = Rounding::HalfUp;
        Self {
            act,
            scale,
            offset: 0.0,
            zero_point: 0,
            origin: 0.0,
            rounding,
            dropped: 0,
            kept: false,
            prescribed: false,
        }
    }

    /// The integer that stands for a value, in single precision as executors of files compute it.
    pub fn quantize(&self, value: f32) -> i32 {
        let (scale, origin) = (self.scale as f32, self.origin as f32);
        let steps = match self.rounding {
            Rounding::HalfEven | Rounding::Floor => (value - origin) / scale,
            Rounding::HalfUp => value / scale + (0.5 - self.origin / self.scale) as f32,
        };
        let parts = f64::from(self.dropped).exp2() as f32;
        let steps = if self.dropped > 0 { (steps * parts).round_ties_even() / parts } else { steps };
        let steps = if self.rounding == Rounding::HalfEven { steps.round_ties_even() } else { steps.floor() };
        let integer = f64::from(steps) + f64::from(self.base());
        integer.clamp(f64::from(self.act.lo), f64::from(self.act.hi)) as i32
    }

    /// The value that an integer stands for.
    pub fn value(&self, integer: i32) -> f64 {
        if self.has_zero() {
            return self.scale * f64::from(integer - self.zero_point);
        }
        self.scale * f64::from(integer - self.base()) + self.origin
    }

    /// The integer that stands for the origin.
    pub fn base(&self) -> i32 {
        ((self.origin - self.offset) / self.scale).round() as i32
    }

    /// Where ties that go to even multiples of the scale go among the integers.
    pub fn ties(&self) -> ir::Rounding {
        if self.base() % 2 == 0 { ir::Rounding::HalfEven } else { ir::Rounding::HalfOdd }
    }

    /// Whether real zero has an integer of its own, which padding then is.
    pub fn has_zero(&self) -> bool {
        self.offset == 0.0 || self.zero_point != 0
    }

    /// The type that a file prescribes for a tensor: unsigned where nothing is negative, signed where that takes no more bits,
    /// otherwise unsigned from a zero point.
    pub fn prescribed(quant: &crate::float::ActQuant) -> Self {
        let (scale, origin) = (f64::from(quant.scale), f64::from(quant.offset));
        // Steps between the integers of the file and the real 0.
        let shift = (origin / scale).round();
        let on_grid = (origin / scale - shift).abs() < 1e-3;
        let shift = if on_grid { shift as i64 } else { 0 };
        let (lo, hi) = (i64::from(quant.lo) + shift, i64::from(quant.hi) + shift);
        let signed_bits =
            |lo: i64, hi: i64| (2..=32).find(|b| -(1 << (b - 1)) <= lo && hi < 1 << (b - 1)).unwrap_or(32);
        let unsigned_bits = |hi: i64| (2..=31).find(|bits| hi < 1 << bits).unwrap_or(33);
        // The type holds its zero point, wherever the limits are.
        let (low, high) = (lo.min(0), hi.max(0));
        let (bits, signed, zero_point) = match unsigned_bits(high - low) {
            least if low == 0 => (least, false, 0),
            least if signed_bits(low, high) <= least => (signed_bits(low, high), true, 0),
            least => (least, false, -low),
        };
        let (lo, hi) = ((lo + zero_point) as i32, (hi + zero_point) as i32);
        // Integers are `file + shift + zero_point`.
        let offset = if on_grid { 0.0 - scale * zero_point as f64 } else { origin - scale * zero_point as f64 };
        let zero_point = if on_grid { zero_point as i32 } else { 0 };
        let act = ActType { bits, signed, lo, hi };
        let (rounding, dropped) = (quant.rounding, quant.dropped);
        Self { act, scale, offset, zero_point, origin, rounding, dropped, kept: true, prescribed: true }
    }

    /// The type with the limits of a clip before it.
    #[must_use]
    pub fn limited(mut self, clip: Clip) -> Self {
        let (lo, hi) = (self.quantize(clip.lo), self.quantize(clip.hi));
        (self.act.lo, self.act.hi) = (lo, hi.max(lo));
        self
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
    /// The file prescribes scales and levels.
    pub prescribed: bool,
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

#[cfg(test)]
mod tests {
    use super::ActSpec;
    use crate::float::{ActQuant, Rounding};
    use crate::ir::ActType;

    #[test]
    fn the_widest_types_keep_their_ends() {
        let of = |lo: i32, hi: i32, zero: f32| {
            let rounding = Rounding::HalfEven;
            let spec =
                ActSpec::prescribed(&ActQuant { scale: 0.5, offset: 0.0 - 0.5 * zero, lo, hi, rounding, dropped: 0 });
            (spec.act, spec.zero_point)
        };
        let signed = |lo: i32, hi: i32| ActType { bits: 32, signed: true, lo, hi };
        assert_eq!(of(i32::MIN, i32::MAX, 0.0), (signed(i32::MIN, i32::MAX), 0));
        // Without an odd zero point, all but one integer.
        assert_eq!(of(i32::MIN + 1, i32::MAX, 1.0), (signed(i32::MIN, i32::MAX - 1), 0));
        assert_eq!(of(i32::MIN, i32::MAX - 1, -1.0), (signed(i32::MIN + 1, i32::MAX), 0));
        let unsigned = ActType { bits: 31, signed: false, lo: 0, hi: i32::MAX };
        assert_eq!(of(0, i32::MAX, 0.0), (unsigned, 0));
        assert_eq!(of(-5, i32::MAX - 5, 0.0), (unsigned, 5));
        assert_eq!(of(0, i32::MAX, 5.0), (unsigned, 5));
    }
}
