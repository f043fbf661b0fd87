//! Rounding with a gradient: the straight-through estimator.

use candle_core::Tensor;

use super::{ActQuant, Result, Rounding};

/// The values `scale * q + offset` nearest to a tensor; inside the limits the gradient passes unchanged, outside it is zero.
pub fn quantize_activation(value: &Tensor, quant: &ActQuant) -> Result<Tensor> {
    let ActQuant { scale, offset, lo, hi, rounding, dropped } = *quant;
    let limits = [lo, hi].map(f64::from);
    round_in_steps(value, &Steps { scale: scale.into(), origin: offset.into(), limits, rounding, dropped })
}

/// Whole steps of `scale` from `origin`.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// Real value of a step.
    pub scale: f64,
    /// Where they begin.
    pub origin: f64,
    /// Least and most of them.
    pub limits: [f64; 2],
    /// How a value becomes a number of them.
    pub rounding: Rounding,
    /// See [`ActQuant::dropped`].
    pub dropped: u32,
}

/// Values in whole steps.
pub fn round_in_steps(value: &Tensor, steps: &Steps) -> Result<Tensor> {
    let &Steps { scale, origin, limits: [least, most], rounding, dropped } = steps;
    // Division, not multiplication by the inverse: ties have to stay ties.
    let divisor = Tensor::full(scale as f32, (1, 1), value.device())?;
    let steps = match rounding {
        Rounding::HalfUp => (value.broadcast_div(&divisor)? + (0.5 - origin / scale))?,
        Rounding::HalfEven | Rounding::Floor if origin == 0.0 => value.broadcast_div(&divisor)?,
        Rounding::HalfEven | Rounding::Floor => (value - origin)?.broadcast_div(&divisor)?,
    };
    let steps = if dropped == 0 {
        steps
    } else {
        let parts = f64::from(dropped).exp2();
        let whole = half_even(&(&steps * parts)?)?;
        straight_through(&steps, &(whole / parts)?)?
    };
    let limited = steps.clamp(least as f32, most as f32)?;
    let rounded = match rounding {
        Rounding::HalfEven => half_even(&limited)?,
        Rounding::HalfUp | Rounding::Floor => limited.floor()?,
    };
    let steps = straight_through(&limited, &rounded)?;
    // An origin that is a whole number of steps is one before it is rounded to single precision.
    let whole = (origin / scale).round();
    if (origin / scale - whole).abs() < 1e-3 {
        return Ok((steps + whole)?.affine(scale, 0.0)?);
    }
    Ok(steps.affine(scale, origin)?)
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
