//! One node at work: its place in the graph, and gather indices that are made once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Device, Tensor};

use super::Result;
use crate::ir::Shape;

/// Gather indices by node and batch size.
#[derive(Debug, Default)]
pub(super) struct Indices(Mutex<HashMap<(usize, usize), Arc<Tensor>>>);

/// A node on a device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    /// Index of the node.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// Shapes of the first operand and of the result, for one image.
    pub shapes: [Shape; 2],
    pub device: &'a Device,
    pub indices: &'a Indices,
}

impl Site<'_> {
    /// Number of images in a value of the first operand.
    pub fn batch(&self, value: &Tensor) -> Result<usize> {
        Ok(value.dim(1)? / self.shapes[0].pixels())
    }

    /// The index that `make` builds for the batch of a value of the first operand.
    pub fn gather_index(&self, value: &Tensor, make: impl Fn(usize) -> Result<Tensor>) -> Result<Arc<Tensor>> {
        let (node, batch) = (self.index, self.batch(value)?);
        let mut indices = self.indices.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indices.get(&(node, batch)) {
            return Ok(index.clone());
        }
        // One batch size per node is kept: a last, smaller batch does not come back.
        indices.retain(|(other, _), _| *other != node);
        let index = Arc::new(make(batch)?);
        indices.insert((node, batch), index.clone());
        Ok(index)
    }
}
