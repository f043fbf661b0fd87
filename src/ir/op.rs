//! Operators and their integer parameters.

use crate::num::Scheme;

/// `y = (acc * mul + add) >>> shift`: arithmetic shift right; `add` holds bias, zero point and the rounding constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requant {
    /// Mantissa M.
    pub mul: u32,
    /// Constant B.
    pub add: i64,
    /// Shift S, 0 to 63.
    pub shift: u32,
}

impl Requant {
    /// `y = acc`.
    pub const IDENTITY: Self = Self { mul: 1, add: 0, shift: 0 };
}

/// Zero pixels around an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

/// A sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width in pixels.
    pub kernel: [usize; 2],
    /// Vertical and horizontal step.
    pub stride: [usize; 2],
    /// Padding of the input.
    pub padding: Padding,
}

/// A weight matrix: one row per output channel, each with its own scheme and requantization.
#[derive(Clone, Debug, PartialEq)]
pub struct RowMatrix {
    /// Columns K = input channels of a group x kernel height x kernel width, in that order.
    pub columns: usize,
    /// Scheme of each row.
    pub schemes: Vec<Scheme>,
    /// Integer levels, rows x columns, row-major.
    pub levels: Vec<i32>,
    /// Requantization of each row.
    pub requant: Vec<Requant>,
}

impl RowMatrix {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.schemes.len()
    }

    /// The levels of one row.
    pub fn row(&self, row: usize) -> &[i32] {
        &self.levels[row * self.columns..(row + 1) * self.columns]
    }
}

/// A convolution; a dense layer is a 1x1 convolution over a 1x1 image.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Window over the input.
    pub window: Window,
    /// Input channels and rows are split into this many groups of equal size, and a row reads the channels of its group
    /// only: 1 for all channels, as many as channels for a depthwise convolution.
    pub groups: usize,
    /// Weights and requantization.
    pub matrix: RowMatrix,
}

/// What a layer computes. Every result is clamped to the `lo..=hi` of its output tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Matrix rows times windows, requantized per row.
    Conv(Conv),
    /// Largest value in the window; padding never wins.
    MaxPool(Window),
    /// Sum over the window (padding counts as zero), requantized by one constant for all channels.
    AvgPool(Window, Requant),
    /// Each operand requantized, then summed: `(a*Ma+Ba)>>>Sa + (b*Mb+Bb)>>>Sb`.
    Add([Requant; 2]),
    /// Channels of all operands, one after the other, each operand requantized.
    Concat(Vec<Requant>),
    /// Requantized by the first constants where the integer is at least 0, by the second where it is negative.
    LeakyRelu([Requant; 2]),
    /// Every pixel repeated, vertically and horizontally: nearest neighbour.
    Upsample([usize; 2]),
    /// Only the clamp of the output tensor (`relu`, `relu6`).
    Clamp,
    /// CHW to a vector in CHW order.
    Flatten,
}
