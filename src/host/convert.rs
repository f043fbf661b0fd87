//! From the user's numbers to the core's integers, and from the core's integers to the user's numbers.

use crate::ir::Network;

/// The integers of one image, in channel, row, column order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// What the core gets.
    pub integers: Vec<i32>,
    /// How many of the numbers lay beyond the input's type and became its smallest or largest integer.
    pub saturated: usize,
}

/// The core's integers for one image as it lies in the user's array.
pub fn encode(network: &Network, image: &[f32]) -> Encoded {
    let shape = network.tensor(network.input).shape;
    quantize_input(network, &network.host.core_input(image, shape))
}

/// The core's integers for the real values that its input stands for, in channel, row, column order.
pub fn quantize_input(network: &Network, real: &[f32]) -> Encoded {
    let input = network.tensor(network.input);
    let (scale, offset, rounding) = (input.scale.unwrap_or(1.0), input.offset, network.host.input_rounding);
    let mut saturated = 0;
    let integers = real.iter().map(|value| {
        let integer = f64::from(rounding.integer(*value, scale, offset));
        let limited = integer.clamp(input.act.lo.into(), input.act.hi.into());
        saturated += usize::from((integer - limited).abs() > 0.0);
        limited as i32
    });
    let integers = integers.collect();
    Encoded { integers, saturated }
}

/// The real values of the network's result, in channel, row, column order, before the host's function.
pub fn output_values(network: &Network, integers: &[i32]) -> Vec<f32> {
    let tensor = network.tensor(network.output);
    let scale = tensor.scale.unwrap_or(1.0);
    integers.iter().map(|integer| (scale * f64::from(*integer) + tensor.offset) as f32).collect()
}

/// The user's numbers for one result, as they lie in the user's array.
pub fn decode(network: &Network, integers: &[i32]) -> Vec<f32> {
    network.host.user_output(&output_values(network, integers))
}
