//! What the layers of a subject do with their numbers beyond the usual: second constants, other rounding, common shifts, wide types,
//! zero points.

use super::networks::Random;
use rowsmith::ir::{ActType, Average, Layer, Negative, Network, Op, Requant, Rounding, TensorId};
use rowsmith::plan::StepGraph;

/// Varies the numbers of some seeds' networks.
pub fn vary(network: &mut Network, seed: u64) {
    if seed % 7 < 3 {
        bend(network, &mut Random(seed ^ 0xd1b5_4a32_d192_ed03));
    }
    if seed % 2 == 1 {
        round(network, &mut Random(!seed));
    }
    if seed % 4 == 3 {
        guard(network, &mut Random(seed ^ 0x5851_f42d_4c95_7f2d));
    }
    if seed.is_multiple_of(3) {
        widen(network, &mut Random(seed ^ 0x9e37_79b9_7f4a_7c15));
    }
    if seed % 5 < 2 {
        shift_zero(network, &mut Random(seed ^ 0x2545_f491_4f6c_dd1d));
    }
}

/// Gives tensors zero points, which pad them.
fn shift_zero(network: &mut Network, random: &mut Random) {
    for id in 0..network.tensors.len() {
        let kept = network.tensors[id].producer.map(|producer| &network.layers[producer.0]);
        let kept = kept.filter(|layer| matches!(layer.op, Op::Flatten | Op::MaxPool(_) | Op::Upsample(_)));
        let zero_point = match kept {
            Some(layer) => network.tensor(layer.inputs[0]).zero_point,
            None if random.within(0, 3) == 0 => 0,
            None => {
                let ActType { bits, signed, .. } = network.tensors[id].act;
                let lowest = if signed { -(1_i64 << (bits - 1)) } else { 0 };
                random.within(lowest, lowest + (1 << bits) - 1) as i32
            }
        };
        network.tensors[id].zero_point = zero_point;
    }
}

/// Gives rows second constants, and makes clamps leaky rectifiers.
fn bend(network: &mut Network, random: &mut Random) {
    for index in 0..network.layers.len() {
        if random.within(0, 3) == 0 {
            continue;
        }
        if let Op::Conv(conv) = &mut network.layers[index].op {
            let negative = |own: &Requant| {
                let second = bent(*own, random);
                let by_sign = Negative::by_sign(*own, second);
                // Anywhere, beyond all accumulators too.
                let below = random.within(-(1 << 20), 1 << 20) >> random.within(0, 20);
                if random.within(0, 3) > 0 { by_sign } else { Negative { below, ..by_sign } }
            };
            conv.matrix.negative = Some(conv.matrix.requant.iter().map(negative).collect());
        } else if network.layers[index].op == Op::Clamp {
            let mut other = network.clone();
            let first = Requant { mul: random.within(1, 31) as u64, add: random.within(-40, 40), shift: 4 };
            other.layers[index].op = Op::LeakyRelu([first, bent(first, random)]);
            // Operands of rectifiers are read.
            if StepGraph::lower(&other).is_ok() {
                *network = other;
            }
        }
    }
}

/// Constants of about the same scale as others.
fn bent(own: Requant, random: &mut Random) -> Requant {
    let add = random.within(-4, 4) << own.shift.min(20);
    let mul = random.within(0, 2 * own.mul.min(1 << 20).cast_signed());
    Requant { mul: mul as u64, add: own.add.saturating_add(add), shift: own.shift + random.within(0, 2) as u32 }
}

/// Gives layers half to even, and sums a common shift.
fn round(network: &mut Network, random: &mut Random) {
    for layer in &mut network.layers {
        let rounds = matches!(layer.op, Op::Conv(_) | Op::AvgPool(..) | Op::LeakyRelu(_) | Op::Add(_));
        if rounds && random.within(0, 2) > 0 {
            layer.rounding = Rounding::HalfEven;
        }
        if let Op::Add(requants) = &mut layer.op
            && random.within(0, 2) > 0
        {
            layer.shift = random.within(1, 5) as u32;
            for requant in requants {
                requant.shift = requant.shift.saturating_sub(layer.shift);
            }
        }
    }
}

/// Lets layers that round half to even look for halves in the upper bits of their shifts alone.
fn guard(network: &mut Network, random: &mut Random) {
    for layer in network.layers.iter_mut().filter(|layer| layer.rounding == Rounding::HalfEven) {
        let guard = random.within(1, 6) as u32;
        if !matches!(layer.op, Op::Add(_)) && finer(layer, guard) {
            layer.shift = guard;
        }
    }
}

/// Gives tensors that no window feed has to read a type of up to 32 bits, and most of their requantization a finer grid.
fn widen(network: &mut Network, random: &mut Random) {
    let read_by_adds = |network: &Network, id: TensorId| {
        network.consumers(id).all(|layer| matches!(network.layers[layer.0].op, Op::Add(_)))
    };
    for index in 0..network.layers.len() {
        let output = network.layers[index].output;
        if (output != network.output && random.within(0, 1) == 0) || !read_by_adds(network, output) {
            continue;
        }
        let mut wider = network.clone();
        let act = wide_type(random, if output == network.output { 31 } else { 16 });
        if finer(&mut wider.layers[index], random.within(1, 16) as u32) {
            wider.tensors[output.0].act = act;
            // Operands of an add that is a step of its own are read.
            if StepGraph::lower(&wider).is_ok() {
                *network = wider;
            }
        }
    }
}

/// Requantizes to a grid finer by so many bits; false where an operator has no requantization.
fn finer(layer: &mut Layer, bits: u32) -> bool {
    let less = |shift: &mut u32| *shift = shift.saturating_sub(bits);
    match &mut layer.op {
        Op::Conv(conv) => {
            let matrix = &mut conv.matrix;
            let second = matrix.negative.iter_mut().flatten().map(|negative| &mut negative.requant);
            matrix.requant.iter_mut().chain(second).for_each(|requant| less(&mut requant.shift));
        }
        Op::LeakyRelu(requants) => requants.iter_mut().for_each(|requant| less(&mut requant.shift)),
        Op::AvgPool(_, Average::Window(requant)) => less(&mut requant.shift),
        Op::Add(_) => less(&mut layer.shift),
        _ => return false,
    }
    true
}

fn wide_type(random: &mut Random, most: i64) -> ActType {
    let signed = random.within(0, 1) == 1;
    let bits = random.within(9, most) as u32 + u32::from(signed);
    let span = 1i64 << bits;
    let (lo, hi) = if signed { (-span / 2, span / 2 - 1) } else { (0, span - 1) };
    let act = ActType { bits, signed, lo: lo as i32, hi: hi as i32 };
    match random.within(0, 3) {
        // A few values of many.
        0 => ActType { lo: lo.max(-random.within(1, 20)) as i32, hi: random.within(1, 20) as i32, ..act },
        1 => ActType { hi: act.hi - 1, ..act },
        _ => act,
    }
}
