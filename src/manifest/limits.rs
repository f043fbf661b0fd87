//! Widths that the generated hardware and the golden model are sized for.

use super::{Fault, Result};
use crate::ir::Requant;
use crate::num::{Range, requant_range};

/// Widest accumulator in bits: that of a DSP slice.
const ACC_BITS: u32 = 48;
/// Widest `acc * mul + add` in bits: one to spare in 64.
const PRODUCT_BITS: u32 = 63;

/// Refuses an accumulator that is too wide.
pub(super) fn check_acc(acc: Range) -> Result<()> {
    check("the accumulator", acc.signed_bits(), ACC_BITS)
}

/// Refuses constants that make `acc * mul + add` too wide.
pub(super) fn check_requant(acc: Range, requant: Requant) -> Result<()> {
    check("acc * mul + add", requant_range(acc, requant).signed_bits(), PRODUCT_BITS)
}

fn check(what: &'static str, bits: u32, limit: u32) -> Result<()> {
    if bits > limit { Err(Fault::TooWide { what, bits, limit }.into()) } else { Ok(()) }
}
