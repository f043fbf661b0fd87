//! Writing one array, block by block; the file appears when it is whole.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

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

/// A number that is written.
pub trait Number: Copy {
    /// Its type in a header.
    const TYPE: &'static str;

    /// Its bytes, least significant first.
    fn bytes(self) -> [u8; 4];
}

impl Number for f32 {
    const TYPE: &'static str = "<f4";

    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl Number for i32 {
    const TYPE: &'static str = "<i4";

    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
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
    T: Number,
    E: From<ArrayError>,
{
    let failed = |cause| ArrayError::Write { path: path.to_owned(), cause };
    let refuse = |error: FileError| ArrayError::of_output(path, error);
    let mut fresh = array_output(path)?.begin().map_err(refuse)?;
    let mut out = BufWriter::new(fresh.file());
    let result = if ArrayFormat::of(path) == Some(ArrayFormat::Npz) {
        let bytes = dims.iter().map(|n| *n as u64).product::<u64>().saturating_mul(8);
        let options = SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::default())
            .large_file(bytes > u64::from(u32::MAX / 2));
        let mut archive = ZipWriter::new(&mut out);
        archive.start_file(format!("{name}.npy"), options).map_err(|e| failed(e.into()))?;
        let result = filled(&mut archive, dims, fill, failed)?;
        archive.finish().map_err(|e| failed(e.into()))?;
        result
    } else {
        filled(&mut out, dims, fill, failed)?
    };
    out.flush().map_err(failed)?;
    drop(out);
    fresh.finish().map_err(refuse)?;
    Ok(result)
}

/// Header and values.
fn filled<T, E, V>(
    out: &mut dyn Write,
    dims: &[usize],
    fill: impl FnOnce(&mut Sink<'_, T>) -> Result<V, E>,
    failed: impl Fn(io::Error) -> ArrayError,
) -> Result<V, E>
where
    T: Number,
    E: From<ArrayError>,
{
    out.write_all(&header(T::TYPE, dims)).map_err(&failed)?;
    let mut missing = dims.iter().product::<usize>();
    let result = fill(&mut |values| {
        missing =
            missing.checked_sub(values.len()).ok_or_else(|| io::Error::other("more values than the shape has"))?;
        values.iter().try_for_each(|value| out.write_all(&value.bytes()))
    })?;
    if missing > 0 {
        return Err(failed(io::Error::other(format!("{missing} values are missing"))).into());
    }
    Ok(result)
}

/// A header as numpy writes it; values begin at a multiple of 64 bytes.
fn header(descr: &str, dims: &[usize]) -> Vec<u8> {
    let extents: Vec<String> = dims.iter().map(usize::to_string).collect();
    let comma = if dims.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", extents.join(", "));
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // The magic word, the version, a length of two bytes and the line's end.
    let padding = (text.len() + 11).next_multiple_of(64) - text.len() - 11;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    [b"\x93NUMPY\x01\x00", (text.len() as u16).to_le_bytes().as_slice(), text.as_bytes()].concat()
}
