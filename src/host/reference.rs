//! Results to compare with, batch by batch.

use std::path::Path;

use super::pick::{by_name, finite, samples};
use crate::ir::Network;
use crate::numpy::{ArrayError, ArrayFile, ArrayInfo, ArrayReader};

/// An open file of expected results, in the user's shape.
pub struct Reference {
    file: ArrayFile,
    array: ArrayInfo,
    size: usize,
}

impl Reference {
    /// Opens a file with results for so many samples.
    pub fn open(path: &Path, network: &Network, expected: usize) -> Result<Self, ArrayError> {
        let file = ArrayFile::open(path)?;
        let output = network.tensor(network.output);
        let array = by_name(&file, network.host.output_name.as_deref().unwrap_or(&output.name))?;
        let found = samples(path, &array, &network.host.output.extents(output.shape))?;
        if found != expected {
            let cause = format!("array `{}` has {found} results for {expected} samples", array.name.escape_debug());
            return Err(ArrayError::values(path, cause));
        }
        Ok(Self { file, array, size: output.shape.len() })
    }

    /// The results.
    pub fn results(&mut self) -> Result<Results<'_>, ArrayError> {
        Ok(Results { reader: self.file.array(&self.array)?, size: self.size, done: 0 })
    }
}

/// Expected results, one after the other.
pub struct Results<'a> {
    reader: ArrayReader<'a>,
    size: usize,
    done: usize,
}

impl Results<'_> {
    /// The result of the next sample, in the user's order.
    pub fn next_result(&mut self) -> Result<Vec<f32>, ArrayError> {
        let values = self.reader.read(self.size)?;
        let floats = finite(self.reader.path(), self.reader.info(), self.done, &values)?;
        self.done += values.len();
        Ok(floats)
    }
}
