//! Frames: several images of a network of vectors, computed side by side, as pixels of one image.

use super::{Network, Op, Padding, Shape, Window};

impl Network {
    /// The network of `images` images at once; every tensor has them as its pixels. `Err` says what stands against it.
    pub fn frame(&self, images: usize) -> Result<Self, String> {
        let whole = self.tensors.iter().find(|tensor| tensor.shape.pixels() != 1);
        if let Some(tensor) = whole {
            let Shape { height, width, .. } = tensor.shape;
            return Err(format!("`{}` has {height} x {width} pixels, and frames are of vectors", tensor.name));
        }
        let mixes = |window: &&Window| window.kernel != [1, 1] || window.padding != Padding::default();
        if let Some(layer) = self.layers.iter().find(|layer| layer.op.facts().window.as_ref().is_some_and(mixes)) {
            return Err(format!("`{}` has a window larger than a pixel", layer.name));
        }
        let mut frame = Self { images, digest: format!("{}x{images}", self.digest), ..self.clone() };
        frame.tensors.iter_mut().for_each(|tensor| tensor.shape.width = images);
        for layer in &mut frame.layers {
            match &mut layer.op {
                // A vector is flat already, and its pixels are images now.
                op @ Op::Flatten => *op = Op::Clamp,
                Op::Conv(conv) => conv.window.stride = [1, 1],
                Op::MaxPool(window) | Op::AvgPool(window, _) => window.stride = [1, 1],
                _ => {}
            }
        }
        Ok(frame)
    }

    /// The network of one image of a frame.
    #[must_use]
    pub fn alone(&self) -> Self {
        let mut alone = Self { images: 1, ..self.clone() };
        if self.images > 1 {
            alone.tensors.iter_mut().for_each(|tensor| tensor.shape.width = 1);
        }
        alone
    }

    /// Frames of all images, the last one filled up with its last image.
    pub fn framed(&self, images: &[Vec<i32>]) -> Vec<Vec<i32>> {
        let frame = |group: &[Vec<i32>]| {
            let of = |place: usize| &group[place.min(group.len() - 1)];
            let channels = 0..group[0].len();
            channels.flat_map(|channel| (0..self.images).map(move |place| of(place)[channel])).collect()
        };
        images.chunks(self.images).map(frame).collect()
    }
}
