//! From a quantized graph to the integer network.

use super::activations::inherits;
use super::error::{QuantError, Result};
use super::scale::requant;
use super::spec::{ActSpec, QuantizedGraph, QuantizedRows};
use crate::float::{self, Graph, Rounding};
use crate::ir::{
    self, Average, Conv, Host, InputRounding, Layer, LayerId, Network, Op, Padding, Requant, RowMatrix, Sum, Tensor,
    TensorId, Window,
};

/// Bits of the mantissa where a scale cannot be chosen: adds, averages, concatenations.
pub(super) const FINE_BITS: u32 = 8;

/// The integer network; its digest is empty until it is saved.
pub fn lower(quantized: &QuantizedGraph) -> Result<Network> {
    let graph = quantized.graph;
    let tensors = graph.tensors.iter().zip(&quantized.acts).enumerate();
    let tensors = tensors.map(|(id, (tensor, spec))| Tensor {
        name: tensor.name.clone(),
        shape: tensor.shape,
        act: spec.act,
        scale: Some(spec.scale),
        offset: spec.offset,
        zero_point: 0,
        producer: id.checked_sub(1).map(LayerId),
    });
    let layers = (0..graph.nodes.len()).map(|node| {
        let float::Node { name, inputs, output, .. } = &graph.nodes[node];
        let (op, rounding) = (operator(quantized, node)?, ir::Rounding::Floor);
        Ok(Layer { name: name.clone(), op, rounding, inputs: inputs.clone(), output: *output })
    });
    Ok(Network {
        name: graph.name.clone(),
        digest: String::new(),
        tensors: tensors.collect(),
        layers: layers.collect::<Result<_>>()?,
        input: TensorId(0),
        output: graph.output,
        host: host(graph),
    })
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
        Rounding::HalfEven if odd => InputRounding::HalfOdd,
        Rounding::HalfEven => InputRounding::HalfEven,
        Rounding::HalfUp => InputRounding::HalfUp,
        Rounding::Floor => InputRounding::Floor,
    }
}

fn operator(quantized: &QuantizedGraph, index: usize) -> Result<Op> {
    let graph = quantized.graph;
    let node = &graph.nodes[index];
    let output = &quantized.acts[node.output.0];
    check_width(node, output)?;
    let operands: Vec<&ActSpec> = node.inputs.iter().map(|id| &quantized.acts[id.0]).collect();
    let input = operands[0];
    Ok(match &node.op {
        float::Op::Conv(conv) => {
            let rows = quantized.rows[index].as_ref().ok_or(QuantError::NoWeights)?;
            Op::Conv(Conv {
                window: conv.window,
                groups: conv.groups,
                matrix: matrix(node, conv, rows, input, output)?,
            })
        }
        float::Op::MaxPool(window) if inherits(graph, node.output) => Op::MaxPool(*window),
        float::Op::MaxPool(_) => return Err(unsupported(node, "a prescribed type after max pooling")),
        float::Op::AvgPool { window, count_padding } => average(node, *window, *count_padding, input, output)?,
        float::Op::Add => Op::Add(Sum::of([0, 1].map(|i| {
            let zero = if i == 0 { output.offset } else { 0.0 };
            rescale(operands[i], 1.0, operands[i].offset - zero, output)
        }))),
        float::Op::Concat => {
            let part = |operand: &&ActSpec| rescale(operand, 1.0, operand.offset - output.offset, output);
            Op::Concat(operands.iter().map(part).collect())
        }
        float::Op::LeakyRelu(_) if input.offset != 0.0 => {
            return Err(unsupported(node, "a leaky rectifier of a tensor whose integer 0 is not the value 0"));
        }
        float::Op::LeakyRelu(factor) => {
            Op::LeakyRelu([1.0, f64::from(*factor)].map(|slope| rescale(input, slope, -output.offset, output)))
        }
        float::Op::Upsample(factor) => Op::Upsample(*factor),
        float::Op::Flatten => Op::Flatten,
        float::Op::Identity if same_grid(input, output) => Op::Clamp,
        float::Op::Identity => {
            let pixel = Window { kernel: [1, 1], stride: [1, 1], padding: Padding::default() };
            average(node, pixel, true, input, output)?
        }
    })
}

fn same_grid(a: &ActSpec, b: &ActSpec) -> bool {
    (a.scale - b.scale).abs() <= 1e-12 * a.scale
        && (a.offset - b.offset).abs() <= 1e-12 * a.scale
        && b.rounding != Rounding::Floor
}

fn average(node: &float::Node, window: Window, count_padding: bool, input: &ActSpec, output: &ActSpec) -> Result<Op> {
    let padded = window.padding != Padding::default();
    if padded && !count_padding {
        return Err(unsupported(
            node,
            "an average that leaves padding out divides by a different number at the border",
        ));
    }
    if padded && input.offset != 0.0 {
        return Err(unsupported(node, "padding of a tensor whose integer 0 is not the value 0"));
    }
    let pixels = (window.kernel[0] * window.kernel[1]) as f64;
    let requant = rescale(input, 1.0 / pixels, input.offset - output.offset, output);
    Ok(Op::AvgPool(window, Average::Window(requant)))
}

/// Integers of `input` times `factor`, plus a real constant, as integers of `output`.
fn rescale(input: &ActSpec, factor: f64, constant: f64, output: &ActSpec) -> Requant {
    requant(input.scale * factor / output.scale, constant / output.scale, output.rounding == Rounding::Floor, FINE_BITS)
}

fn matrix(
    node: &float::Node,
    conv: &float::Conv,
    rows: &QuantizedRows,
    input: &ActSpec,
    output: &ActSpec,
) -> Result<RowMatrix> {
    if input.offset != 0.0 && conv.window.padding != Padding::default() {
        return Err(unsupported(node, "padding of a tensor whose integer 0 is not the value 0"));
    }
    let requants = (0..conv.rows).map(|row| {
        let levels = &rows.levels[row * conv.columns..(row + 1) * conv.columns];
        let sum: i64 = levels.iter().map(|level| i64::from(*level)).sum();
        let bias = rows.bias[row] + input.offset * rows.scales[row] * sum as f64 - output.offset;
        requant(
            rows.scales[row] * input.scale / output.scale,
            bias / output.scale,
            output.rounding == Rounding::Floor,
            rows.mantissa_bits,
        )
    });
    Ok(RowMatrix {
        columns: conv.columns,
        schemes: rows.schemes.clone(),
        levels: rows.levels.clone(),
        requant: requants.collect(),
        negative: None,
    })
}

fn check_width(node: &float::Node, spec: &ActSpec) -> Result<()> {
    if spec.act.bits > 8 {
        return Err(unsupported(node, "a prescribed type of more than 8 bits"));
    }
    Ok(())
}

fn unsupported(node: &float::Node, cause: &str) -> QuantError {
    QuantError::Unsupported {
        node: node.name.clone(),
        cause: format!("{cause} is not supported"),
        help: "change the model, or quantize a part of it",
    }
}
