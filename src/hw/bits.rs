//! Strings of bits: words of any width for memory images.

/// A word under construction, least significant field first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    bits: Vec<bool>,
}

impl Bits {
    /// Appends `value` in `width` bits; negative values in two's complement. Every field is sized to hold its values.
    pub fn push(&mut self, value: i64, width: u32) {
        assert!((1..=64).contains(&width), "a field of {width} bits");
        assert!(width == 64 || value >> width == 0 || value >> (width - 1) == -1, "{value} in {width} bits");
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
