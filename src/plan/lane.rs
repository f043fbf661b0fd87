//! Lane kinds: what an array is built of, which rows it takes, and what its weight memory holds.

use crate::num::Scheme;
use std::fmt;
use std::str::FromStr;

/// How arrays read the values of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reading {
    /// Bits that they read at once: a digit.
    pub act: u32,
    /// Digits of a value, one pass each.
    pub digits: u32,
    /// What is added to values where they are stored.
    pub offset: i64,
}

impl Reading {
    /// How arrays that read `act` bits at once read values of so many bits, stored with an offset.
    pub fn of(bits: u32, offset: i64, act: u32) -> Self {
        Self { act, digits: bits.div_ceil(act), offset }
    }

    /// What a number in every digit stands for: that many times the number.
    fn repeated(self) -> i64 {
        (0..self.digits).map(|digit| 1 << (digit * self.act)).sum()
    }
}

/// The hardware of one row's dot product: DSP blocks (`rws_dsp_array`) or LUTs (`rws_lane`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// DSP blocks, two's complement weights; takes every scheme whose levels fit.
    Dsp {
        /// Weight width.
        bits: u8,
    },
    /// LUT lane for uniform levels: sign and magnitude.
    Fixed {
        /// Weight width.
        bits: u8,
    },
    /// LUT lane for sums of two powers of two; `m2 = 0` is the power-of-two lane.
    Sp2 {
        /// First field.
        m1: u8,
        /// Second field, 0 to `m1`.
        m2: u8,
    },
    /// LUT lane for superposed powers of two, wide enough for several codings of one width.
    Ausn {
        /// Main exponent field.
        main: u8,
        /// Superposition bits.
        sup: u8,
    },
}

impl Lane {
    /// Whether the lane is built of DSP blocks.
    pub fn is_dsp(self) -> bool {
        matches!(self, Self::Dsp { .. })
    }

    /// The LUT lane a scheme is at home on.
    pub fn home(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Fixed { bits } => Self::Fixed { bits },
            Scheme::Pot { bits } => Self::Sp2 { m1: bits - 1, m2: 0 },
            Scheme::Sp2 { m1, m2 } => Self::Sp2 { m1, m2 },
            Scheme::Ausn { bits, sup } => Self::Ausn { main: bits - 1 - sup, sup },
        }
    }

    /// `rws_array`'s LANE parameter.
    pub fn module_name(self) -> &'static str {
        match self {
            Self::Dsp { .. } => "dsp",
            Self::Fixed { .. } => "fixed",
            Self::Sp2 { m2: 0, .. } => "pot",
            Self::Sp2 { .. } => "sp2",
            Self::Ausn { .. } => "ausn",
        }
    }

    /// Bits per weight in the lane's weight memory.
    pub fn code_bits(self) -> u32 {
        match self {
            Self::Dsp { bits } | Self::Fixed { bits } => u32::from(bits),
            Self::Sp2 { m1, m2 } => 1 + u32::from(m1) + u32::from(m2),
            Self::Ausn { main, sup } => 1 + u32::from(main) + u32::from(sup),
        }
    }

    /// Largest magnitude the lane multiplies by.
    pub fn max_magnitude(self) -> i32 {
        self.grid().max_magnitude()
    }

    /// Left shift that brings a scheme's levels onto the lane's grid; `None` when the lane cannot hold the scheme.
    pub fn grid_shift(self, scheme: Scheme) -> Option<u32> {
        match (self, scheme) {
            (Self::Dsp { .. }, _) | (Self::Fixed { .. }, Scheme::Fixed { .. }) => {
                (scheme.max_magnitude() <= self.max_magnitude()).then_some(0)
            }
            (Self::Sp2 { .. }, Scheme::Sp2 { .. } | Scheme::Pot { .. }) => {
                let grid = self.grid();
                scheme.magnitudes().iter().all(|m| grid.contains(*m)).then_some(0)
            }
            (Self::Ausn { main, sup }, Scheme::Ausn { bits, sup: s }) => {
                (s <= sup && bits - 1 - s <= main).then(|| u32::from(sup - s))
            }
            _ => None,
        }
    }

    /// The scheme whose codes a LUT lane's memory holds.
    fn grid(self) -> Scheme {
        match self {
            Self::Dsp { bits } | Self::Fixed { bits } => Scheme::Fixed { bits },
            Self::Sp2 { m1, m2: 0 } => Scheme::Pot { bits: m1 + 1 },
            Self::Sp2 { m1, m2 } => Scheme::Sp2 { m1, m2 },
            Self::Ausn { main, sup } => Scheme::Ausn { bits: 1 + main + sup, sup },
        }
    }

    /// The word for one weight, its level already on the lane's grid. DSP pairs are adjusted by the memory image.
    pub fn encode(self, level: i32) -> u32 {
        match self {
            Self::Dsp { bits } => level as u32 & ((1 << bits) - 1),
            Self::Fixed { bits } => level.unsigned_abs() | u32::from(level < 0) << (bits - 1),
            // Planned rows only hold levels of an accepted scheme; `code` is total on those.
            Self::Sp2 { .. } | Self::Ausn { .. } => self.grid().code(level).unwrap_or(0),
        }
    }

    /// What the lane adds to a dot product for this weight beyond `level * value`: LUT lanes invert the span of a product instead of
    /// negating it, in every digit of a value.
    pub fn offset(self, level: i32, reading: Reading) -> i64 {
        let inverted = if self.is_dsp() || level >= 0 { 0 } else { self.mask(level, reading.act) };
        inverted * reading.repeated() + i64::from(level) * reading.offset
    }

    /// Bits of the product that a negative weight's sign inverts: what the fine shifter spans, see `rws_operand_*`.
    fn mask(self, level: i32, act: u32) -> i64 {
        let ones = |bits: u32| (1_i64 << bits) - 1;
        let all = ones(self.product_bits(act));
        let code = self.encode(level);
        let (field, top, span) = match self {
            Self::Sp2 { m1, m2: 0 } => (m1, (code >> (m1 - 1)) & 1 == 0, act - 1),
            Self::Ausn { main, sup } => (main, main > 0 && (code >> (sup + main - 1)) & 1 == 1, act + u32::from(sup)),
            Self::Dsp { .. } | Self::Fixed { .. } | Self::Sp2 { .. } => return all,
        };
        if field < 2 {
            return all;
        }
        let half = 1 << (field - 1);
        (ones(span + half) << if top { half } else { 0 }) & all
    }

    /// Bits of one product with unsigned activations of `act` bits.
    pub fn product_bits(self, act: u32) -> u32 {
        act + match self {
            Self::Sp2 { m1, m2: 0 } => (1 << m1) - 2,
            Self::Sp2 { m1, .. } => (1 << m1) - 1,
            Self::Ausn { main, sup } => u32::from(sup) + (1 << main),
            Self::Dsp { bits } | Self::Fixed { bits } => u32::from(bits) - 1,
        }
    }
}

/// Bits that count `n` things: the ceiling of log2.
pub fn clog2(n: usize) -> u32 {
    n.max(1).next_power_of_two().trailing_zeros()
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Dsp { bits } => write!(f, "dsp({bits})"),
            Self::Fixed { bits } => write!(f, "fixed({bits})"),
            Self::Sp2 { m1, m2: 0 } => write!(f, "pot({})", m1 + 1),
            Self::Sp2 { m1, m2 } => write!(f, "sp2({};{m1},{m2})", 1 + m1 + m2),
            Self::Ausn { main, sup } => write!(f, "ausn({main}+{sup})"),
        }
    }
}

impl FromStr for Lane {
    type Err = String;

    /// Reads `dsp(4)`, `fixed(4)`, `pot(4)`, `sp2(4;2,1)`, `ausn(4;1)` and `ausn(3+2)` (main + superposition bits).
    fn from_str(text: &str) -> Result<Self, String> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let inner = |family: &str| compact.strip_prefix(family)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(bits) = inner("dsp") {
            return match bits.parse() {
                Ok(bits @ 2..=16) => Ok(Self::Dsp { bits }),
                _ => Err(format!("`{text}`: dsp(b) takes b = 2..16")),
            };
        }
        if let Some((main, sup)) = inner("ausn").and_then(|i| i.split_once('+')) {
            return match (main.parse(), sup.parse()) {
                (Ok(main @ 1..=4), Ok(sup @ 0..=4)) => Ok(Self::Ausn { main, sup }),
                _ => Err(format!("`{text}`: ausn(m+s) takes m = 1..4 and s = 0..4")),
            };
        }
        compact.parse::<Scheme>().map(Self::home).map_err(|e| e.to_string())
    }
}
