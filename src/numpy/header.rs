//! Headers of arrays, read with care.

use std::io::{Cursor, Read};

use npyz::{DType, NpyFile, NpyHeader, Order, TypeChar};

use super::limits::{MAX_AXES, MAX_HEADER, MAX_VALUES};

/// Types of numbers that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Float16,
    Float32,
    Float64,
}

impl Number {
    fn of(dtype: &DType) -> Result<Self, String> {
        let DType::Plain(kind) = dtype else { return Err("it is a record array".to_owned()) };
        Ok(match (kind.type_char(), kind.size_field()) {
            (TypeChar::Bool, 1) => Self::Bool,
            (TypeChar::Int, 1) => Self::Int8,
            (TypeChar::Int, 2) => Self::Int16,
            (TypeChar::Int, 4) => Self::Int32,
            (TypeChar::Int, 8) => Self::Int64,
            (TypeChar::Uint, 1) => Self::Uint8,
            (TypeChar::Uint, 2) => Self::Uint16,
            (TypeChar::Uint, 4) => Self::Uint32,
            (TypeChar::Uint, 8) => Self::Uint64,
            (TypeChar::Float, 2) => Self::Float16,
            (TypeChar::Float, 4) => Self::Float32,
            (TypeChar::Float, 8) => Self::Float64,
            _ => return Err(format!("numbers of type `{kind}` are not supported")),
        })
    }

    /// Bytes of one value.
    pub(super) fn bytes(self) -> u64 {
        match self {
            Self::Bool | Self::Int8 | Self::Uint8 => 1,
            Self::Int16 | Self::Uint16 | Self::Float16 => 2,
            Self::Int32 | Self::Uint32 | Self::Float32 => 4,
            Self::Int64 | Self::Uint64 | Self::Float64 => 8,
        }
    }

    pub(super) fn is_integer(self) -> bool {
        !matches!(self, Self::Float16 | Self::Float32 | Self::Float64)
    }
}

/// What a header says, checked.
pub(super) struct Header {
    pub dims: Vec<usize>,
    pub number: Number,
    pub fortran: bool,
    pub parsed: NpyHeader,
}

impl Header {
    /// Reads a header and leaves the source at the first value.
    pub(super) fn read(source: &mut dyn Read) -> Result<Self, String> {
        let (text, bytes) = raw(source)?;
        check(&text)?;
        let parsed = NpyFile::new(Cursor::new(bytes)).map_err(|e| e.to_string())?.header().clone();
        let dims: Result<Vec<usize>, _> = parsed.shape().iter().map(|n| usize::try_from(*n)).collect();
        let dims = dims.ok().filter(|dims| dims.len() <= MAX_AXES).ok_or("its shape is too large")?;
        // Beside an extent of zero the others are bounded too.
        let bound = dims.iter().try_fold(16usize, |product, n| product.checked_mul((*n).max(1)));
        let limit = if dims.contains(&0) { MAX_VALUES as usize } else { usize::MAX };
        bound.filter(|bound| *bound <= limit).ok_or_else(|| format!("shape {dims:?} is too large"))?;
        let number = Number::of(&parsed.dtype())?;
        Ok(Self { dims, number, fortran: parsed.order() == Order::Fortran, parsed })
    }

    /// Number of values.
    pub(super) fn len(&self) -> u64 {
        self.dims.iter().map(|n| *n as u64).product()
    }
}

/// The text of a header, and all bytes up to its end.
fn raw(source: &mut dyn Read) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut take = |count: usize, bytes: &mut Vec<u8>| {
        let read = source.take(count as u64).read_to_end(bytes).map_err(|e| e.to_string())?;
        if read == count { Ok(()) } else { Err("it ends within its header".to_owned()) }
    };
    let mut bytes = Vec::new();
    take(10, &mut bytes)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("it is not a NumPy array".to_owned());
    }
    let length = if bytes[6] == 1 {
        usize::from(u16::from_le_bytes([bytes[8], bytes[9]]))
    } else {
        take(2, &mut bytes)?;
        u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize
    };
    if length > MAX_HEADER {
        return Err(format!("its header claims {length} bytes; at most {MAX_HEADER} are read"));
    }
    let start = bytes.len();
    take(length, &mut bytes)?;
    Ok((bytes[start..].to_vec(), bytes))
}

/// The parser in `npyz` takes time exponential in brackets and multiplies the numbers of a shape, so headers beyond those of
/// plain types are refused before.
fn check(text: &[u8]) -> Result<(), String> {
    let count = |wanted: fn(&u8) -> bool| text.iter().filter(|byte| wanted(byte)).count();
    let (brackets, digits) = (count(|byte| b"([{".contains(byte)), count(u8::is_ascii_digit));
    if brackets > 2 || digits > 19 || count(|byte| b"xX".contains(byte)) > 0 {
        return Err("its header is not that of an array of numbers, or describes too many".to_owned());
    }
    Ok(())
}
