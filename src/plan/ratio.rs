//! The share of rows that a target's LUTs can take beside its DSP blocks: MSQ's ratio, set by the device.

use super::{ArraySpec, CoreShape, Lane, Plan, Request, Resources};
use crate::ir::{Network, Op};
use crate::num::Scheme;
use crate::target::Target;

/// Shares are tried in steps of 1 / 8.
const STEPS: usize = 8;
/// Input channels and activation bits do not change the ratio much; these are the typical ones.
const TYPICAL_INPUTS: usize = 16;
/// Share of a core's LUTs that the arrays get.
const ARRAY_LUTS: f64 = 0.5;

/// The share of rows in `lut` (the others in `fixed`) with which the fastest core for this network has the fewest cycles.
///
/// Every share is planned. Of equally fast ones the one nearest to what the device's resources alone suggest is taken, and that one
/// also if the network does not fit the target as a whole.
pub fn lut_share(network: &Network, target: &Target, lut: Scheme, fixed: Scheme) -> f64 {
    let typical = resource_share(target, lut, fixed);
    let shares = (0..=STEPS).map(|step| step as f64 / STEPS as f64);
    let planned = shares.filter_map(|share| {
        let plan: Plan = Request::default().plan(&with_share(network, share, lut, fixed), target).ok()?;
        Some((plan.cycles, share))
    });
    let distance = |share: f64| (share - typical).abs();
    let best = planned.min_by(|a, b| a.0.cmp(&b.0).then(distance(a.1).total_cmp(&distance(b.1))));
    best.map_or(typical, |(_, share)| share)
}

/// MACs per cycle of the LUTs as a share of those of LUTs and DSP blocks together.
fn resource_share(target: &Target, lut: Scheme, fixed: Scheme) -> f64 {
    let array = |lane: Lane| CoreShape { ci: TYPICAL_INPUTS, px: 1, q: 1, arrays: vec![ArraySpec { lane, rows: 2 }] };
    let macs = 2.0 * TYPICAL_INPUTS as f64;
    let (cells, _) = Resources::arrays_at_least(&array(Lane::home(lut)), target.family);
    let (_, blocks) = Resources::arrays_at_least(&array(Lane::Dsp { bits: fixed.bits() as u8 }), target.family);
    let in_luts = f64::from(target.luts) * target.lut_share * ARRAY_LUTS / (cells / macs).max(1e-9);
    let in_dsps = f64::from(target.dsps) * target.dsp_share / (blocks / macs).max(1e-9);
    in_luts / (in_luts + in_dsps).max(1e-9)
}

/// The network with the first rows of every matrix in `lut`: which rows they are does not change the plan.
fn with_share(network: &Network, share: f64, lut: Scheme, fixed: Scheme) -> Network {
    let mut network = network.clone();
    for layer in &mut network.layers {
        if let Op::Conv(conv) = &mut layer.op {
            let first = (share * conv.matrix.rows() as f64).round() as usize;
            conv.matrix.schemes.iter_mut().enumerate().for_each(|(row, s)| *s = if row < first { lut } else { fixed });
            conv.matrix.levels.fill(0);
        }
    }
    network
}
