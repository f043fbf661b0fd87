//! What a user can choose.

use std::fmt;
use std::str::FromStr;

use crate::num::{ParseSchemeError, Scheme};

/// How rows get their schemes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Low variance to `sp2`, the others `fixed` (HPCA 2021).
    Msq,
    /// `pot`, `fixed` and a share of `fixed(8)` by Hessian and variance (ICCV 2021).
    Rmsmp,
    /// Superposed powers of two, the coding adapted per layer (2020).
    Ausn,
    /// The assignment with the smallest output error.
    Auto,
    /// One scheme for all rows.
    Uniform(Scheme),
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Msq => f.write_str("msq"),
            Self::Rmsmp => f.write_str("rmsmp"),
            Self::Ausn => f.write_str("ausn"),
            Self::Auto => f.write_str("auto"),
            Self::Uniform(scheme) => scheme.fmt(f),
        }
    }
}

impl FromStr for Method {
    type Err = ParseSchemeError;

    /// Reads `msq`, `rmsmp`, `ausn`, `auto`, or a scheme such as `fixed(4)`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "msq" => Ok(Self::Msq),
            "rmsmp" => Ok(Self::Rmsmp),
            "ausn" => Ok(Self::Ausn),
            "auto" => Ok(Self::Auto),
            scheme => scheme.parse().map(Self::Uniform),
        }
    }
}

/// How the clip of an activation tensor is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActClip {
    /// The largest value seen.
    MinMax,
    /// This percentage of the values is within the clip.
    Percentile(f64),
    /// Smallest squared error.
    Mse,
}

/// How the clip of a row, and with it its scale, is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightClip {
    /// The largest weight is the largest level.
    Max,
    /// Smallest squared error among all scales that requantization has.
    #[default]
    Mse,
    /// Alternating least squares: levels for the scale, scale for the levels.
    Als,
}

/// Types of tensors beside prescribed ones that have none of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Untyped {
    /// As wide as exactness takes.
    #[default]
    Exact,
    /// Calibrated to `edge_bits` where exactness takes more.
    Narrow,
}

/// Everything that steers quantization.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Assignment of schemes.
    pub method: Method,
    /// Width of weights, 3 to 5 bits.
    pub weight_bits: u8,
    /// Width of activations between layers.
    pub act_bits: u32,
    /// Width of the network's input and result, of operands of adds, and of averages.
    pub edge_bits: u32,
    /// Share of rows on LUT lanes (`sp2`, `pot`), from the target.
    pub lut_share: f64,
    /// Share of rows in `fixed(8)`.
    pub wide_share: f64,
    /// Clip of weights.
    pub weight_clip: WeightClip,
    /// Clip of activations.
    pub act_clip: ActClip,
    /// Bits of the mantissa of requantization.
    pub mantissa_bits: u32,
    /// Rounding compensates the error of the columns before (OPTQ), instead of rounding to nearest.
    pub compensate: bool,
    /// Biases take up the mean error of each row.
    pub correct_bias: bool,
    /// Rows with prescribed types are quantized anew.
    pub reassign: bool,
    /// Types of tensors that a quantized file leaves open.
    pub untyped: Untyped,
    /// Calibration images used for second-order statistics.
    pub images: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::Auto,
            weight_bits: 4,
            act_bits: 4,
            edge_bits: 8,
            lut_share: 0.65,
            wide_share: 0.0,
            weight_clip: WeightClip::Mse,
            act_clip: ActClip::Mse,
            mantissa_bits: 4,
            compensate: true,
            correct_bias: true,
            reassign: false,
            untyped: Untyped::Exact,
            images: 256,
            seed: 0,
        }
    }
}

impl Settings {
    /// Shares of rows on LUT lanes, on DSP blocks, and in `fixed(8)`; their sum is 1.
    pub fn shares(&self) -> [f64; 3] {
        [self.lut_share, 1.0 - self.lut_share - self.wide_share, self.wide_share]
    }

    /// The scheme of rows on DSP blocks.
    pub fn fixed(&self) -> Scheme {
        Scheme::Fixed { bits: self.weight_bits }
    }

    /// The sum of two powers of two of the same width.
    pub fn sp2(&self) -> Scheme {
        Scheme::Sp2 { m1: self.weight_bits / 2, m2: (self.weight_bits - 1) / 2 }
    }

    /// Powers of two of the same width.
    pub fn pot(&self) -> Scheme {
        Scheme::Pot { bits: self.weight_bits }
    }

    /// Superposed powers of two of the same width, by superposition bits.
    pub fn ausn(&self) -> impl Iterator<Item = Scheme> + use<> {
        let bits = self.weight_bits;
        (0..=bits.saturating_sub(2)).filter(move |sup| bits - 1 - sup <= 4).map(move |sup| Scheme::Ausn { bits, sup })
    }

    /// Longest mantissa that scales are fitted to: 2^10 scales from one power of two to the next are tried in seconds.
    pub const MOST_MANTISSA_BITS: u32 = 10;

    /// The scheme of sensitive rows.
    pub const WIDE: Scheme = Scheme::Fixed { bits: 8 };
}
