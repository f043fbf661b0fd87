//! Rounding with a gradient: the straight-through estimator.

use candle_core::Tensor;

use super::{ActQuant, Result, Rounding};

/// The values `scale * q + offset` nearest to a tensor; inside the limits the gradient passes unchanged, outside it is zero.
pub fn quantize_activation(value: &Tensor, quant: &ActQuant) -> Result<Tensor> {
    let (scale, offset) = (f64::from(quant.scale), f64::from(quant.offset));
    // Division, not multiplication by the inverse: ties have to stay ties.
    let scales = Tensor::full(quant.scale, (1, 1), value.device())?;
    let grid = match quant.rounding {
        Rounding::HalfUp => (value.broadcast_div(&scales)? + (0.5 - offset / scale))?,
        Rounding::HalfEven | Rounding::Floor => (value - offset)?.broadcast_div(&scales)?,
    };
    let limited = grid.clamp(quant.lo as f32, quant.hi as f32)?;
    let rounded = match quant.rounding {
        Rounding::HalfEven => half_even(&limited)?,
        Rounding::HalfUp | Rounding::Floor => limited.floor()?,
    };
    let passed = straight_through(&limited, &rounded)?;
    Ok(passed.affine(scale, offset)?)
}

/// `rounded` in value, `value` in gradient.
pub fn straight_through(value: &Tensor, rounded: &Tensor) -> Result<Tensor> {
    if !value.track_op() {
        return Ok(rounded.clone());
    }
    Ok((value + (rounded - value)?.detach())?)
}

/// Nearest integer, ties to even, for magnitudes below 2^22: adding 1.5 * 2^23 leaves no bits for a fraction.
fn half_even(value: &Tensor) -> Result<Tensor> {
    const MAGIC: f64 = 12_582_912.0;
    Ok(((value + MAGIC)? - MAGIC)?)
}
