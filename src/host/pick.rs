//! Which array of a file is meant, and whether it fits.

use std::io::{Read, Seek};
use std::path::Path;

use crate::numpy::{ArrayError, ArrayFile, ArrayInfo};

/// Names of arrays that hold labels.
pub(super) const LABELS: [&str; 2] = ["label", "labels"];

/// The array of this name, or the only one that holds no labels; in an `.npy` file the one there is.
pub(crate) fn by_name<R: Read + Seek>(file: &ArrayFile<R>, name: &str) -> Result<ArrayInfo, ArrayError> {
    let others = || file.arrays().iter().filter(|array| !LABELS.contains(&array.name.as_str()));
    let named = || file.arrays().iter().find(|array| array.name == name);
    let found = match file.arrays() {
        [only] if file.is_npy() => Some(only),
        _ => named().or_else(|| others().next().filter(|_| others().count() == 1)),
    };
    found.cloned().ok_or_else(|| {
        let name = name.escape_debug();
        let cause = if others().count() > 1 {
            format!("no array is named `{name}`, and several others could be the one")
        } else {
            format!("there is no array `{name}`")
        };
        ArrayError::which(file.path(), cause, file.arrays())
    })
}

/// How many samples of these extents an array holds; axes of one element do not count.
pub(crate) fn samples(path: &Path, array: &ArrayInfo, extents: &[usize]) -> Result<usize, ArrayError> {
    let unit = |dims: &[usize]| dims.iter().copied().filter(|n| *n != 1).collect::<Vec<_>>();
    let name = array.name.escape_debug();
    let [count, inner @ ..] = &array.dims[..] else {
        return Err(ArrayError::values(path, format!("array `{name}` is a single number, without a sample axis")));
    };
    if unit(inner) != unit(extents) {
        let wanted: Vec<String> = extents.iter().map(usize::to_string).collect();
        let mut cause = format!("array `{name}` has shape {:?}, not [samples, {}]", array.dims, wanted.join(", "));
        if unit(&array.dims) == unit(extents) {
            cause += "; a single sample needs a leading axis: `x[None]`";
        }
        return Err(ArrayError::values(path, cause));
    }
    if *count == 0 {
        return Err(ArrayError::values(path, format!("array `{name}` has no samples")));
    }
    Ok(*count)
}

/// Values as 32-bit floats; the first that is not finite is refused with its place. `first` is the index of the first value
/// in the array.
pub(crate) fn finite(path: &Path, array: &ArrayInfo, first: usize, values: &[f64]) -> Result<Vec<f32>, ArrayError> {
    let floats: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    match floats.iter().position(|value| !value.is_finite()) {
        None => Ok(floats),
        Some(index) => {
            let (value, place) = (values[index], place(&array.dims, first + index));
            let what = if value.is_finite() { "too large for a 32-bit float" } else { "not finite" };
            Err(ArrayError::values(path, format!("`{}`{place} is {value}, {what}", array.name.escape_debug())))
        }
    }
}

/// `[3, 0, 12]` for the value of this index.
pub(super) fn place(dims: &[usize], mut index: usize) -> String {
    let mut axes: Vec<usize> = dims.to_vec();
    for axis in axes.iter_mut().rev() {
        let extent = (*axis).max(1);
        (*axis, index) = (index % extent, index / extent);
    }
    format!("{axes:?}")
}
