//! Samples: images and labels from files of numpy.

use std::path::Path;

use super::{Graph, Result};
use crate::host::{Classes, by_name, finite, labels_in, samples};
use crate::numpy::{ArrayError, ArrayFile, MAX_VALUES};

/// Images, and labels if the file has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Each in CHW order, with the host's scaling applied: what the core's input stands for.
    pub images: Vec<Vec<f32>>,
    /// Class of each image.
    pub labels: Option<Vec<usize>>,
}

impl Samples {
    /// Reads an `.npz` (the array named like the model's input, or the only one that holds no labels; `label` or `labels` if
    /// present) or an `.npy` file.
    pub fn load(path: &Path, graph: &Graph) -> Result<Self> {
        let shape = graph.input().shape;
        let mut file = ArrayFile::open(path)?;
        let array = by_name(&file, &graph.input_name)?;
        let count = samples(path, &array, &graph.host.input.extents(shape))?;
        if array.values() as u64 > MAX_VALUES {
            let cause =
                format!("array {} has more than {MAX_VALUES} values, the most that are kept in memory", array.text());
            return Err(ArrayError::limit(path, cause).into());
        }
        let labels = labels_in(&mut file, count, Classes::of_shape(graph.tensor(graph.output).shape))?;
        let mut reader = file.array(&array)?;
        let mut images = Vec::with_capacity(count);
        for index in 0..count {
            let values = reader.read(shape.len())?;
            let image = finite(path, &array, index * shape.len(), &values)?;
            images.push(graph.host.core_input(&image, shape));
        }
        Ok(Self { images, labels })
    }

    /// At most `count` samples, evenly spread.
    #[must_use]
    pub fn spread(&self, count: usize) -> Self {
        let total = self.images.len();
        let picks: Vec<usize> = (0..count.min(total)).map(|i| i * total / count.min(total)).collect();
        Self {
            images: picks.iter().map(|&i| self.images[i].clone()).collect(),
            labels: self.labels.as_ref().map(|labels| picks.iter().map(|&i| labels[i]).collect()),
        }
    }
}
