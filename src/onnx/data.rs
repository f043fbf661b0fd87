//! Tensors of the file as arrays.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use half::{bf16, f16};

use super::OnnxError;
use super::array::{Array, Data, count, dtype};
use super::names::escaped;
use super::proto::Tensor;
use crate::files::{self, ReadError};

/// Value of `data_location` for data in another file.
const EXTERNAL: i32 = 1;

/// Reads one tensor. Its claimed size is compared with the data that is there before anything is allocated.
pub(super) fn array(tensor: &Tensor, folder: Option<&Path>) -> Result<Array, OnnxError> {
    let fail = |cause: String| OnnxError::Tensor { name: escaped(&tensor.name), cause };
    let dims: Option<Vec<usize>> = tensor.dims.iter().map(|&extent| usize::try_from(extent).ok()).collect();
    let dims = dims.ok_or_else(|| fail("an extent is negative".to_owned()))?;
    let elements = count(&dims).map_err(|reason| fail(reason.to_string()))?;
    let Some(width) = width(tensor.data_type) else {
        return Err(fail(format!("element type {} is not supported", tensor.data_type)));
    };
    let bytes = (elements * width).div_ceil(8);
    let mut data = if tensor.data_location == EXTERNAL {
        raw(tensor.data_type, &external(tensor, bytes, folder)?)
    } else if let Some(found) = &tensor.raw_data {
        if found.len() != bytes {
            return Err(fail(format!("it has {} bytes of data but needs {bytes}", found.len())));
        }
        raw(tensor.data_type, found)
    } else {
        let (found, needed) = (typed_len(tensor), if width < 8 { bytes } else { elements });
        if found != needed {
            return Err(fail(format!("it has {found} elements but needs {needed}")));
        }
        typed(tensor)
    };
    if let Data::Int(values) = &mut data {
        // The last byte of packed elements may be filled up.
        values.truncate(elements);
    }
    Ok(Array { dims, data, dtype: tensor.data_type, grid: None })
}

/// Bits of one element in raw data.
fn width(code: i32) -> Option<usize> {
    match code {
        dtype::UINT8 | dtype::INT8 | dtype::BOOL => Some(8),
        dtype::UINT16 | dtype::INT16 | dtype::FLOAT16 | dtype::BFLOAT16 => Some(16),
        dtype::FLOAT | dtype::INT32 | dtype::UINT32 => Some(32),
        dtype::INT64 | dtype::DOUBLE | dtype::UINT64 => Some(64),
        _ => dtype::packed(code),
    }
}

/// Elements of a byte that several share, lowest bits first.
fn unpacked(code: i32, byte: u8) -> impl Iterator<Item = i64> {
    let bits = dtype::packed(code).unwrap_or(8);
    let signed = matches!(code, dtype::INT4 | dtype::INT2);
    (0..8 / bits).map(move |place| {
        let value = i64::from(byte) >> (place * bits) & ((1 << bits) - 1);
        if signed && value >> (bits - 1) == 1 { value - (1 << bits) } else { value }
    })
}

fn raw(code: i32, bytes: &[u8]) -> Data {
    match code {
        dtype::FLOAT => Data::Real(each(bytes, f32::from_le_bytes)),
        dtype::DOUBLE => Data::Real(each(bytes, |b| f64::from_le_bytes(b) as f32)),
        dtype::FLOAT16 => Data::Real(each(bytes, |b| f16::from_le_bytes(b).to_f32())),
        dtype::BFLOAT16 => Data::Real(each(bytes, |b| bf16::from_le_bytes(b).to_f32())),
        dtype::INT8 => Data::Int(each(bytes, |b| i8::from_le_bytes(b).into())),
        dtype::UINT16 => Data::Int(each(bytes, |b| u16::from_le_bytes(b).into())),
        dtype::INT16 => Data::Int(each(bytes, |b| i16::from_le_bytes(b).into())),
        dtype::INT32 => Data::Int(each(bytes, |b| i32::from_le_bytes(b).into())),
        dtype::UINT32 => Data::Int(each(bytes, |b| u32::from_le_bytes(b).into())),
        dtype::INT64 => Data::Int(each(bytes, i64::from_le_bytes)),
        dtype::UINT64 => Data::Int(each(bytes, |b| u64::from_le_bytes(b) as i64)),
        code if dtype::packed(code).is_some() => {
            Data::Int(bytes.iter().flat_map(|&byte| unpacked(code, byte)).collect())
        }
        _ => Data::Int(bytes.iter().map(|&byte| byte.into()).collect()),
    }
}

fn each<const N: usize, T>(bytes: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|&chunk| convert(chunk)).collect()
}

fn typed_len(tensor: &Tensor) -> usize {
    match tensor.data_type {
        dtype::FLOAT => tensor.float_data.len(),
        dtype::DOUBLE => tensor.double_data.len(),
        dtype::INT64 => tensor.int64_data.len(),
        dtype::UINT32 | dtype::UINT64 => tensor.uint64_data.len(),
        _ => tensor.int32_data.len(),
    }
}

fn typed(tensor: &Tensor) -> Data {
    let bits = || tensor.int32_data.iter().map(|&value| value as u16);
    match tensor.data_type {
        dtype::FLOAT => Data::Real(tensor.float_data.clone()),
        dtype::DOUBLE => Data::Real(tensor.double_data.iter().map(|&value| value as f32).collect()),
        dtype::FLOAT16 => Data::Real(bits().map(|value| f16::from_bits(value).to_f32()).collect()),
        dtype::BFLOAT16 => Data::Real(bits().map(|value| bf16::from_bits(value).to_f32()).collect()),
        dtype::INT64 => Data::Int(tensor.int64_data.clone()),
        dtype::UINT32 | dtype::UINT64 => Data::Int(tensor.uint64_data.iter().map(|&value| value as i64).collect()),
        code if dtype::packed(code).is_some() => {
            Data::Int(tensor.int32_data.iter().flat_map(|&value| unpacked(code, value as u8)).collect())
        }
        _ => Data::Int(tensor.int32_data.iter().map(|&value| value.into()).collect()),
    }
}

/// Data in a file beside the model; links are followed and must not lead out of the folder.
fn external(tensor: &Tensor, bytes: usize, folder: Option<&Path>) -> Result<Vec<u8>, OnnxError> {
    let name = || escaped(&tensor.name);
    let fail = |cause: String| OnnxError::Tensor { name: name(), cause };
    let entry = |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|e| e.value.as_str());
    let location = entry("location").ok_or_else(|| fail("its data file is not named".to_owned()))?;
    let outside = || OnnxError::Outside { name: name(), location: escaped(location) };
    let path = Path::new(location);
    let folder = folder.ok_or_else(outside)?;
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside());
    }
    let named = folder.join(path);
    let unreadable = |source| OnnxError::Unreadable { path: named.clone(), source };
    let (home, real) = (folder.canonicalize().map_err(unreadable)?, named.canonicalize().map_err(unreadable)?);
    if !real.starts_with(&home) {
        return Err(outside());
    }
    let number = |key: &str| match entry(key) {
        Some(text) => text.parse().map(Some).map_err(|_| fail(format!("its {key} is not a number"))),
        None => Ok(None),
    };
    let (offset, length): (Option<u64>, Option<u64>) = (number("offset")?, number("length")?);
    let (offset, needed) = (offset.unwrap_or(0), bytes as u64);
    if length.is_some_and(|length| length != needed) {
        return Err(fail(format!("its data file does not have the {needed} bytes that it needs")));
    }
    // However large it is, only the tensor's bytes are read.
    let mut file = files::open(&real, u64::MAX).map_err(|error| match error {
        ReadError::Io(source) => unreadable(source),
        other => fail(format!("its data file `{}` cannot be read: {other}", escaped(location))),
    })?;
    if offset.checked_add(needed).is_none_or(|end| end > file.metadata().map_or(0, |found| found.len())) {
        return Err(fail(format!("its data file ends before the {needed} bytes that it needs")));
    }
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    let mut data = vec![0; bytes];
    file.read_exact(&mut data).map_err(unreadable)?;
    Ok(data)
}
