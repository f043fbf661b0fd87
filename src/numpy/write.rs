//! Writing one array, block by block; the file appears when it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use npyz::npz::NpzWriter;
use npyz::{AutoSerialize, WriterBuilder};
use zip::write::FileOptions;

use super::ArrayError;
use crate::files::{FileError, OutputFile};

/// `.npy`, or an archive with one array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayFormat {
    /// One array.
    Npy,
    /// An archive.
    Npz,
}

impl ArrayFormat {
    /// What a file's name asks for.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "npy" => Some(Self::Npy),
            "npz" => Some(Self::Npz),
            _ => None,
        }
    }
}

/// Checks that an array can be written to a file: a new one, or an earlier array.
pub fn array_output(path: &Path) -> Result<OutputFile, ArrayError> {
    let output = OutputFile::prepare(path).and_then(|output| output.starting_with(&[b"\x93NUMPY", b"PK"]));
    output.map_err(|error| ArrayError::of_output(path, error))
}

/// What takes the blocks of values.
pub type Sink<'a, T> = dyn FnMut(&[T]) -> io::Result<()> + 'a;

/// Writes the values that `fill` hands over, `dims` of them in all, as the array `name`; the same values give the same bytes.
pub fn write_array<T, E, V>(
    path: &Path,
    name: &str,
    dims: &[usize],
    fill: impl FnOnce(&mut Sink<'_, T>) -> Result<V, E>,
) -> Result<V, E>
where
    T: AutoSerialize + Copy,
    E: From<ArrayError>,
{
    let failed = |cause| ArrayError::Write { path: path.to_owned(), cause };
    let refuse = |error: FileError| ArrayError::of_output(path, error);
    let mut fresh = array_output(path)?.begin().map_err(refuse)?;
    let dims: Vec<u64> = dims.iter().map(|n| *n as u64).collect();
    let mut out = BufWriter::new(fresh.file());
    let result = if ArrayFormat::of(path) == Some(ArrayFormat::Npz) {
        let bytes = dims.iter().product::<u64>().saturating_mul(8);
        let options = FileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .large_file(bytes > u64::from(u32::MAX / 2));
        let mut archive = NpzWriter::new(&mut out);
        let array = archive.array::<T>(name, options).map_err(failed)?;
        let result = filled(array.default_dtype().shape(&dims).begin_nd().map_err(failed)?, fill, failed)?;
        archive.zip_writer().finish().map_err(|e| failed(e.into()))?;
        result
    } else {
        let array = npyz::WriteOptions::<T>::new().default_dtype().shape(&dims).writer(&mut out);
        filled(array.begin_nd().map_err(failed)?, fill, failed)?
    };
    out.flush().map_err(failed)?;
    drop(out);
    fresh.finish().map_err(refuse)?;
    Ok(result)
}

fn filled<T, W, E, V>(
    mut writer: npyz::NpyWriter<T, W>,
    fill: impl FnOnce(&mut Sink<'_, T>) -> Result<V, E>,
    failed: impl Fn(io::Error) -> ArrayError,
) -> Result<V, E>
where
    T: AutoSerialize + Copy,
    W: Write,
    E: From<ArrayError>,
{
    let result = fill(&mut |values| values.iter().try_for_each(|value| writer.push(value)))?;
    writer.finish().map_err(failed)?;
    Ok(result)
}
