//! Strings of bits: words of any width for memory images.

/// A word under construction, least significant field first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    bits: Vec<bool>,
}

impl Bits {
    /// Appends the low `width` bits of `value`; negative values in two's complement.
    pub fn push(&mut self, value: i64, width: u32) {
        debug_assert!(width <= 64 && (width == 64 || (value >> (width - 1).min(62) == -1 || value >> width == 0)), "{value} in {width} bits");
        self.bits.extend((0..width).map(|i| value >> i.min(63) & 1 == 1));
    }

    /// Appends a flag.
    pub fn flag(&mut self, value: bool) {
        self.bits.push(value);
    }

    /// Width so far.
    pub fn len(&self) -> usize {
        self.bits.len()
    }

    /// Pads with zeros to a multiple of 32 and cuts into words, least significant first.
    pub fn words(mut self, count: usize) -> Vec<Self> {
        self.bits.resize(count * 32, false);
        self.bits.chunks(32).map(|chunk| Self { bits: chunk.to_vec() }).collect()
    }

    /// Hexadecimal digits, most significant first, as `$readmemh` reads them.
    pub fn hex(&self) -> String {
        let digit = |nibble: &[bool]| {
            let value = nibble.iter().enumerate().map(|(i, bit)| u32::from(*bit) << i).sum();
            char::from_digit(value, 16).unwrap_or('0')
        };
        self.bits.chunks(4).rev().map(digit).collect()
    }
}
