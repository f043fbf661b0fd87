//! The values of every tensor of one image.

use crate::ir::TensorId;

/// Values of all tensors of one image, each in CHW order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activations {
    pub(super) values: Vec<Vec<i32>>,
}

impl Activations {
    /// The values of one tensor.
    pub fn tensor(&self, id: TensorId) -> &[i32] {
        &self.values[id.0]
    }

    /// All tensors in the order of [`Network::tensors`](crate::ir::Network::tensors).
    pub fn iter(&self) -> impl Iterator<Item = (TensorId, &[i32])> {
        self.values.iter().enumerate().map(|(index, values)| (TensorId(index), values.as_slice()))
    }
}
