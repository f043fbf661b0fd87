//! Float networks in which types and weights are prescribed, as QONNX files and quantize/dequantize nodes make them.

use rowsmith::float::{ActQuant, Clip, Conv, Graph, Node, Op, Rounding, Tensor, WeightQuant};
use rowsmith::ir::{Host, Padding, Shape, TensorId, Window};

use super::float_nets::Random;

/// A signed type of so many bits.
pub fn signed(bits: u32, scale: f32) -> ActQuant {
    let top = 1 << (bits - 1);
    ActQuant { scale, offset: 0.0, lo: -top, hi: top - 1, rounding: Rounding::HalfEven, dropped: 0 }
}

/// An unsigned type of so many bits.
pub fn unsigned(bits: u32, scale: f32) -> ActQuant {
    ActQuant { lo: 0, hi: (1 << bits) - 1, ..signed(bits, scale) }
}

/// Window of `kernel` pixels each way that keeps the size of the image if it is odd.
pub fn window(kernel: usize, stride: usize, pad: usize) -> Window {
    let padding = Padding { top: pad, left: pad, bottom: pad, right: pad };
    Window { kernel: [kernel; 2], stride: [stride; 2], padding }
}

/// A graph under construction; tensors are numbers.
pub struct Net {
    pub graph: Graph,
    random: Random,
}

impl Net {
    pub fn new(shape: Shape, quant: Option<ActQuant>) -> Self {
        let graph = Graph {
            name: "net".into(),
            tensors: vec![Tensor { name: "x".into(), shape, quant }],
            nodes: Vec::new(),
            output: TensorId(0),
            input_name: "x".into(),
            output_name: "y".into(),
            host: Host::default(),
        };
        Self { graph, random: Random::new(7) }
    }

    /// Any node; it becomes the result.
    pub fn node(&mut self, op: Op, inputs: &[usize], clip: Clip, quant: Option<ActQuant>) -> usize {
        let from = self.graph.tensors[inputs[0]].shape;
        let slid = |window: &Window, channels: usize| {
            let Padding { top, left, bottom, right } = window.padding;
            let height = (from.height + top + bottom - window.kernel[0]) / window.stride[0] + 1;
            Shape { channels, height, width: (from.width + left + right - window.kernel[1]) / window.stride[1] + 1 }
        };
        let shape = match &op {
            Op::Conv(conv) => slid(&conv.window, conv.rows),
            Op::MaxPool(window) | Op::AvgPool { window, .. } => slid(window, from.channels),
            Op::Concat => {
                Shape { channels: inputs.iter().map(|i| self.graph.tensors[*i].shape.channels).sum(), ..from }
            }
            Op::Upsample([down, across]) => Shape { height: from.height * down, width: from.width * across, ..from },
            Op::Flatten => Shape { channels: from.len(), height: 1, width: 1 },
            Op::Add | Op::LeakyRelu(_) | Op::Identity => from,
        };
        let id = self.graph.tensors.len();
        let name = format!("n{id}");
        self.graph.tensors.push(Tensor { name: name.clone(), shape, quant });
        let inputs = inputs.iter().map(|i| TensorId(*i)).collect();
        self.graph.nodes.push(Node { name, op, inputs, output: TensorId(id), clip });
        self.graph.output = TensorId(id);
        id
    }

    /// A convolution with weights of 4 bits times `scale`, and biases in steps of `step`.
    pub fn conv(
        &mut self,
        input: usize,
        rows: usize,
        window: Window,
        (scales, step): (&[f32], f32),
        (clip, quant): (Clip, Option<ActQuant>),
    ) -> usize {
        let columns = self.graph.tensors[input].shape.channels * window.kernel[0] * window.kernel[1];
        let scales: Vec<f32> = (0..rows).map(|row| scales[row % scales.len()]).collect();
        let mut integer = |most: f32| (self.random.number() * most).round();
        let weight = (0..rows * columns).map(|i| integer(7.0) * scales[i / columns]).collect();
        let bias = (0..rows).map(|_| integer(30.0) * step).collect();
        let quant_of_weights = Some(WeightQuant { scales, bits: 4 });
        let conv = Conv { window, groups: 1, rows, columns, weight, bias, quant: quant_of_weights };
        self.node(Op::Conv(conv), &[input], clip, quant)
    }

    /// A quantizer of its own.
    pub fn quant(&mut self, input: usize, quant: ActQuant) -> usize {
        self.node(Op::Identity, &[input], Clip::NONE, Some(quant))
    }
}
