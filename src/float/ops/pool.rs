//! Windows over single channels.

use candle_core::Tensor;

use super::window::windows;
use crate::float::Result;
use crate::float::site::Site;
use crate::ir::Window;

/// Largest value of each window.
pub(super) fn max(site: &Site, window: &Window, value: &Tensor) -> Result<Tensor> {
    Ok(windows(site, window, value, f32::MIN)?.max(1)?)
}

/// Mean of each window, of its pixels of the image only or with the zeros around it.
pub(super) fn mean(site: &Site, window: &Window, count_padding: bool, value: &Tensor) -> Result<Tensor> {
    let sum = windows(site, window, value, 0.0)?.sum(1)?;
    if count_padding {
        // A division, not a product with the inverse: exact averages have to stay exact.
        let pixels = (window.kernel[0] * window.kernel[1]) as f32;
        return Ok(sum.broadcast_div(&Tensor::full(pixels, (1, 1), value.device())?)?);
    }
    let ones = value.narrow(0, 0, 1)?.ones_like()?;
    let pixels = windows(site, window, &ones, 0.0)?.sum(1)?;
    Ok(sum.broadcast_div(&pixels)?)
}
