//! Families whose carry chain is a full adder with one gate or one inversion per slot: `rws_alu_lane`.

use super::arrays::{FIXED_4, celled, multipliers, portable};
use super::lanes::{Size, width};
use crate::plan::cost::Amount;
use crate::plan::{ArrayBuild, Lane};

/// Arrays of such a family, whose multipliers are instantiated.
pub(super) fn array(lane: Lane, ci: usize, act: u32, port: u32, cells: &'static str) -> ArrayBuild {
    match lane {
        Lane::Dsp { bits } => multipliers(bits, ci, act, port, cells, 0),
        Lane::Sp2 { m1: 2, m2: 1 } | FIXED_4 => celled(cells, ci),
        _ => portable(ci),
    }
}

/// One lane; a slot of a carry chain is a LUT, and `chain` says how many slots one of a length takes.
pub(super) fn lane(lane: Lane, size: Size, chain: fn(usize) -> usize) -> Amount {
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
