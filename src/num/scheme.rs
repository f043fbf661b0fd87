//! Schemes: the finite sets of integer levels that a row may use, and their bit codes.

use std::fmt;
use std::str::FromStr;

/// The number system of one row. A weight is `scale_row * level`; levels are symmetric in sign.
///
/// Codes hold the sign bit first (most significant), then the fields that drive shifters and adder enables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Uniform levels `0..=2^(bits-1)-1`, two's complement code.
    Fixed {
        /// Code width, 2 to 16.
        bits: u8,
    },
    /// Powers of two `2^0 .. 2^(2^(bits-1)-2)` and zero (RMSMP, ICCV 2021).
    Pot {
        /// Code width, 2 to 5.
        bits: u8,
    },
    /// Sum of two powers of two (MSQ, HPCA 2021, Eq. 8): `q1 + q2`, `q in {0, 2^(2^m1-1-k)}`, `k = 1..2^m-1`.
    Sp2 {
        /// Bits of the first field, 1 to 4.
        m1: u8,
        /// Bits of the second field, 1 to `m1`.
        m2: u8,
    },
    /// Superposed powers of two (AUSN, 2020): `2^e * (2^s + s1*2^(s-1) + ... )`.
    Ausn {
        /// Code width: sign, main exponent field (1 to 4 bits), superposition bits.
        bits: u8,
        /// Superposition bits, 0 to 4.
        sup: u8,
    },
}

/// Why a scheme's text was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a scheme: {reason}")]
pub struct ParseSchemeError {
    text: String,
    reason: &'static str,
}

impl Scheme {
    /// Width of the code in bits, sign included.
    pub fn bits(self) -> u32 {
        match self {
            Self::Fixed { bits } | Self::Pot { bits } | Self::Ausn { bits, .. } => u32::from(bits),
            Self::Sp2 { m1, m2 } => 1 + u32::from(m1) + u32::from(m2),
        }
    }

    /// The family's name without parameters, as printed in tables.
    pub fn family(self) -> &'static str {
        match self {
            Self::Fixed { .. } => "fixed",
            Self::Pot { .. } => "pot",
            Self::Sp2 { .. } => "sp2",
            Self::Ausn { .. } => "ausn",
        }
    }

    /// Largest magnitude on the integer grid.
    pub fn max_magnitude(self) -> i32 {
        match self {
            Self::Fixed { bits } => (1 << (bits - 1)) - 1,
            Self::Pot { bits } => 1 << ((1 << (bits - 1)) - 2),
            Self::Sp2 { m1, m2 } => {
                let top = 1 << ((1 << m1) - 2);
                if m1 >= 1 && m2 >= 1 { 2 * top } else { top }
            }
            Self::Ausn { bits, sup } => ((2 << sup) - 1) << ((1 << (bits - 1 - sup)) - 1),
        }
    }

    /// The signed level that a code stands for; `None` when the code is wider than the scheme or is the
    /// two's complement value without a positive counterpart.
    pub fn level(self, code: u32) -> Option<i32> {
        let bits = self.bits();
        if code >> bits != 0 {
            return None;
        }
        if let Self::Fixed { .. } = self {
            let level = ((code as i32) << (32 - bits)) >> (32 - bits);
            return (level.abs() <= self.max_magnitude()).then_some(level);
        }
        let body = code & ((1 << (bits - 1)) - 1);
        let magnitude = self.decode_magnitude(body);
        Some(if code >> (bits - 1) == 1 { -magnitude } else { magnitude })
    }

    pub(super) fn decode_magnitude(self, body: u32) -> i32 {
        match self {
            Self::Fixed { .. } => body as i32,
            Self::Pot { bits } => term(body, u32::from(bits) - 1),
            Self::Sp2 { m1, m2 } => {
                let low = body & ((1 << m2) - 1);
                term(body >> m2, u32::from(m1)) + term(low, u32::from(m1))
            }
            Self::Ausn { sup, .. } => {
                let (exponent, superposed) = (body >> sup, body & ((1 << sup) - 1));
                if body == 0 { 0 } else { ((1 << sup) + superposed as i32) << exponent }
            }
        }
    }
}

/// One power-of-two term: field 0 switches it off, field `k` stands for `2^(2^width-1-k)`.
fn term(field: u32, width: u32) -> i32 {
    if field == 0 { 0 } else { 1 << ((1 << width) - 1 - field) }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed { bits } => write!(f, "fixed({bits})"),
            Self::Pot { bits } => write!(f, "pot({bits})"),
            Self::Sp2 { m1, m2 } => write!(f, "sp2({};{m1},{m2})", 1 + m1 + m2),
            Self::Ausn { bits, sup } => write!(f, "ausn({bits};{sup})"),
        }
    }
}

impl FromStr for Scheme {
    type Err = ParseSchemeError;

    /// Reads `fixed(4)`, `pot(4)`, `sp2(4;2,1)`, `ausn(4;1)`; blanks are ignored and `sp2(4)` means `sp2(4;2,1)`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| ParseSchemeError { text: text.chars().take(40).collect(), reason };
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (family, rest) = compact.split_once('(').ok_or_else(|| refuse("expected `family(bits...)`"))?;
        let inner = rest.strip_suffix(')').ok_or_else(|| refuse("the closing parenthesis is missing"))?;
        let numbers: Option<Vec<u8>> = inner.split([';', ',']).map(|n| n.parse().ok()).collect();
        let numbers = numbers.ok_or_else(|| refuse("the parameters must be small whole numbers"))?;
        match (family, numbers.as_slice()) {
            ("fixed", &[bits @ 2..=16]) => Ok(Self::Fixed { bits }),
            ("fixed", _) => Err(refuse("fixed(b) takes b = 2..16")),
            ("pot", &[bits @ 2..=5]) => Ok(Self::Pot { bits }),
            ("pot", _) => Err(refuse("pot(b) takes b = 2..5")),
            ("sp2", &[bits]) if (3..=9).contains(&bits) => Ok(Self::Sp2 { m1: bits / 2, m2: (bits - 1) / 2 }),
            ("sp2", &[bits, m1 @ 1..=4, m2]) if (1..=m1).contains(&m2) && bits == 1 + m1 + m2 => {
                Ok(Self::Sp2 { m1, m2 })
            }
            ("sp2", _) => Err(refuse("sp2(b;m1,m2) takes 4 >= m1 >= m2 >= 1 and b = 1 + m1 + m2")),
            ("ausn", &[bits, sup @ 0..=4]) if (2 + sup..=5 + sup).contains(&bits) => Ok(Self::Ausn { bits, sup }),
            ("ausn", _) => Err(refuse("ausn(b;s) takes s = 0..4 and b - 1 - s = 1..4 main bits")),
            _ => Err(refuse("the family must be fixed, pot, sp2 or ausn")),
        }
    }
}
