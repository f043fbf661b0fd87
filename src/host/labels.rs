//! Labels, and which class a result stands for.

use std::io::{Read, Seek};
use std::path::Path;

use super::pick::{LABELS, place};
use crate::ir::{Network, Shape};
use crate::numpy::{ArrayError, ArrayFile, ArrayInfo};

/// The classes that a network's result tells apart: one for each value, or two for a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classes {
    shape: Shape,
}

impl Classes {
    /// Those of a network.
    pub fn of(network: &Network) -> Self {
        Self { shape: network.tensor(network.output).shape }
    }

    /// Those of a result of this shape.
    pub fn of_shape(shape: Shape) -> Self {
        Self { shape }
    }

    /// How many there are; none if the result is an image.
    pub fn count(self) -> Option<usize> {
        match (self.shape.channels, self.shape.pixels()) {
            (1, 1) => Some(2),
            (channels, 1) => Some(channels),
            _ => None,
        }
    }

    /// The class of a result before the host's function: the first of the largest values. A single value stands for class 1
    /// where it is above 0, that is above one half behind a logistic function.
    pub fn answer(values: &[f32]) -> usize {
        if let [value] = values {
            return usize::from(*value > 0.0);
        }
        let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
        (0..values.len()).fold(0, better)
    }
}

/// The labels in a file of samples, if it has any.
pub(crate) fn labels_in<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    samples: usize,
    classes: Classes,
) -> Result<Option<Vec<usize>>, ArrayError> {
    let labels: Vec<ArrayInfo> = named(file).cloned().collect();
    match &labels[..] {
        _ if file.is_npy() => Ok(None),
        [] => Ok(None),
        [only] => read(file, only, samples, classes).map(Some),
        _ => Err(ArrayError::which(file.path(), "there are two arrays of labels, `label` and `labels`", file.arrays())),
    }
}

/// The labels of so many samples in a file of their own: the array `label` or `labels`, or the only one.
pub fn load_labels(path: &Path, samples: usize, classes: Classes) -> Result<Vec<usize>, ArrayError> {
    let mut file = ArrayFile::open(path)?;
    let labels: Vec<ArrayInfo> = named(&file).cloned().collect();
    let all = file.arrays().to_vec();
    match (&labels[..], &all[..]) {
        ([only], _) | ([], [only]) => read(&mut file, only, samples, classes),
        _ => Err(ArrayError::which(path, "there must be one array, or one named `label`", &all)),
    }
}

fn named<R: Read + Seek>(file: &ArrayFile<R>) -> impl Iterator<Item = &ArrayInfo> {
    file.arrays().iter().filter(|array| LABELS.contains(&array.name.as_str()))
}

fn read<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    array: &ArrayInfo,
    samples: usize,
    classes: Classes,
) -> Result<Vec<usize>, ArrayError> {
    let path = file.path().to_owned();
    let name = array.name.escape_debug();
    let Some(count) = classes.count() else {
        let Shape { channels, height, width } = classes.shape;
        let cause =
            format!("the network's result is an image of {channels} x {height} x {width}, but labels need a vector");
        return Err(ArrayError::labels(&path, cause));
    };
    if array.dims.first() != Some(&samples) || array.values() != samples {
        let hint = if array.dims == [samples, count] { ", which looks like one-hot labels," } else { "" };
        let cause =
            format!("labels `{name}` have shape {:?}{hint} instead of [{samples}], one for each sample", array.dims);
        return Err(ArrayError::labels(&path, cause));
    }
    let values = file.values(array)?;
    let legal = |label: f64| label.fract() == 0.0 && (0.0..count as f64).contains(&label);
    if let Some(index) = values.iter().position(|label| !legal(*label)) {
        let (place, label) = (place(&array.dims, index), values[index]);
        let cause = format!("label `{name}`{place} is {label}, but classes are 0 to {}", count - 1);
        return Err(ArrayError::labels(&path, cause));
    }
    Ok(values.into_iter().map(|label| label as usize).collect())
}
