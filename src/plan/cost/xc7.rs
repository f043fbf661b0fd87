//! LUT lanes of 7-series cells, counted from their structure: see `rws_xc7_lane`.

use super::{Amount, clog2};
use crate::plan::Lane;

/// One lane of `inputs` products with activations of `act` bits and an accumulator of `acc` bits.
pub fn lane(lane: Lane, inputs: usize, act: usize, acc: usize) -> Amount {
    let width = lane.product_bits(act as u32) as usize;
    let pairs = inputs.div_ceil(2);
    let gates = if matches!(lane, Lane::Sp2 { m2: 0, .. } | Lane::Ausn { .. }) { 3 } else { 0 };
    let products = Amount::logic(product(lane, act), width + 1 + gates) * inputs;
    products
        + Amount::logic(width as f64, width + 1) * pairs
        + tree(pairs, width, inputs)
        + Amount::logic(acc as f64, acc)
}

/// LUTs of one product.
fn product(lane: Lane, act: usize) -> f64 {
    let act = act as f64;
    match lane {
        Lane::Dsp { .. } => 0.0,
        Lane::Sp2 { m1: 2, m2: 1 } => act + 1.0,
        Lane::Sp2 { m1: 3, m2: 0 } => 1.5 * act + 1.5,
        Lane::Fixed { bits: 4 } => act + 2.4,
        Lane::Ausn { main: 2, sup: 1 } => 1.75 * act + 2.5,
        other => f64::from(other.product_bits(act as u32)) * 1.5,
    }
}

/// Ternary levels until two numbers are left for the accumulator.
fn tree(count: usize, unit: usize, inputs: usize) -> Amount {
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
