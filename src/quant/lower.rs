//! From a quantized graph to the integer network.

use super::error::Result;
use super::fit::Lowering;
use super::flow::{hidden, inherits};
use super::ops;
use super::spec::QuantizedGraph;
use crate::float::{self, Graph};
use crate::ir::{Host, InputRounding, Last, Layer, LayerId, Network, Tensor, TensorId, check};

/// An integer network, and how well it keeps what the file prescribes.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The network; its digest is empty until it is saved.
    pub network: Network,
    /// By layer: whether every result is the one that the file prescribes; none where something was calibrated.
    pub exact: Vec<Option<bool>>,
}

/// The integer network; its digest is empty until it is saved.
pub fn lower(quantized: &QuantizedGraph) -> Result<Network> {
    Ok(lowered(quantized)?.network)
}

/// The integer network, with what is exact in it.
pub fn lowered(quantized: &QuantizedGraph) -> Result<Lowered> {
    let graph = quantized.graph;
    // A tensor that only a leaky rectifier reads is the accumulator of the row before, and no tensor of the network.
    let kept: Vec<usize> = (0..graph.tensors.len()).filter(|&id| hidden(graph, TensorId(id)).is_none()).collect();
    let place = |id: TensorId| TensorId(kept.binary_search(&id.0).unwrap_or(0));
    let output = output_scale(quantized);
    let tensors = kept.iter().enumerate().map(|(index, &id)| {
        let (tensor, spec) = (&graph.tensors[id], &quantized.acts[id]);
        let scale = output.as_ref().filter(|(chain, _)| chain.contains(&id)).map_or(spec.scale, |(_, scale)| *scale);
        let offset = if spec.has_zero() { 0.0 - scale * f64::from(spec.zero_point) } else { spec.offset };
        Tensor {
            name: tensor.name.clone(),
            shape: tensor.shape,
            act: spec.act,
            scale: Some(scale),
            offset,
            zero_point: spec.zero_point,
            producer: index.checked_sub(1).map(LayerId),
        }
    });
    let (mut layers, mut exact) = (Vec::new(), Vec::new());
    for &id in kept.iter().filter(|&&id| id > 0) {
        let node = id - 1;
        let first = producer(quantized, node);
        let Lowering { op, last: Last { shift, rounding }, exact: kept } = ops::lower(quantized, first, node)?;
        let inputs = graph.nodes[first].inputs.iter().map(|&id| place(id)).collect();
        let (name, output) = (graph.nodes[node].name.clone(), place(TensorId(id)));
        layers.push(Layer { name, op, rounding, shift, inputs, output });
        exact.push(kept);
    }
    let network = Network {
        name: graph.name.clone(),
        digest: String::new(),
        tensors: tensors.collect(),
        layers,
        input: TensorId(0),
        output: place(graph.output),
        host: host(graph),
        images: 1,
    };
    check(&network)?;
    Ok(Lowered { network, exact })
}

/// The scale of the result, and the tensors that have it: what only moves values passes it on. Files round the steps of their
/// accumulators to single precision before they make biases of them, and a result may be nothing but its bias.
fn output_scale(quantized: &QuantizedGraph) -> Option<(Vec<usize>, f64)> {
    let graph = quantized.graph;
    let mut id = graph.output;
    let mut chain = vec![id.0];
    while inherits(graph, id) {
        id = graph.nodes[id.0 - 1].inputs[0];
        chain.push(id.0);
    }
    if chain.iter().any(|&id| graph.consumers(TensorId(id)).count() != usize::from(id != graph.output.0)) {
        return None;
    }
    let (spec, node) = (&quantized.acts[id.0], &graph.nodes[id.0.checked_sub(1)?]);
    let float::Op::Conv(conv) = &node.op else { return None };
    let met = |scale: f64| {
        let of = |bias: f32| ((f64::from(bias) / spec.scale).round() * scale) as f32;
        conv.bias.iter().filter(|&&bias| of(bias).to_bits() == bias.to_bits()).count()
    };
    let single = f64::from(spec.scale as f32);
    (spec.kept && !spec.prescribed && met(single) > met(spec.scale)).then_some((chain, single))
}

/// What the host does, with the file's names where the manifest has others.
fn host(graph: &Graph) -> Host {
    let other =
        |name: &String, tensor: &str| (name != tensor && (1..=1024).contains(&name.len())).then(|| name.clone());
    Host {
        input_name: other(&graph.input_name, &graph.input().name),
        output_name: other(&graph.output_name, &graph.tensor(graph.output).name),
        input_rounding: input_rounding(graph),
        ..graph.host.clone()
    }
}

/// How the file rounds the input, in steps of the scale from 0.
fn input_rounding(graph: &Graph) -> InputRounding {
    let Some(quant) = graph.input().quant else { return InputRounding::default() };
    let steps = quant.offset / quant.scale;
    let odd = (steps - steps.round()).abs() < 1e-3 && steps.round() as i64 % 2 != 0;
    match quant.rounding {
        float::Rounding::HalfEven if odd => InputRounding::HalfOdd,
        float::Rounding::HalfEven => InputRounding::HalfEven,
        float::Rounding::HalfUp => InputRounding::HalfUp,
        float::Rounding::Floor => InputRounding::Floor,
    }
}

/// The first node of those that become one layer.
fn producer(quantized: &QuantizedGraph, node: usize) -> usize {
    let input = quantized.graph.nodes[node].inputs[0];
    if hidden(quantized.graph, input).is_some() { input.0 - 1 } else { node }
}
