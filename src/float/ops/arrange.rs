//! Operators that put values in other places.

use candle_core::{Device, Tensor};

use crate::float::Result;
use crate::float::site::Site;
use crate::ir::Shape;

/// Every pixel repeated, vertically and horizontally.
pub(super) fn upsample(site: &Site, factor: [usize; 2], value: &Tensor) -> Result<Tensor> {
    let make = |batch| upsample_index(factor, site.shapes[0], batch, site.device);
    Ok(value.index_select(site.gather_index(value, make)?.as_ref(), 1)?)
}

/// For `batch` images the pixel that each pixel of a nearest-neighbour enlargement repeats.
fn upsample_index(factor: [usize; 2], input: Shape, batch: usize, device: &Device) -> Result<Tensor> {
    let line = |image: usize, y: usize| {
        let start = (image * input.height + y / factor[0]) * input.width;
        (0..input.width * factor[1]).map(move |x| (start + x / factor[1]) as u32)
    };
    let rows = (0..batch).flat_map(|image| (0..input.height * factor[0]).map(move |y| (image, y)));
    Ok(Tensor::new(rows.flat_map(|(image, y)| line(image, y)).collect::<Vec<u32>>(), device)?)
}

/// An image as a vector.
pub(super) fn flatten(site: &Site, value: &Tensor) -> Result<Tensor> {
    let ([shape, _], batch) = (site.shapes, site.batch(value)?);
    let split = value.reshape((shape.channels, batch, shape.pixels()))?;
    Ok(split.transpose(1, 2)?.contiguous()?.reshape((shape.len(), batch))?)
}
