//! Scaling folded into weights, their prescribed type included.

use crate::float::{Conv, WeightQuant};

/// One of the constants, or the only one.
pub(super) fn at(values: &[f32], channel: usize) -> f32 {
    if values.len() == 1 { values[0] } else { values[channel] }
}

/// `conv(x) * mul + add` as one convolution.
pub(super) fn scale_rows(conv: &mut Conv, mul: &[f32], add: &[f32]) {
    for row in 0..conv.rows {
        let (factor, shift) = (at(mul, row), at(add, row));
        let weights = &mut conv.weight[row * conv.columns..(row + 1) * conv.columns];
        if let Some(quant) = &mut conv.quant {
            scale_type(quant, row, factor, weights);
        }
        for weight in weights {
            *weight *= factor;
        }
        conv.bias[row] = (f64::from(conv.bias[row]) * f64::from(factor) + f64::from(shift)) as f32;
    }
}

/// Scales stay positive: a negative factor turns the integers round, and the lowest one then needs another bit.
fn scale_type(quant: &mut WeightQuant, row: usize, factor: f32, weights: &[f32]) {
    let scale = &mut quant.scales[row];
    let lowest = -f32::exp2((quant.bits - 1) as f32) * *scale;
    if factor < 0.0 && weights.iter().any(|&weight| weight <= lowest) {
        quant.bits += 1;
    }
    if factor != 0.0 {
        *scale *= factor.abs();
    }
}

/// `conv(x * mul + add)` as one convolution; the input must not be padded unless `add` is zero.
///
/// Refused (false) if the weights have a prescribed type and their columns would get different scales.
pub(super) fn scale_columns(conv: &mut Conv, mul: &[f32], add: &[f32]) -> bool {
    let taps = conv.window.kernel[0] * conv.window.kernel[1];
    let (inputs, rows) = (conv.columns / taps, conv.rows / conv.groups);
    let channel = |row: usize, column: usize| row / rows * inputs + column / taps;
    if let Some(quant) = &mut conv.quant {
        for row in 0..conv.rows {
            let factor = at(mul, channel(row, 0));
            if factor <= 0.0
                || (0..conv.columns).any(|column| at(mul, channel(row, column)).to_bits() != factor.to_bits())
            {
                return false;
            }
        }
        for row in 0..conv.rows {
            quant.scales[row] *= at(mul, channel(row, 0));
        }
    }
    for row in 0..conv.rows {
        let mut shift = 0.0;
        for column in 0..conv.columns {
            let weight = &mut conv.weight[row * conv.columns + column];
            shift += f64::from(*weight) * f64::from(at(add, channel(row, column)));
            *weight *= at(mul, channel(row, column));
        }
        conv.bias[row] = (f64::from(conv.bias[row]) + shift) as f32;
    }
    true
}
