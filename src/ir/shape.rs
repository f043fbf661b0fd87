//! Extents of tensors.

/// Extent of an activation tensor of one image; data order is channel, row, column (CHW).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Channels (or neurons).
    pub channels: usize,
    /// Image rows; 1 for vectors.
    pub height: usize,
    /// Image columns; 1 for vectors.
    pub width: usize,
}

impl Shape {
    /// Number of elements.
    pub fn len(self) -> usize {
        self.channels * self.pixels()
    }

    /// Whether the tensor has no element.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Pixels per channel.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }
}
