//! Words of any width for memory images.

use num_bigint::BigUint;

/// A word under construction, least significant field first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    value: BigUint,
    width: usize,
}

impl Bits {
    /// Appends `value` in `width` bits; negative values in two's complement. Every field is sized to hold its values.
    pub fn push(&mut self, value: impl Into<i128>, width: u32) {
        let value = value.into();
        assert!((1..128).contains(&width), "a field of {width} bits");
        assert!(value >> width == 0 || value >> (width - 1) == -1, "{value} in {width} bits");
        let mut ones = value as u128 & (u128::MAX >> (128 - width));
        while ones != 0 {
            self.value.set_bit(self.width as u64 + u64::from(ones.trailing_zeros()), true);
            ones &= ones - 1;
        }
        self.width += width as usize;
    }

    /// Appends `value` to a word that has a field for it, if it has: one of no bits is none.
    pub fn optional(&mut self, value: impl Into<i128>, width: u32) {
        if width > 0 {
            self.push(value, width);
        }
    }

    /// Appends a flag.
    pub fn flag(&mut self, value: bool) {
        self.push(value, 1);
    }

    /// Appends zeros.
    pub fn pad(&mut self, width: usize) {
        self.width += width;
    }

    /// Width so far.
    pub fn len(&self) -> usize {
        self.width
    }

    /// Pads with zeros to `count` words of 32 bits, least significant first.
    pub fn words(&self, count: usize) -> Vec<Self> {
        assert!(self.width <= 32 * count, "{} bits in {count} words", self.width);
        let digits = self.value.iter_u32_digits().chain(std::iter::repeat(0));
        digits.take(count).map(|digit| Self { value: digit.into(), width: 32 }).collect()
    }

    /// All bits in numbers of 32, least significant first.
    pub fn digits(&self) -> impl Iterator<Item = u32> {
        self.value.iter_u32_digits().chain(std::iter::repeat(0)).take(self.width.div_ceil(32))
    }

    /// Hexadecimal digits, most significant first, as `$readmemh` reads them.
    pub fn hex(&self) -> String {
        format!("{:0digits$x}", self.value, digits = self.width.div_ceil(4))
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn fields_of_any_width_lie_behind_one_another() {
        let mut word = Bits::default();
        word.push(-1, 3);
        word.flag(false);
        word.push(i128::from(u64::MAX) << 8, 73);
        word.push(-2, 6);
        word.push(5u8, 4);
        assert_eq!(word.len(), 87);
        // 5 is 101, -2 is 111110; the 73 bits are a zero, 64 ones and eight zeros; -1 is 111 below the flag.
        assert_eq!(word.hex(), "2fcffffffffffffffff007");
    }

    #[test]
    fn words_have_32_bits_and_all_their_digits() {
        let mut word = Bits::default();
        word.push(0x1_2345_6789_i64, 40);
        let texts: Vec<String> = word.words(3).iter().map(Bits::hex).collect();
        assert_eq!(texts, ["23456789", "00000001", "00000000"]);
        word.push(-1, 1);
        assert_eq!(word.hex(), "10123456789");
    }

    #[test]
    #[should_panic(expected = "-9 in 4 bits")]
    fn a_value_fits_its_field() {
        Bits::default().push(-8, 4);
        Bits::default().push(15, 4);
        Bits::default().push(-9, 4);
    }
}
