//! Headers of arrays, read with care.

use std::io::Read;

use half::f16;

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
    /// The type that a header names, such as `<f4`, and whether its bytes stand in reverse order.
    fn parse(descr: &str) -> Result<(Self, bool), String> {
        let (order, kind) = descr.split_at_checked(1).unwrap_or_default();
        let number = match kind {
            "b1" => Self::Bool,
            "i1" => Self::Int8,
            "i2" => Self::Int16,
            "i4" => Self::Int32,
            "i8" => Self::Int64,
            "u1" => Self::Uint8,
            "u2" => Self::Uint16,
            "u4" => Self::Uint32,
            "u8" => Self::Uint64,
            "f2" => Self::Float16,
            "f4" => Self::Float32,
            "f8" => Self::Float64,
            _ => return Err(unsupported(descr)),
        };
        match order {
            "<" => Ok((number, false)),
            ">" => Ok((number, true)),
            "|" if number.bytes() == 1 => Ok((number, false)),
            _ => Err(unsupported(descr)),
        }
    }

    /// The value of its bytes, least significant first; the bytes after them do not count.
    pub(super) fn value(self, bytes: [u8; 8]) -> f64 {
        let [a, b, c, d, ..] = bytes;
        match self {
            Self::Bool | Self::Uint8 => a.into(),
            Self::Int8 => a.cast_signed().into(),
            Self::Int16 => i16::from_le_bytes([a, b]).into(),
            Self::Int32 => i32::from_le_bytes([a, b, c, d]).into(),
            Self::Int64 => i64::from_le_bytes(bytes) as f64,
            Self::Uint16 => u16::from_le_bytes([a, b]).into(),
            Self::Uint32 => u32::from_le_bytes([a, b, c, d]).into(),
            Self::Uint64 => u64::from_le_bytes(bytes) as f64,
            Self::Float16 => f16::from_le_bytes([a, b]).to_f64(),
            Self::Float32 => f32::from_le_bytes([a, b, c, d]).into(),
            Self::Float64 => f64::from_le_bytes(bytes),
        }
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

fn unsupported(descr: &str) -> String {
    format!("numbers of type `{}` are not supported", descr.escape_debug())
}

/// What a header says, checked.
#[derive(Debug)]
pub(super) struct Header {
    pub dims: Vec<usize>,
    pub number: Number,
    /// Whether a value's bytes stand in reverse order, the most significant first.
    pub reversed: bool,
    pub fortran: bool,
}

impl Header {
    /// Reads a header and leaves the source at the first value.
    pub(super) fn read(source: &mut dyn Read) -> Result<Self, String> {
        let text = raw(source)?;
        let text = str::from_utf8(&text).map_err(|_| MALFORMED)?;
        let header = Self::parse(text)?;
        let dims = &header.dims;
        if dims.len() > MAX_AXES {
            return Err("its shape is too large".to_owned());
        }
        // Beside an extent of zero the others are bounded too.
        let bound = dims.iter().try_fold(16usize, |product, n| product.checked_mul((*n).max(1)));
        let limit = if dims.contains(&0) { MAX_VALUES as usize } else { usize::MAX };
        bound.filter(|bound| *bound <= limit).ok_or_else(|| format!("shape {dims:?} is too large"))?;
        Ok(header)
    }

    /// The Python dictionary with the three keys that numpy writes, in any order.
    fn parse(text: &str) -> Result<Self, String> {
        let mut text = Text(text);
        let (mut descr, mut fortran, mut dims) = (None, None, None);
        text.token("{").ok_or(MALFORMED)?;
        while text.token("}").is_none() {
            let key = text.string().ok_or(MALFORMED)?;
            text.token(":").ok_or(MALFORMED)?;
            match key {
                "descr" if text.token("[").is_some() => return Err("it is a record array".to_owned()),
                "descr" => descr = text.string(),
                "fortran_order" => fortran = text.truth(),
                "shape" => dims = Some(text.extents()?),
                _ => return Err(MALFORMED.to_owned()),
            }
            if text.token(",").is_none() {
                text.token("}").ok_or(MALFORMED)?;
                break;
            }
        }
        let (descr, fortran, dims) = (descr.ok_or(MALFORMED)?, fortran.ok_or(MALFORMED)?, dims.ok_or(MALFORMED)?);
        let (number, reversed) = Number::parse(descr)?;
        if !text.0.trim().is_empty() {
            return Err(MALFORMED.to_owned());
        }
        Ok(Self { dims, number, reversed, fortran })
    }

    /// Number of values.
    pub(super) fn len(&self) -> u64 {
        self.dims.iter().map(|n| *n as u64).product()
    }
}

const MALFORMED: &str = "its header is not that of an array of numbers";

/// What is left of a header's text.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Takes a token that comes next, blanks before it left out.
    fn token(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = ["'", "\""].into_iter().find(|quote| self.token(quote).is_some())?;
        let (string, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(string)
    }

    fn truth(&mut self) -> Option<bool> {
        let truths = [("True", true), ("False", false)];
        truths.into_iter().find(|(word, _)| self.token(word).is_some()).map(|(_, truth)| truth)
    }

    /// A tuple of extents; a single one has a comma behind it.
    fn extents(&mut self) -> Result<Vec<usize>, String> {
        self.token("(").ok_or(MALFORMED)?;
        let (list, rest) = self.0.split_once(')').ok_or(MALFORMED)?;
        self.0 = rest;
        let list = list.trim();
        let whole = list.strip_suffix(',').unwrap_or(list);
        if whole.is_empty() {
            return Ok(Vec::new());
        }
        let extent = |text: &str| match text.trim() {
            digits if digits.is_empty() || digits.contains(|c: char| !c.is_ascii_digit()) => Err(MALFORMED.to_owned()),
            digits => digits.parse().map_err(|_| "its shape is too large".to_owned()),
        };
        whole.split(',').map(extent).collect()
    }
}

/// The text of a header.
fn raw(source: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut take = |count: usize| {
        let mut bytes = Vec::new();
        let read = source.take(count as u64).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
        if read == count { Ok(bytes) } else { Err("it ends within its header".to_owned()) }
    };
    let start = take(10)?;
    let Some(&[version, _, low, high]) = start.strip_prefix(b"\x93NUMPY") else {
        return Err("it is not a NumPy array".to_owned());
    };
    let length = match version {
        1 => vec![low, high],
        2 | 3 => [vec![low, high], take(2)?].concat(),
        other => return Err(format!("its format has version {other}; versions 1 to 3 are read")),
    };
    let length = length.iter().rev().fold(0, |all, byte| all << 8 | usize::from(*byte));
    if length > MAX_HEADER {
        return Err(format!("its header claims {length} bytes; at most {MAX_HEADER} are read"));
    }
    take(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<(Vec<usize>, Number, bool, bool), String> {
        Header::parse(text).map(|header| (header.dims, header.number, header.reversed, header.fortran))
    }

    #[test]
    fn headers_of_numpy() {
        let text = "{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }     \n";
        assert_eq!(parsed(text), Ok((vec![2, 3], Number::Int32, true, true)));
        let text = "{\"shape\":(7,),\"fortran_order\":False,\"descr\":\"|u1\"}";
        assert_eq!(parsed(text), Ok((vec![7], Number::Uint8, false, false)));
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (), }";
        assert_eq!(parsed(text), Ok((vec![], Number::Float64, false, false)));
    }

    #[test]
    fn other_headers() {
        let whole = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
        assert!(parsed(whole).is_ok());
        for (part, other, reason) in [
            ("'<f4'", "[('a', '<f4')]", "it is a record array"),
            ("<f4", "", "numbers of type `` are not supported"),
            ("<f4", "|f4", "numbers of type `|f4` are not supported"),
            ("<f4", "\u{fc}f4", "numbers of type `\u{fc}f4` are not supported"),
            ("(3,)", "(3,,)", MALFORMED),
            ("(3,)", "(-3,)", MALFORMED),
            ("(3,)", "(99999999999999999999,)", "its shape is too large"),
            ("(3,)", "3", MALFORMED),
            ("False", "0", MALFORMED),
            ("False", "False, 'more': 1", MALFORMED),
            ("'shape': (3,), ", "", MALFORMED),
            ("}", "", MALFORMED),
            ("}", "} x", MALFORMED),
        ] {
            assert_eq!(parsed(&whole.replace(part, other)), Err(reason.to_owned()), "{other}");
        }
    }
}
