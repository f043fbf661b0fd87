//! Samples: arrays of images and labels from files of numpy.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use npyz::npz::{NpzArchive, file_name_from_array_name};
use npyz::{DType, NpyFile, TypeChar};

use super::{FloatError, Graph, Result};

/// Values the arrays of a file may hold: 2^29, 2 GiB of floats.
const MAX_VALUES: u64 = 1 << 29;
/// Bytes that deflate can make of one.
const INFLATION: u64 = 1032;
/// Most bytes of an array's header, as in numpy.
const MAX_HEADER: usize = 10_000;

/// An array with its extents.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Extents; the first counts samples.
    pub dims: Vec<usize>,
    /// Values, last axis fastest.
    pub values: Vec<f32>,
}

/// Images, and labels if the file has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Each in CHW order, with the host's scaling applied: what the core's input stands for.
    pub images: Vec<Vec<f32>>,
    /// Class of each image.
    pub labels: Option<Vec<usize>>,
}

impl Samples {
    /// Reads an `.npz` (the array named like the model's input, or the only float array; `label` or `labels` if present)
    /// or an `.npy` file.
    pub fn load(path: &Path, graph: &Graph) -> Result<Self> {
        let fail = |cause: String| FloatError::Samples { path: path.to_owned(), cause };
        let arrays = load_arrays(path)?;
        let is_label = |name: &str| matches!(name, "label" | "labels");
        let named = arrays.iter().find(|(name, _)| *name == graph.input_name);
        let (_, array) = named
            .or_else(|| arrays.iter().find(|(name, _)| !is_label(name)))
            .ok_or_else(|| fail("there is no array of samples".to_owned()))?;
        let images = images(array, graph).map_err(fail)?;
        let labels =
            arrays.iter().find(|(name, _)| is_label(name)).map(|(_, array)| labels(array, images.len(), graph));
        let labels = labels.transpose().map_err(fail)?;
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

fn images(array: &Array, graph: &Graph) -> std::result::Result<Vec<Vec<f32>>, String> {
    let shape = graph.input().shape;
    let (size, extents) = (shape.len(), graph.host.input.extents(shape));
    let unit = |dims: &[usize]| dims.iter().copied().filter(|n| *n != 1).collect::<Vec<_>>();
    let inner = array.dims.get(1..).unwrap_or_default();
    if inner.iter().product::<usize>() != size || unit(inner) != unit(&extents) {
        return Err(format!("shape {:?}, but the model takes samples of {extents:?}", array.dims));
    }
    if array.values.is_empty() {
        return Err("there is no sample".to_owned());
    }
    if let Some(index) = array.values.iter().position(|value| !value.is_finite()) {
        return Err(format!("sample {} holds a value that is not finite", index / size));
    }
    Ok(array.values.chunks(size).map(|image| graph.host.core_input(image, shape)).collect())
}

fn labels(array: &Array, images: usize, graph: &Graph) -> std::result::Result<Vec<usize>, String> {
    let classes = graph.tensor(graph.output).shape.len();
    let legal = |label: f32| label.fract() == 0.0 && (0.0..classes as f32).contains(&label);
    if array.values.len() != images {
        return Err(format!("{images} images, but {} labels", array.values.len()));
    }
    if let Some(index) = array.values.iter().position(|label| !legal(*label)) {
        let label = array.values[index];
        return Err(format!("the label of sample {index} is {label}, but classes are 0 to {}", classes - 1));
    }
    Ok(array.values.iter().map(|label| *label as usize).collect())
}

/// Every array of an `.npz` file with its name, or the one of an `.npy` file under the name of the file.
pub fn load_arrays(path: &Path) -> Result<Vec<(String, Array)>> {
    let fail = |cause: String| FloatError::Samples { path: path.to_owned(), cause };
    let file = BufReader::new(File::open(path).map_err(|e| fail(e.to_string()))?);
    read_arrays(file, path)
}

/// The arrays of an open file; `path` is its name in messages, and its extension tells `.npy` from `.npz`.
pub fn read_arrays(file: impl Read + Seek, path: &Path) -> Result<Vec<(String, Array)>> {
    let fail = |cause: String| FloatError::Samples { path: path.to_owned(), cause };
    if path.extension().is_some_and(|extension| extension == "npy") {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut room = MAX_VALUES;
        return Ok(vec![(name, array(file, &mut room).map_err(fail)?)]);
    }
    archive(file).map_err(fail)
}

fn archive(mut file: impl Read + Seek) -> std::result::Result<Vec<(String, Array)>, String> {
    let length = file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
    // Several entries can share the same bytes of the file: together they may not hold more than it can inflate to.
    let mut room = MAX_VALUES.min(length.saturating_mul(INFLATION));
    let mut archive = NpzArchive::new(file).map_err(|e| e.to_string())?;
    let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    let mut arrays = Vec::new();
    for name in names {
        let file = archive.zip_archive().by_name(&file_name_from_array_name(&name)).map_err(|e| e.to_string())?;
        let array = array(file, &mut room).map_err(|cause| format!("array `{name}`: {cause}"))?;
        arrays.push((name, array));
    }
    Ok(arrays)
}

fn array(file: impl Read, room: &mut u64) -> std::result::Result<Array, String> {
    let npy = open_npy(file)?;
    let shape = npy.shape().to_vec();
    // Beside an extent of zero the others are bounded too.
    let bound = shape.iter().try_fold(1u64, |product, n| product.checked_mul((*n).max(1)));
    match bound.and_then(|bound| room.checked_sub(bound)) {
        Some(rest) => *room = rest,
        None => return Err(format!("shape {shape:?} is too large")),
    }
    if npy.order() != npyz::Order::C {
        return Err("Fortran order is not supported; save a C-ordered array".to_owned());
    }
    let DType::Plain(kind) = npy.dtype() else { return Err("record arrays are not supported".to_owned()) };
    let values = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 4) => read(npy, |v: f32| v),
        (TypeChar::Float, 8) => read(npy, |v: f64| v as f32),
        (TypeChar::Int, 1) => read(npy, |v: i8| f32::from(v)),
        (TypeChar::Uint, 1) => read(npy, |v: u8| f32::from(v)),
        (TypeChar::Int, 2) => read(npy, |v: i16| f32::from(v)),
        (TypeChar::Uint, 2) => read(npy, |v: u16| f32::from(v)),
        (TypeChar::Int, 4) => read(npy, |v: i32| v as f32),
        (TypeChar::Uint, 4) => read(npy, |v: u32| v as f32),
        (TypeChar::Int, 8) => read(npy, |v: i64| v as f32),
        (TypeChar::Uint, 8) => read(npy, |v: u64| v as f32),
        _ => Err(format!("type {kind} is not a number")),
    }?;
    Ok(Array { dims: shape.iter().map(|n| *n as usize).collect(), values })
}

/// An array behind a header of a plain type. The parser in `npyz` trusts a header's length, takes time exponential in its
/// brackets and multiplies its numbers, so headers beyond those of plain types are refused before.
pub(crate) fn open_npy(mut file: impl Read) -> std::result::Result<NpyFile<impl Read>, String> {
    let mut start = Vec::new();
    file.by_ref().take(12 + MAX_HEADER as u64).read_to_end(&mut start).map_err(|e| e.to_string())?;
    let text = match *start.as_slice() {
        [_, _, _, _, _, _, 1, _, low, high, ..] => start.get(10..10 + usize::from(u16::from_le_bytes([low, high]))),
        [_, _, _, _, _, _, _, _, a, b, c, d, ..] => {
            (u32::from_le_bytes([a, b, c, d]) as usize).checked_add(12).and_then(|end| start.get(12..end))
        }
        _ => None,
    };
    let count = |wanted: fn(&u8) -> bool| text.unwrap_or_default().iter().filter(|byte| wanted(byte)).count();
    let (brackets, digits) = (count(|byte| b"([{".contains(byte)), count(u8::is_ascii_digit));
    if text.is_none() || brackets > 2 || digits > 19 || count(|byte| b"xX".contains(byte)) > 0 {
        return Err("its header is not that of an array of numbers, or claims too many".to_owned());
    }
    NpyFile::new(Cursor::new(start).chain(file)).map_err(|e| e.to_string())
}

/// Values are read one by one, so that a false header cannot ask for memory that the file does not fill.
fn read<T: npyz::Deserialize>(npy: NpyFile<impl Read>, to: impl Fn(T) -> f32) -> std::result::Result<Vec<f32>, String> {
    let data = npy.data::<T>().map_err(|e| e.to_string())?;
    data.map(|value| value.map(&to).map_err(|e| e.to_string())).collect()
}
