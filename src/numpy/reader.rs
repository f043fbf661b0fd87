//! Values of one array, in C order whatever the file's order is.

use std::io::{self, Read};
use std::path::PathBuf;

use npyz::NpyFile;
use npyz::half::f16;

use super::header::{Header, Number};
use super::{ArrayError, ArrayInfo};

type Values<'a> = Box<dyn Iterator<Item = io::Result<f64>> + 'a>;

/// An open array.
pub struct ArrayReader<'a> {
    path: PathBuf,
    info: ArrayInfo,
    values: Values<'a>,
}

impl<'a> ArrayReader<'a> {
    /// `source` stands behind the header.
    pub(super) fn new(
        path: PathBuf,
        info: ArrayInfo,
        header: Header,
        source: impl Read + 'a,
    ) -> Result<Self, ArrayError> {
        let (fortran, dims) = (header.fortran, header.dims.clone());
        let mut values = decoded(header, source).map_err(|e| ArrayError::format(&path, e.to_string()))?;
        if fortran && dims.iter().filter(|n| **n > 1).count() > 1 {
            let all: io::Result<Vec<f64>> = values.collect();
            let all = all.map_err(|e| ArrayError::format(&path, e.to_string()))?;
            values = Box::new(transposed(dims, all).map(Ok));
        }
        Ok(Self { path, info, values })
    }

    /// Name, shape and type.
    pub fn info(&self) -> &ArrayInfo {
        &self.info
    }

    /// The file.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// The next values: exactly so many. Values are read one by one, so that a false header cannot ask for memory that the
    /// file does not fill.
    pub fn read(&mut self, count: usize) -> Result<Vec<f64>, ArrayError> {
        let mut block = Vec::with_capacity(count.min(1 << 20));
        for value in self.values.by_ref().take(count) {
            let value = value.map_err(|e| {
                ArrayError::format(&self.path, format!("array {} is damaged or cut off: {e}", self.info.quoted()))
            })?;
            block.push(value);
        }
        Ok(block)
    }
}

fn decoded<'a>(header: Header, source: impl Read + 'a) -> Result<Values<'a>, npyz::DTypeError> {
    let number = header.number;
    let npy = NpyFile::with_header(header.parsed, io::BufReader::with_capacity(1 << 16, source));
    Ok(match number {
        Number::Bool => values(npy, |v: bool| f64::from(u8::from(v)))?,
        Number::Int8 => values(npy, |v: i8| v.into())?,
        Number::Int16 => values(npy, |v: i16| v.into())?,
        Number::Int32 => values(npy, |v: i32| v.into())?,
        Number::Int64 => values(npy, |v: i64| v as f64)?,
        Number::Uint8 => values(npy, |v: u8| v.into())?,
        Number::Uint16 => values(npy, |v: u16| v.into())?,
        Number::Uint32 => values(npy, |v: u32| v.into())?,
        Number::Uint64 => values(npy, |v: u64| v as f64)?,
        Number::Float16 => values(npy, |v: f16| v.to_f64())?,
        Number::Float32 => values(npy, |v: f32| v.into())?,
        Number::Float64 => values(npy, |v: f64| v)?,
    })
}

fn values<'a, T: npyz::Deserialize + 'a, R: Read + 'a>(
    npy: NpyFile<R>,
    to: fn(T) -> f64,
) -> Result<Values<'a>, npyz::DTypeError>
where
    T::TypeReader: 'a,
{
    Ok(Box::new(npy.data::<T>()?.map(move |value| value.map(to))))
}

/// Values with the first axis fastest, in the order with the last axis fastest.
fn transposed(dims: Vec<usize>, values: Vec<f64>) -> impl Iterator<Item = f64> {
    let strides: Vec<usize> = dims
        .iter()
        .scan(1, |stride, n| {
            let own = *stride;
            *stride *= n;
            Some(own)
        })
        .collect();
    let count = values.len();
    (0..count).map(move |index| {
        let mut rest = index;
        let mut place = 0;
        for (n, stride) in dims.iter().zip(&strides).rev() {
            place += rest % n * stride;
            rest /= n;
        }
        values[place]
    })
}
