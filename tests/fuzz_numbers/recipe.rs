//! What a seed draws: a kind of file, an input and a list of blocks. Everything else comes from the seed of each block, so that a
//! block keeps its parameters when the shrinker drops another one.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// No prescribed types.
    Float,
    /// `QuantizeLinear` and `DequantizeLinear` around float operators.
    Qdq,
    /// `Quant`, `BipolarQuant`, `Trunc`.
    Qonnx,
    /// `QLinearConv`, `QLinearMatMul` on integers.
    QOperator,
}

/// What the numbers are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scales {
    /// Powers of two: all results are prescribed to the last bit.
    Dyadic,
    /// Any.
    Real,
}

/// A part of the network.
#[derive(Clone, Debug)]
pub struct Block {
    pub kind: Kind,
    pub seed: u64,
}

/// Kinds of parts.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Convolution or, on a vector, matrix.
    Linear,
    /// Batch normalization.
    Norm,
    /// A rectifier or clip.
    Activation,
    /// Maximum or average over windows.
    Pool,
    /// Mean or maximum over the image.
    Global,
    /// Multiplication and addition by channel.
    Affine,
    /// Zeros around the image.
    Pad,
    /// Pixels repeated.
    Resize,
    /// Axes moved there and back, or an operator that does nothing.
    Shape,
    /// A quantizer.
    Quantize,
    /// The image as a vector.
    Flatten,
    /// Two branches, added; the second may be empty.
    Residual(Vec<Block>, Vec<Block>),
    /// Two branches, joined.
    Join(Vec<Block>, Vec<Block>),
}

/// A network.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub seed: u64,
    pub family: Family,
    pub scales: Scales,
    /// Every tensor that a matrix reads has a prescribed type.
    pub prescribed: bool,
    /// Extents without the batch axis, channels first.
    pub input: Vec<usize>,
    /// The file has channels last.
    pub channels_last: bool,
    /// The file's arrays have no batch axis (vectors only).
    pub batchless: bool,
    /// Most channels of a layer.
    pub channels: usize,
    pub blocks: Vec<Block>,
}

impl Recipe {
    /// The network of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let family = match rng.random_range(0..100) {
            0..24 => Family::Float,
            24..58 => Family::Qdq,
            58..94 => Family::Qonnx,
            _ => Family::QOperator,
        };
        let size = |rng: &mut StdRng| *[1, 3, 4, 5, 6, 7, 8, 9, 12].get(rng.random_range(0..9)).unwrap_or(&6);
        let channels = rng.random_range(1..=6);
        let input = match rng.random_range(0..10) {
            0..6 => vec![channels, size(&mut rng).max(3), size(&mut rng).max(3)],
            6 => vec![channels, 1, size(&mut rng).max(4)],
            7 => vec![channels, size(&mut rng).max(4) * 2],
            _ => vec![rng.random_range(1..=24)],
        };
        let vector = input.len() == 1;
        let count = rng.random_range(1..=6);
        Self {
            seed,
            family,
            scales: if rng.random_bool(0.6) { Scales::Dyadic } else { Scales::Real },
            prescribed: family != Family::Float && rng.random_bool(0.85),
            channels_last: !vector && family != Family::QOperator && rng.random_bool(0.15),
            batchless: vector && rng.random_bool(0.1),
            channels: *[4, 6, 8].get(rng.random_range(0..3)).unwrap_or(&4),
            blocks: blocks(&mut rng, family, count, 2),
            input,
        }
    }
}

impl Recipe {
    /// Whether all scales are powers of two.
    pub fn is_dyadic(&self) -> bool {
        self.scales == Scales::Dyadic
    }
}

fn blocks(rng: &mut StdRng, family: Family, count: usize, depth: usize) -> Vec<Block> {
    (0..count).map(|_| Block { kind: kind(rng, family, depth), seed: rng.random() }).collect()
}

fn kind(rng: &mut StdRng, family: Family, depth: usize) -> Kind {
    if family == Family::QOperator {
        return match rng.random_range(0..10) {
            0..6 => Kind::Linear,
            6..8 => Kind::Pool,
            _ => Kind::Flatten,
        };
    }
    let branches = |rng: &mut StdRng| {
        let (a, b) = (rng.random_range(1..=3), rng.random_range(0..=2));
        (blocks(rng, family, a, depth - 1), blocks(rng, family, b, depth - 1))
    };
    match rng.random_range(0..100) {
        30..36 => Kind::Norm,
        36..52 => Kind::Activation,
        52..61 => Kind::Pool,
        61..64 => Kind::Global,
        64..69 => Kind::Affine,
        69..72 => Kind::Pad,
        72..75 => Kind::Resize,
        75..80 => Kind::Shape,
        80..85 => Kind::Quantize,
        85..88 => Kind::Flatten,
        88..95 if depth > 0 => {
            let (a, b) = branches(rng);
            Kind::Residual(a, b)
        }
        95..100 if depth > 0 => {
            let (a, b) = branches(rng);
            Kind::Join(a, b)
        }
        _ => Kind::Linear,
    }
}
