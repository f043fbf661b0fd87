//! A bound that needs no plan: what the arrays of a shape cost at the very least.

use crate::plan::{CoreShape, Lane, dsp_blocks};
use crate::target::Family;

/// LUTs per MAC that no lane of a kind undercuts.
fn lut_per_mac(lane: Lane, family: Family) -> f64 {
    match (lane, family) {
        (Lane::Dsp { .. }, _) => 0.0,
        (_, Family::Xc7) => 9.0,
        (_, Family::Ecp5 | Family::Ice40) => 14.0,
    }
}

/// LUTs and DSP blocks below which the arrays cannot stay, whatever the network.
pub fn arrays_at_least(shape: &CoreShape, family: Family) -> (f64, f64) {
    let positions = (shape.ci * shape.px) as f64;
    let lut = shape.arrays.iter().map(|a| a.rows as f64 * positions * lut_per_mac(a.lane, family)).sum();
    let dsp = shape.arrays.iter().map(|a| match a.lane {
        Lane::Dsp { bits } => (a.rows.div_ceil(2) * dsp_blocks(family, bits, shape.ci, shape.px)) as f64,
        _ => 0.0,
    });
    (lut, dsp.sum())
}
