//! Rounding with a gradient: the straight-through estimator.

use candle_core::Tensor;

use super::{ActQuant, Result, Rounding};

/// The values `scale * q + offset` nearest to a tensor; inside the limits the gradient passes unchanged, outside it is zero.
pub fn quantize_activation(value: &Tensor, quant: &ActQuant) -> Result<Tensor> {
    let limits = [quant.lo, quant.hi].map(f64::from);
    round_in_steps(value, quant.scale.into(), quant.offset.into(), limits, quant.rounding)
}

/// Values in whole steps of `scale` from `origin`, at least and at most so many of them.
pub fn round_in_steps(
    value: &Tensor,
    scale: f64,
    origin: f64,
    [least, most]: [f64; 2],
    rounding: Rounding,
) -> Result<Tensor> {
    // Division, not multiplication by the inverse: ties have to stay ties.
    let divisor = Tensor::full(scale as f32, (1, 1), value.device())?;
    let steps = match rounding {
        Rounding::HalfUp => (value.broadcast_div(&divisor)? + (0.5 - origin / scale))?,
        Rounding::HalfEven | Rounding::Floor if origin == 0.0 => value.broadcast_div(&divisor)?,
        Rounding::HalfEven | Rounding::Floor => (value - origin)?.broadcast_div(&divisor)?,
    };
    let limited = steps.clamp(least as f32, most as f32)?;
    let rounded = match rounding {
        Rounding::HalfEven => half_even(&limited)?,
        Rounding::HalfUp | Rounding::Floor => limited.floor()?,
    };
    Ok(straight_through(&limited, &rounded)?.affine(scale, origin)?)
}

/// `rounded` in value, `value` in gradient.
pub fn straight_through(value: &Tensor, rounded: &Tensor) -> Result<Tensor> {
    if !value.track_op() {
        return Ok(rounded.clone());
    }
    Ok((value + (rounded - value)?.detach())?)
}

/// Nearest integer, ties to even: a magnitude below 2^23 beside 2^23 leaves no bits for a fraction, and larger ones have none.
fn half_even(value: &Tensor) -> Result<Tensor> {
    const WHOLE: f64 = 8_388_608.0;
    let magnitude = value.abs()?;
    let rounded = (((&magnitude + WHOLE)? - WHOLE)? * value.sign()?)?;
    Ok(magnitude.lt(WHOLE as f32)?.where_cond(&rounded, value)?)
}
