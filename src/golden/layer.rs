//! One layer of one image.

use super::pool::{self, Mean};
use super::{arrange, conv, elementwise};
use crate::ir::{Layer, Network, Op};

/// The result of a layer; `operand(i)` gives the values of its i-th input.
pub(super) fn eval<'a>(network: &Network, layer: &Layer, operand: impl Fn(usize) -> &'a [i32]) -> Vec<i32> {
    let input = network.tensor(layer.inputs[0]);
    let output = network.tensor(layer.output);
    let last = layer.last();
    match &layer.op {
        Op::Conv(conv) => conv::conv(conv, last, input, operand(0), output),
        Op::MaxPool(window) => pool::max_pool(window, input, operand(0), output),
        Op::AvgPool(window, average) => Mean { window, average, last }.pool(input, operand(0), output),
        Op::Add(requants) => {
            let other = network.tensor(layer.inputs[1]);
            elementwise::add(*requants, last, [(input, operand(0)), (other, operand(1))], output.act)
        }
        Op::Concat(requants) => {
            let operands = layer.inputs.iter().enumerate().map(|(i, id)| (network.tensor(*id), operand(i)));
            arrange::concat(requants, last, operands, output.act)
        }
        Op::LeakyRelu(requant) => elementwise::by_sign(*requant, last, input, operand(0), output.act),
        Op::Upsample(factor) => elementwise::clamp(&arrange::upsample(*factor, input, operand(0)), output.act),
        Op::Clamp | Op::Flatten => elementwise::clamp(operand(0), output.act),
    }
}
