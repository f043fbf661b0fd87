//! Images for a network from a file of arrays, batch by batch.

use std::path::Path;

use super::convert::{Encoded, encode};
use super::labels::{Classes, labels_in};
use super::pick::{by_name, finite, place, samples};
use crate::ir::Network;
use crate::numpy::{ArrayError, ArrayFile, ArrayInfo, ArrayReader, MAX_VALUES};

/// What the numbers of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Units {
    /// The user's: in the shape and scale of the network's own input.
    User,
    /// The core's integers, `[images, channels, height, width]`.
    Core,
}

/// An open file of images for a network.
pub struct InputFile<'n> {
    network: &'n Network,
    file: ArrayFile,
    array: ArrayInfo,
    units: Units,
    count: usize,
}

impl<'n> InputFile<'n> {
    /// Opens a file and finds the array that is meant. `units` of none: an `.npy` file of integers holds the core's integers,
    /// everything else the user's numbers.
    pub fn open(path: &Path, network: &'n Network, units: Option<Units>) -> Result<Self, ArrayError> {
        let file = ArrayFile::open(path)?;
        let input = network.tensor(network.input);
        let array = by_name(&file, network.host.input_name.as_deref().unwrap_or(&input.name))?;
        let units = units.unwrap_or(if file.is_npy() && array.integer { Units::Core } else { Units::User });
        let core = [input.shape.channels, input.shape.height, input.shape.width];
        let user = network.host.input.extents(input.shape);
        let count = samples(path, &array, if units == Units::Core { &core } else { &user })?;
        Ok(Self { network, file, array, units, count })
    }

    /// Number of images.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What the numbers are.
    pub fn units(&self) -> Units {
        self.units
    }

    /// The labels in the same file, if there are any.
    pub fn labels(&mut self) -> Result<Option<Vec<usize>>, ArrayError> {
        labels_in(&mut self.file, self.count, Classes::of(self.network))
    }

    /// The images.
    pub fn batches(&mut self) -> Result<Batches<'_>, ArrayError> {
        let reader = self.file.array(&self.array)?;
        Ok(Batches { network: self.network, reader, units: self.units, done: 0, left: self.count })
    }
}

/// Images as the core takes them.
pub struct Batches<'a> {
    network: &'a Network,
    reader: ArrayReader<'a>,
    units: Units,
    done: usize,
    left: usize,
}

impl Batches<'_> {
    /// At most so many further images; none at the end.
    pub fn next_images(&mut self, count: usize) -> Result<Vec<Encoded>, ArrayError> {
        let (size, count) = (self.network.tensor(self.network.input).shape.len(), count.min(self.left));
        let values = self.reader.read(count * size)?;
        let (path, array, first) = (self.reader.path(), self.reader.info(), self.done * size);
        let images = match self.units {
            Units::User => {
                let values = finite(path, array, first, &values)?;
                values.chunks(size).map(|image| encode(self.network, image)).collect()
            }
            Units::Core => integers(self.network, path, array, first, &values)?,
        };
        (self.done, self.left) = (self.done + count, self.left - count);
        Ok(images)
    }
}

/// Integers that have to be legal as they are.
fn integers(
    network: &Network,
    path: &Path,
    array: &ArrayInfo,
    first: usize,
    values: &[f64],
) -> Result<Vec<Encoded>, ArrayError> {
    let input = network.tensor(network.input);
    let (lo, hi) = (input.act.lo, input.act.hi);
    let legal = |value: f64| value.fract() == 0.0 && (f64::from(lo)..=f64::from(hi)).contains(&value);
    if let Some(index) = values.iter().position(|value| !legal(*value)) {
        let (name, place) = (array.name.escape_debug(), place(&array.dims, first + index));
        let cause = format!("`{name}`{place} is {}, but the core takes integers from {lo} to {hi}", values[index]);
        return Err(ArrayError::values(path, cause));
    }
    let image = |values: &[f64]| Encoded { integers: values.iter().map(|v| *v as i32).collect(), saturated: 0 };
    Ok(values.chunks(input.shape.len()).map(image).collect())
}

/// The images of a file, as the core takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Integers of every image, in channel, row, column order.
    pub images: Vec<Vec<i32>>,
    /// How many numbers lay beyond the input's type.
    pub saturated: usize,
    /// What the numbers of the file were.
    pub units: Units,
    /// How many images the file has.
    pub in_file: usize,
    /// Labels in the file, of all its images.
    pub labels: Option<Vec<usize>>,
}

/// Reads images, at most the first `count`, with the labels beside them; see [`InputFile::open`].
pub fn load_images(
    path: &Path,
    network: &Network,
    units: Option<Units>,
    count: Option<usize>,
) -> Result<Images, ArrayError> {
    let mut file = InputFile::open(path, network, units)?;
    let (in_file, units) = (file.count(), file.units());
    let count = count.unwrap_or(in_file).min(in_file);
    let size = network.tensor(network.input).shape.len();
    if (count * size) as u64 > MAX_VALUES {
        let cause = format!(
            "{count} images of {size} values are more than {MAX_VALUES} values, the most that are kept in memory; take fewer with --count"
        );
        return Err(ArrayError::limit(path, cause));
    }
    let labels = file.labels()?;
    let mut batches = file.batches()?;
    let (mut images, mut saturated) = (Vec::new(), 0);
    while images.len() < count {
        let block = (1 << 20) / size.max(1) + 1;
        for image in batches.next_images(block.min(count - images.len()))? {
            saturated += image.saturated;
            images.push(image.integers);
        }
    }
    Ok(Images { images, saturated, units, in_file, labels })
}
