//! The safetensors file: integer tensors by name, each used exactly once.

use std::collections::BTreeSet;

use safetensors::{Dtype, SafeTensors};

use super::{Fault, Result};
use crate::ir::escaped;

/// The tensors of a weights file, with a note of those that nothing has asked for yet.
pub(super) struct Weights<'data> {
    tensors: Option<SafeTensors<'data>>,
    unused: BTreeSet<String>,
}

/// Reads the little-endian bytes of one element.
type Decode = fn(&[u8]) -> i64;

/// The integers of one tensor, row-major.
pub(super) struct Integers<'data> {
    /// The tensor's name in the file.
    pub name: String,
    /// Its extents.
    pub shape: Vec<usize>,
    data: &'data [u8],
    size: usize,
    decode: Decode,
}

impl<'data> Weights<'data> {
    /// Reads the header of a file, or stands for a manifest without weights.
    pub(super) fn parse(bytes: Option<&'data [u8]>) -> Result<Self> {
        let refuse = |error: safetensors::SafeTensorError| Fault::Safetensors { reason: escaped(&error.to_string()) };
        let tensors = bytes.map(SafeTensors::deserialize).transpose().map_err(refuse)?;
        let unused = tensors.iter().flat_map(|t| t.names()).map(str::to_owned).collect();
        Ok(Self { tensors, unused })
    }

    /// The tensor `<layer>.<part>`.
    pub(super) fn take(&mut self, layer: &str, part: &str) -> Result<Integers<'data>> {
        let tensors = self.tensors.as_ref().ok_or(Fault::NoWeights)?;
        let name = format!("{layer}.{part}");
        let view = tensors.tensor(&name).map_err(|_| Fault::MissingTensor { tensor: name.clone() })?;
        let (size, decode) = decoder(view.dtype())
            .ok_or_else(|| Fault::Dtype { tensor: name.clone(), dtype: view.dtype().to_string() })?;
        self.unused.remove(&name);
        Ok(Integers { name, shape: view.shape().to_vec(), data: view.data(), size, decode })
    }

    /// Whether there is a tensor `<layer>.<part>`.
    pub(super) fn has(&self, layer: &str, part: &str) -> bool {
        self.tensors.as_ref().is_some_and(|tensors| tensors.tensor(&format!("{layer}.{part}")).is_ok())
    }

    /// Refuses tensors that no layer has taken.
    pub(super) fn finish(self) -> Result<()> {
        if self.unused.is_empty() {
            return Ok(());
        }
        let mut names: Vec<String> = self.unused.iter().take(8).map(|name| format!("\"{}\"", escaped(name))).collect();
        if self.unused.len() > names.len() {
            names.push(format!("and {} more", self.unused.len() - names.len()));
        }
        Err(Fault::SurplusTensors { tensors: names.join(", ") }.into())
    }
}

impl Integers<'_> {
    /// Refuses another shape.
    pub(super) fn expect_shape(&self, expected: &[usize]) -> Result<()> {
        if self.shape == expected {
            return Ok(());
        }
        let (tensor, found) = (self.name.clone(), self.shape.clone());
        Err(Fault::TensorShape { tensor, found, expected: expected.to_vec() }.into())
    }

    /// All values in order.
    pub(super) fn values(&self) -> impl Iterator<Item = i64> + '_ {
        self.data.chunks_exact(self.size).map(self.decode)
    }
}

/// Bytes per element and how they are read; `None` for anything but integers of up to 64 bits signed.
fn decoder(dtype: Dtype) -> Option<(usize, Decode)> {
    Some(match dtype {
        Dtype::I8 => (1, |b| i64::from(b[0] as i8)),
        Dtype::U8 => (1, |b| i64::from(b[0])),
        Dtype::I16 => (2, |b| i64::from(i16::from_le_bytes([b[0], b[1]]))),
        Dtype::U16 => (2, |b| i64::from(u16::from_le_bytes([b[0], b[1]]))),
        Dtype::I32 => (4, |b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::U32 => (4, |b| i64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::I64 => (8, |b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])),
        _ => return None,
    })
}
