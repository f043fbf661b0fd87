//! Float networks in which types and weights are prescribed, as QONNX files and quantize/dequantize nodes make them.

use candle_core::Device;
use rowsmith::float::{
    ActQuant, Clip, Conv, Executor, Graph, Node, Op, Params, Rounding, Samples, Tensor, WeightQuant,
};
use rowsmith::host::{output_values, quantize_input};
use rowsmith::ir::{Host, Network, Padding, Shape, TensorId, Window};
use rowsmith::quant::{Method, Quantizer, Settings, float_outputs, lower};
use rowsmith::{golden, manifest};

use super::float_nets::{Random, random_images};

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

/// The network as the reader of manifests accepts it.
pub fn network(graph: &Graph) -> Network {
    network_with(graph, Settings { method: Method::Msq, ..Settings::default() })
}

/// The same with other settings.
pub fn network_with(graph: &Graph, settings: Settings) -> Network {
    let samples = Samples { images: random_images(graph, 8, 3), labels: None };
    let quantizer = Quantizer::new(graph, Device::Cpu, &samples, settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let network = lower(&quantizer.run().unwrap().quantized).unwrap();
    manifest::load(&manifest::save(&network, folder.path()).unwrap()).unwrap()
}

/// Every result of the integer network beside that of the file's arithmetic.
pub fn results(graph: &Graph) -> Vec<(f32, f32)> {
    let images = random_images(graph, 8, 3);
    let executor = Executor::new(graph, Device::Cpu);
    let expected = float_outputs(&executor, &Params::of(graph, &Device::Cpu).unwrap(), &images).unwrap();
    let network = network(graph);
    let inputs: Vec<Vec<i32>> = images.iter().map(|image| quantize_input(&network, image).integers).collect();
    let found = golden::run_batch(&network, &inputs).unwrap();
    let found = found.iter().flat_map(|result| output_values(&network, result));
    found.zip(expected.into_iter().flatten()).collect()
}
