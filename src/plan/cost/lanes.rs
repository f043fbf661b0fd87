//! LUT lanes of a family's cells, counted from their structure: see `rws_xc7_lane`, `rws_ecp5_lane`,
//! `rws_ice40_lane`, `rws_alu_lane`. Only the LUTs of a single product are measured.

use super::{Amount, clog2};
use crate::plan::Lane;
use crate::target::Family;

/// What a lane is made for.
#[derive(Clone, Copy)]
pub struct Size {
    /// Products.
    pub inputs: usize,
    /// Activation bits.
    pub act: usize,
    /// Accumulator bits.
    pub acc: usize,
}

/// One lane of 7-series cells.
pub fn xc7(lane: Lane, size: Size) -> Amount {
    let width = width(lane, size);
    let pairs = size.inputs.div_ceil(2);
    let gates = if is_gated(lane) { 3 } else { 0 };
    let act = size.act as f64;
    let product = match lane {
        Lane::Sp2 { m1: 2, m2: 1 } => act + 1.0,
        Lane::Sp2 { m1: 3, m2: 0 } => 1.5 * act + 1.5,
        Lane::Fixed { bits: 4 } => act + 2.0,
        Lane::Ausn { main: 2, sup: 1 } => 1.5 * act + 2.5,
        _ => 1.5 * width as f64,
    };
    Amount::logic(product, width + 1 + gates) * size.inputs
        + Amount::logic(width as f64, width + 1) * pairs
        + ternary_tree(pairs, width, size.inputs)
        + Amount::logic(size.acc as f64, size.acc)
}

/// One lane of ECP5 cells; a slot of a carry chain is a LUT.
pub fn ecp5(lane: Lane, size: Size) -> Amount {
    let act = size.act;
    let (lut, ff) = match lane {
        Lane::Sp2 { m2: 0, .. } => (2.5 * act as f64 + 4.5, 2 * act + 8),
        Lane::Ausn { .. } => (2.5 * act as f64 + 5.5, 2 * act + 9),
        Lane::Fixed { .. } => (2.0 * act as f64 + 3.0, 3 * act + 7),
        _ => (2.0 * act as f64 + 3.0, act + 4),
    };
    Amount::logic(lut, ff) * size.inputs
        + binary_tree(size.inputs, width(lane, size))
        + Amount::logic((size.acc + 1) as f64, size.acc)
}

/// One lane of iCE40 cells.
pub fn ice40(lane: Lane, size: Size) -> Amount {
    let act = size.act;
    let pairs = size.inputs.div_ceil(2);
    Amount::logic(4.0 * act as f64 + 4.0, act + 3) * size.inputs
        + Amount::logic(0.0, width(lane, size) + 1) * pairs
        + binary_tree(pairs, width(lane, size) + 1)
        + Amount::logic((size.acc + 1) as f64, size.acc)
}

/// One lane of Gowin or Nexus cells; a slot of a carry chain is a LUT, and chains of Nexus end in whole pairs.
pub fn alu(family: Family, lane: Lane, size: Size) -> Amount {
    let chain = |slots: usize| if family == Family::Nexus { slots.next_multiple_of(2) } else { slots };
    let act = size.act;
    // One LUT for bits of a row that have one or two sources, two for those of three.
    let row = 2 * act + usize::from(matches!(lane, Lane::Fixed { .. }));
    let products = (0..size.inputs.div_ceil(8)).map(|at| chain((size.inputs - 8 * at).min(8) * (act + 1)));
    let (mut lut, mut ff) = (row * size.inputs + products.sum::<usize>(), width(lane, size) * size.inputs);
    let (mut count, mut width, mut signs) = (size.inputs.max(2), width(lane, size), 1);
    while count > 1 {
        let sums = count.div_ceil(2);
        width += 1;
        let share = (63 / width).max(1);
        let chains = (0..sums.div_ceil(share)).map(|at| chain((sums - share * at).min(share) * width + 1));
        // Signs of two numbers, and of their sum.
        lut += chains.sum::<usize>() + sums;
        ff += (width + 2) * sums;
        signs += sums;
        count = sums;
    }
    // The last sign inverts the sum; the restart is inverted.
    Amount::logic((lut + width + chain(size.acc) + 1) as f64, ff + 1 + size.acc).with_bare(signs)
}

fn width(lane: Lane, size: Size) -> usize {
    lane.product_bits(size.act as u32) as usize
}

/// Whether the pair adder of a product gates its operands.
fn is_gated(lane: Lane) -> bool {
    matches!(lane, Lane::Sp2 { m1: 3, m2: 0 } | Lane::Ausn { main: 2, sup: 1 })
}

/// Registered levels of two; each sum is one bit wider than its operands.
fn binary_tree(mut count: usize, mut width: usize) -> Amount {
    let mut sum = Amount::default();
    while count > 1 {
        width += 1;
        sum = sum + Amount::logic(width as f64, width) * (count / 2) + Amount::logic(0.0, width) * (count % 2);
        count = count.div_ceil(2);
    }
    sum
}

/// Ternary levels until two numbers are left for the accumulator.
fn ternary_tree(count: usize, unit: usize, inputs: usize) -> Amount {
    let (mut count, mut terms, mut sum) = (count, 2, Amount::default());
    while count > 2 {
        let (triples, rest) = (count / 3, count % 3);
        let width = unit + clog2(terms) as usize;
        terms = (3 * terms).min(2 * inputs.div_ceil(2));
        let next = unit + clog2(terms) as usize;
        let adder = width + usize::from(next > width);
        sum = sum + Amount::logic(adder as f64, next) * triples + Amount::logic(0.0, width) * rest;
        count = triples + rest;
    }
    sum
}
