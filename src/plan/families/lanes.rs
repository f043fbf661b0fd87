//! LUT lanes of a family's cells are counted from their structure; only the LUTs of a single product are measured.

use crate::plan::Lane;
use crate::plan::cost::Amount;

/// What a lane is made for.
#[derive(Clone, Copy)]
pub struct Size {
    /// Products.
    pub(in crate::plan) inputs: usize,
    /// Activation bits.
    pub(in crate::plan) act: usize,
    /// Accumulator bits.
    pub(in crate::plan) acc: usize,
}

/// Bits of a product.
pub(super) fn width(lane: Lane, size: Size) -> usize {
    lane.product_bits(size.act as u32) as usize
}

/// Registered levels of two; each sum is one bit wider than its operands.
pub(super) fn binary_tree(mut count: usize, mut width: usize) -> Amount {
    let mut sum = Amount::default();
    while count > 1 {
        width += 1;
        sum = sum + Amount::logic(width as f64, width) * (count / 2) + Amount::logic(0.0, width) * (count % 2);
        count = count.div_ceil(2);
    }
    sum
}

/// LUTs of an accumulator whose restart takes a LUT for every bit.
pub(super) fn gated(adder: usize, width: usize) -> usize {
    adder + width
}
