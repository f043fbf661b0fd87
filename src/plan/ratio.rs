//! The share of rows that a target's LUTs can take beside its DSP blocks: MSQ's ratio, set by the device.

use rayon::prelude::*;

use super::search::{EQUAL_CYCLES, Request};
use crate::ir::{
    ActType, Conv, Host, Layer, LayerId, Network, Op, Padding, Requant, Rounding, RowMatrix, Shape, Tensor, TensorId,
    Window,
};
use crate::num::Scheme;
use crate::target::Target;

/// Shares are tried in steps of 1 / 16.
const STEPS: usize = 16;

/// The share of rows in `lut` (the others in `fixed`) with which the core with the fewest cycles for this network is reached on the
/// target. Of shares as fast as each other one that leaves neither kind of resource idle, then the one whose plan has the least
/// price.
///
/// Every share is planned. A network that does not fit the target as a whole gets the share of a typical layer.
pub fn lut_share(network: &Network, target: &Target, lut: Scheme, fixed: Scheme) -> f64 {
    let planned = if fits(network, target) { fastest(network, target, lut, fixed) } else { None };
    planned.or_else(|| fastest(&typical(), target, lut, fixed)).unwrap_or(0.5)
}

fn fastest(network: &Network, target: &Target, lut: Scheme, fixed: Scheme) -> Option<f64> {
    let plan = |step: usize| {
        let plan =
            Request::default().plan(&with_share(network, step as f64 / STEPS as f64, lut, fixed), target).ok()?;
        let in_dsp = plan.core.shape.arrays.iter().filter(|array| array.lane.is_dsp()).count();
        let idle = in_dsp == 0 || in_dsp == plan.core.shape.arrays.len();
        Some((plan.cycles as f64, (idle, plan.price(), step)))
    };
    let planned: Vec<_> = (0..=STEPS).into_par_iter().filter_map(plan).collect();
    let fewest = planned.iter().map(|(cycles, _)| *cycles).fold(f64::INFINITY, f64::min);
    let equal = planned.into_iter().filter(|(cycles, _)| *cycles <= EQUAL_CYCLES * fewest);
    equal.map(|(_, price)| price).min().map(|(.., step)| step as f64 / STEPS as f64)
}

/// Whether the weights alone fit the block RAM; planning a network that is far too large takes long to refuse.
fn fits(network: &Network, target: &Target) -> bool {
    let bits = |op: &Op| match op {
        Op::Conv(conv) => conv.matrix.schemes.iter().map(|s| u64::from(s.bits()) * conv.matrix.columns as u64).sum(),
        _ => 0,
    };
    let needed: u64 = network.layers.iter().map(|layer| bits(&layer.op)).sum();
    needed <= u64::from(target.block_ram.blocks) * u64::from(target.block_ram.bits)
}

/// One 3x3 convolution of 32 to 32 channels over 16x16 pixels, 4-bit activations.
fn typical() -> Network {
    const CHANNELS: usize = 32;
    let act = ActType { bits: 4, signed: false, lo: 0, hi: 15 };
    let shape = Shape { channels: CHANNELS, height: 16, width: 16 };
    let tensor = |name: &str, producer| Tensor {
        name: name.to_owned(),
        shape,
        act,
        scale: None,
        offset: 0.0,
        zero_point: 0,
        producer,
    };
    let (columns, scheme) = (9 * CHANNELS, Scheme::Fixed { bits: 4 });
    let matrix = RowMatrix {
        columns,
        schemes: vec![scheme; CHANNELS],
        levels: vec![0; CHANNELS * columns],
        requant: vec![Requant { mul: 15, add: 128, shift: 8 }; CHANNELS],
        negative: None,
    };
    let padding = Padding { top: 1, left: 1, bottom: 1, right: 1 };
    let window = Window { kernel: [3, 3], stride: [1, 1], padding };
    let op = Op::Conv(Conv { window, groups: 1, matrix });
    let layer = Layer {
        name: "layer".to_owned(),
        op,
        rounding: Rounding::Floor,
        shift: 0,
        inputs: vec![TensorId(0)],
        output: TensorId(1),
    };
    Network {
        name: "typical".to_owned(),
        digest: String::new(),
        tensors: vec![tensor("x", None), tensor("layer", Some(LayerId(0)))],
        layers: vec![layer],
        input: TensorId(0),
        output: TensorId(1),
        host: Host::default(),
        images: 1,
    }
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
