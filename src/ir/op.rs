//! Operators and their integer parameters.

use std::ops::RangeInclusive;

use super::{Fault, Shape};
use crate::num::Scheme;

/// What becomes of the bits that a shift discards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Dropped: the arithmetic shift rounds down. With `2^(shift-1)` in the constant before it, half up.
    #[default]
    Floor,
    /// To the nearest integer, of two equally near ones to the even one. The constant before the shift holds `2^(shift-1)`;
    /// where the shift is not 0, all discarded bits are zero and the result is odd, one is subtracted.
    HalfEven,
    /// The same to the odd one: even multiples of the scale in a type with an odd zero point. Where the shift is not 0, all
    /// discarded bits are zero and the result is even, one is subtracted.
    HalfOdd,
}

impl Rounding {
    /// Whether one is subtracted from the result of a shift that discards nothing but zeros.
    #[must_use]
    pub fn lowers_tie(self, result_is_odd: bool) -> bool {
        match self {
            Self::Floor => false,
            Self::HalfEven => result_is_odd,
            Self::HalfOdd => !result_is_odd,
        }
    }
}

/// The last shift of a layer: behind the requantizations, which round down then, or, if it is 0, their own shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Common shift behind the requantizations.
    pub shift: u32,
    /// How it rounds, or, if it is 0, how the requantizations do.
    pub rounding: Rounding,
}

impl Last {
    /// Everything rounds down.
    pub const DOWN: Self = Self { shift: 0, rounding: Rounding::Floor };
}

/// `y = (acc * mul + add) >>> shift`: arithmetic shift right, rounded as the layer says; `add` holds bias, zero point and
/// the rounding constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requant {
    /// Mantissa M, less than 2^63.
    pub mul: u64,
    /// Constant B.
    pub add: i64,
    /// Shift S, 0 to 127.
    pub shift: u32,
}

impl Requant {
    /// `y = acc`.
    pub const IDENTITY: Self = Self { mul: 1, add: 0, shift: 0 };
}

/// Pixels around an image, each the zero point of the tensor.
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
    /// The second half of each row's function, for rows with a leaky rectifier behind them.
    pub negative: Option<Vec<Negative>>,
}

/// Another requantization of a row for small accumulators: those that stand for negative numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negative {
    /// Used where the accumulator is less than this.
    pub below: i64,
    /// Instead of the row's own.
    pub requant: Requant,
}

impl Negative {
    /// Used where `acc * mul + add` of the row's own requantization is negative, for accumulators of up to 63 bits.
    pub fn by_sign(own: Requant, requant: Requant) -> Self {
        let add = i128::from(own.add);
        let below = match own.mul {
            // All are negative, or none.
            0 if add < 0 => i128::MAX,
            0 => i128::MIN,
            // The least accumulator that is not negative: -add / mul, rounded up.
            mul => -add.div_euclid(mul.into()),
        };
        Self { below: below.clamp(i64::MIN.into(), i64::MAX.into()) as i64, requant }
    }
}

impl RowMatrix {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.schemes.len()
    }

    /// The second constants of one row, if it has any.
    pub fn negative_of(&self, row: usize) -> Option<Negative> {
        self.negative.as_ref().map(|negative| negative[row])
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

/// What an average divides by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Average {
    /// Padding counts as pixels of the zero point: one set for all windows.
    Window(Requant),
    /// Padding is left out: the set at `n - 1` is for windows with `n` pixels of the image.
    Image(Vec<Requant>),
}

impl Average {
    /// Its sets of constants.
    pub fn requants(&self) -> &[Requant] {
        match self {
            Self::Window(requant) => std::slice::from_ref(requant),
            Self::Image(requants) => requants,
        }
    }
}

impl Conv {
    /// Level of a row for a column of the whole input, in the order of [`RowMatrix::columns`] over all channels: zero outside of the
    /// row's group.
    pub fn level(&self, row: usize, column: usize) -> i32 {
        let (own, columns) = (row / (self.matrix.rows() / self.groups), self.matrix.columns);
        if column / columns == own { self.matrix.row(row)[column % columns] } else { 0 }
    }
}

/// What a layer computes. Every result is clamped to the `lo..=hi` of its output tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Matrix rows times windows, requantized per row.
    Conv(Conv),
    /// Largest value in the window; padding never wins.
    MaxPool(Window),
    /// Sum over the window, requantized alike for all channels.
    AvgPool(Window, Average),
    /// Sum of two tensors, each requantized and rounded down.
    Add([Requant; 2]),
    /// Channels of all operands, one after the other, each operand requantized.
    Concat(Vec<Requant>),
    /// Requantized by the first constants where the integer is at least the input's zero point, by the second elsewhere.
    LeakyRelu([Requant; 2]),
    /// Every pixel repeated, vertically and horizontally: nearest neighbour.
    Upsample([usize; 2]),
    /// Only the clamp of the output tensor (`relu`, `relu6`).
    Clamp,
    /// CHW to a vector in CHW order.
    Flatten,
}

/// What those who check, count and write networks have to know of an operator.
#[derive(Clone, Debug)]
pub struct OpFacts<'a> {
    /// Name in messages and tables.
    pub name: &'static str,
    /// How many operands it takes.
    pub operands: RangeInclusive<usize>,
    /// Its window, if it has one.
    pub window: Option<&'a Window>,
    /// Its requantizations, those of rows included; none if it leaves integers as they are.
    pub requants: Option<&'a [Requant]>,
    /// Whether the type of its result is that of its operand.
    pub keeps_type: bool,
}

impl Op {
    /// What is known of the operator.
    pub fn facts(&self) -> OpFacts<'_> {
        let one = |name, window| OpFacts { name, operands: 1..=1, window, requants: None, keeps_type: false };
        match self {
            Self::Conv(conv) => OpFacts { requants: Some(&conv.matrix.requant), ..one("conv", Some(&conv.window)) },
            Self::MaxPool(window) => OpFacts { keeps_type: true, ..one("max_pool", Some(window)) },
            Self::AvgPool(window, average) => {
                OpFacts { requants: Some(average.requants()), ..one("avg_pool", Some(window)) }
            }
            Self::Add(requants) => OpFacts { operands: 2..=2, requants: Some(requants), ..one("add", None) },
            Self::Concat(requants) => OpFacts { operands: 2..=64, requants: Some(requants), ..one("concat", None) },
            Self::LeakyRelu(requants) => OpFacts { requants: Some(requants), ..one("leaky_relu", None) },
            Self::Upsample(_) => OpFacts { keeps_type: true, ..one("upsample", None) },
            Self::Clamp => one("clamp", None),
            Self::Flatten => OpFacts { keeps_type: true, ..one("flatten", None) },
        }
    }

    /// The shape of the result, if the operator has one for operands of these shapes.
    pub(crate) fn shape(&self, operands: &[Shape]) -> Result<Shape, Fault> {
        let first = operands[0];
        match self {
            Self::Conv(conv) => first.slid(&conv.window, conv.matrix.rows()),
            Self::MaxPool(window) | Self::AvgPool(window, _) => first.slid(window, first.channels),
            Self::Add(_) => first.same_as(operands, |shape| shape),
            Self::Concat(_) => {
                first.same_as(operands, |shape| Shape { channels: first.channels, ..shape })?;
                let channels: usize = operands.iter().map(|shape| shape.channels).sum();
                Shape::within([channels, first.height, first.width].map(|n| n as u64))
            }
            Self::Upsample(factor) => first.enlarged(*factor),
            Self::LeakyRelu(_) | Self::Clamp => Ok(first),
            Self::Flatten => Ok(Shape { channels: first.len(), height: 1, width: 1 }),
        }
    }
}
