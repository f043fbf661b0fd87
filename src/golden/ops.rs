//! Every operator in integers: one file for each family, and the one place that tells them apart.

mod arrange;
mod conv;
mod join;
mod pointwise;
mod pool;

use crate::ir::{Layer, Network, Op};

/// The result of a layer; `operand(i)` gives the values of its i-th input.
pub(super) fn eval<'a>(network: &Network, layer: &Layer, operand: impl Fn(usize) -> &'a [i32]) -> Vec<i32> {
    let operands = || layer.inputs.iter().enumerate().map(|(i, id)| (network.tensor(*id), operand(i)));
    let (input, values) = (network.tensor(layer.inputs[0]), operand(0));
    let (output, last) = (network.tensor(layer.output), layer.last());
    match &layer.op {
        Op::Conv(conv) => conv::conv(conv, last, input, values, output),
        Op::MaxPool(window) => pool::max_pool(window, input, values, output),
        Op::AvgPool(window, average) => pool::Mean { window, average, last }.pool(input, values, output),
        Op::Add(requants) => {
            let other = network.tensor(layer.inputs[1]);
            join::add(*requants, last, [(input, values), (other, operand(1))], output.act)
        }
        Op::Concat(requants) => join::concat(requants, last, operands(), output.act),
        Op::LeakyRelu(requants) => pointwise::by_sign(*requants, last, input, values, output.act),
        Op::Upsample(factor) => pointwise::clamp(&arrange::upsample(*factor, input, values), output.act),
        Op::Clamp | Op::Flatten => pointwise::clamp(values, output.act),
    }
}
