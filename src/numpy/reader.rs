//! Values of one array, in C order whatever the file's order is.

use std::io::{self, Read};
use std::path::PathBuf;

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
        let mut values = decoded(&header, source);
        let Header { dims, fortran, .. } = header;
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

/// The values in the order of the file.
fn decoded<'a>(header: &Header, source: impl Read + 'a) -> Values<'a> {
    let (number, reversed, count) = (header.number, header.reversed, header.len());
    let bytes = number.bytes() as usize;
    let mut source = io::BufReader::with_capacity(1 << 16, source);
    Box::new((0..count).map(move |_| {
        let mut value = [0; 8];
        source.read_exact(&mut value[..bytes])?;
        if reversed {
            value[..bytes].reverse();
        }
        if number == Number::Bool && value[0] > 1 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is neither true nor false", value[0])));
        }
        Ok(number.value(value))
    }))
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
