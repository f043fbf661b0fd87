//! Whole networks: one image with all its tensors, or a batch with its results only.

use rayon::prelude::*;

use super::ops::eval;
use super::{Activations, GoldenError};
use crate::ir::Network;

/// Values of every tensor of one image, given in CHW order.
pub fn run(network: &Network, input: &[i32]) -> Result<Activations, GoldenError> {
    check(network, 0, input)?;
    let mut values = vec![Vec::new(); network.tensors.len()];
    values[network.input.0] = input.to_vec();
    for layer in &network.layers {
        values[layer.output.0] = eval(network, layer, |operand| values[layer.inputs[operand].0].as_slice());
    }
    Ok(Activations { values })
}

/// The output tensor of every image; images run in parallel, and a tensor is freed after its last reader.
pub fn run_batch<I: AsRef<[i32]> + Sync>(network: &Network, images: &[I]) -> Result<Vec<Vec<i32>>, GoldenError> {
    for (index, image) in images.iter().enumerate() {
        check(network, index, image.as_ref())?;
    }
    let dead_after = dead_after(network);
    Ok(images.par_iter().map(|image| output(network, image.as_ref(), &dead_after)).collect())
}

fn output(network: &Network, image: &[i32], dead_after: &[Vec<usize>]) -> Vec<i32> {
    let mut values = vec![Vec::new(); network.tensors.len()];
    values[network.input.0] = image.to_vec();
    for (layer, dead) in network.layers.iter().zip(dead_after) {
        values[layer.output.0] = eval(network, layer, |operand| values[layer.inputs[operand].0].as_slice());
        for &tensor in dead {
            values[tensor] = Vec::new();
        }
    }
    std::mem::take(&mut values[network.output.0])
}

/// For every layer the tensors that nobody reads after it.
fn dead_after(network: &Network) -> Vec<Vec<usize>> {
    let mut last_reader = vec![None; network.tensors.len()];
    for (index, layer) in network.layers.iter().enumerate() {
        layer.inputs.iter().for_each(|id| last_reader[id.0] = Some(index));
    }
    last_reader[network.output.0] = None;
    let mut dead = vec![Vec::new(); network.layers.len()];
    for (tensor, reader) in last_reader.into_iter().enumerate() {
        if let Some(layer) = reader {
            dead[layer].push(tensor);
        }
    }
    dead
}

fn check(network: &Network, image: usize, values: &[i32]) -> Result<(), GoldenError> {
    let input = network.tensor(network.input);
    let (found, expected) = (values.len(), input.shape.len());
    if found != expected {
        return Err(GoldenError::Length { image, input: input.name.clone(), found, expected });
    }
    let (lo, hi) = (input.act.lo, input.act.hi);
    match values.iter().enumerate().find(|(_, value)| !(lo..=hi).contains(*value)) {
        Some((index, &value)) => Err(GoldenError::Value { image, index, value, lo, hi }),
        None => Ok(()),
    }
}
