//! Float networks made of seeded random numbers, and their derivatives by plain arithmetic.

use rowsmith::float::{Clip, Conv, Graph, Node, Op, Samples, Tensor};
use rowsmith::ir::{Host, HostFunction, Padding, Shape, TensorId, Window};

/// Uniform numbers from -1 to 1.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn number(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

struct Builder {
    graph: Graph,
    random: Random,
}

impl Builder {
    fn new(shape: Shape, seed: u64) -> Self {
        let host = Host { function: Some(HostFunction::Softmax), ..Host::default() };
        let tensors = vec![Tensor { name: "x".into(), shape, quant: None }];
        let graph = Graph {
            name: "net".into(),
            tensors,
            nodes: Vec::new(),
            output: TensorId(0),
            input_name: "x".into(),
            output_name: "y".into(),
            host,
        };
        Self { graph, random: Random::new(seed) }
    }

    fn push(&mut self, op: Op, inputs: &[usize], shape: Shape, clip: Clip) -> usize {
        let id = self.graph.tensors.len();
        let name = format!("n{id}");
        self.graph.tensors.push(Tensor { name: name.clone(), shape, quant: None });
        let inputs = inputs.iter().map(|i| TensorId(*i)).collect();
        self.graph.nodes.push(Node { name, op, inputs, output: TensorId(id), clip });
        self.graph.output = TensorId(id);
        id
    }

    fn conv(&mut self, input: usize, rows: usize, kernel: usize, stride: usize, clip: Clip) -> usize {
        let shape = self.graph.tensors[input].shape;
        let columns = shape.channels * kernel * kernel;
        let pad = kernel / 2;
        let padding = Padding { top: pad, left: pad, bottom: pad, right: pad };
        let size = |n: usize| (n + 2 * pad - kernel) / stride + 1;
        let spread = (2.0 / columns as f32).sqrt();
        // Rows of different spread, so that variance tells them apart.
        let gains: Vec<f32> = (0..rows).map(|_| 1.0 + 0.5 * self.random.number()).collect();
        let weight = (0..rows * columns).map(|i| spread * gains[i / columns] * self.random.number()).collect();
        let bias = (0..rows).map(|_| 0.1 * self.random.number()).collect();
        let window = Window { kernel: [kernel; 2], stride: [stride; 2], padding };
        let op = Op::Conv(Conv { window, groups: 1, rows, columns, weight, bias, quant: None });
        let output = Shape { channels: rows, height: size(shape.height), width: size(shape.width) };
        self.push(op, &[input], output, clip)
    }
}

/// Dense layers with rectifiers between them.
pub fn dense_net(sizes: &[usize], seed: u64) -> Graph {
    let mut builder = Builder::new(Shape { channels: sizes[0], height: 1, width: 1 }, seed);
    for (index, rows) in sizes[1..].iter().enumerate() {
        let clip = if index + 2 == sizes.len() { Clip::NONE } else { Clip::RELU };
        builder.conv(index, *rows, 1, 1, clip);
    }
    builder.graph
}

/// Two residual blocks, a strided convolution on one shortcut, an average and a dense layer.
pub fn residual_net(seed: u64) -> Graph {
    let mut b = Builder::new(Shape { channels: 3, height: 8, width: 8 }, seed);
    let first = b.conv(0, 8, 3, 1, Clip::RELU);
    let branch = b.conv(first, 8, 3, 1, Clip::RELU);
    let branch = b.conv(branch, 8, 3, 1, Clip::NONE);
    let sum = b.push(Op::Add, &[branch, first], b.graph.tensors[first].shape, Clip::RELU);
    let branch = b.conv(sum, 12, 3, 2, Clip::NONE);
    let short = b.conv(sum, 12, 1, 2, Clip::NONE);
    let shape = b.graph.tensors[short].shape;
    let sum = b.push(Op::Add, &[branch, short], shape, Clip::RELU);
    let window = Window { kernel: [shape.height, shape.width], stride: [1, 1], padding: Padding::default() };
    let one = Shape { channels: 12, height: 1, width: 1 };
    let mean = b.push(Op::AvgPool { window, count_padding: true }, &[sum], one, Clip::NONE);
    b.conv(mean, 5, 1, 1, Clip::NONE);
    b.graph
}

/// Images of uniform numbers.
pub fn random_images(graph: &Graph, count: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut random = Random::new(seed);
    let size = graph.input().shape.len();
    (0..count).map(|_| (0..size).map(|_| random.number()).collect()).collect()
}

/// Results of all dense layers of one image, in f64.
fn dense_layers(graph: &Graph, image: &[f32]) -> Vec<Vec<f64>> {
    let mut values: Vec<f64> = image.iter().map(|v| f64::from(*v)).collect();
    let mut all = Vec::new();
    for (node, conv) in graph.convs() {
        let result = |row: usize| {
            let sum: f64 = conv.row(row).iter().zip(&values).map(|(w, x)| f64::from(*w) * x).sum();
            sum + f64::from(conv.bias[row])
        };
        let raw: Vec<f64> = (0..conv.rows).map(result).collect();
        let relu = graph.nodes[node].clip == Clip::RELU;
        values = raw.iter().map(|v| if relu { v.max(0.0) } else { *v }).collect();
        all.push(values.clone());
    }
    all
}

/// Mean cross entropy of a dense network.
pub fn cross_entropy(graph: &Graph, samples: &Samples) -> f64 {
    let labels = samples.labels.as_ref().unwrap();
    let one = |(image, label): (&Vec<f32>, &usize)| {
        let layers = dense_layers(graph, image);
        let logits = layers.last().unwrap();
        logits.iter().map(|v| v.exp()).sum::<f64>().ln() - logits[*label]
    };
    samples.images.iter().zip(labels).map(one).sum::<f64>() / labels.len() as f64
}

/// Share of the images in which each unit of the first layer is active.
pub fn hidden_activity(graph: &Graph, images: &[Vec<f32>]) -> Vec<f64> {
    let layers: Vec<Vec<f64>> = images.iter().map(|image| dense_layers(graph, image).swap_remove(0)).collect();
    let units = layers[0].len();
    let active = |unit: usize| layers.iter().filter(|l| l[unit] > 0.0).count() as f64 / images.len() as f64;
    (0..units).map(active).collect()
}

/// The largest eigenvalue of the Hessian by one row's weights: second differences, then power iteration.
pub fn largest_eigenvalue(graph: &Graph, node: usize, row: usize, loss: &dyn Fn(&Graph) -> f64) -> f64 {
    const STEP: f32 = 1.0 / 256.0;
    let columns = graph.convs().find(|(n, _)| *n == node).unwrap().1.columns;
    let at = |moves: [(usize, f32); 2]| {
        let mut moved = graph.clone();
        if let Op::Conv(conv) = &mut moved.nodes[node].op {
            for (column, step) in moves {
                conv.weight[row * columns + column] += step;
            }
        }
        loss(&moved)
    };
    let second = |i: usize, j: usize| {
        let value = |a: f32, b: f32| at([(i, a * STEP), (j, b * STEP)]);
        (value(1.0, 1.0) - value(1.0, -1.0) - value(-1.0, 1.0) + value(-1.0, -1.0)) / (4.0 * f64::from(STEP).powi(2))
    };
    let matrix: Vec<Vec<f64>> = (0..columns).map(|i| (0..columns).map(|j| second(i, j)).collect()).collect();
    let mut direction: Vec<f64> = (0..columns).map(|i| 1.0 + 0.1 * i as f64).collect();
    let mut value = 0.0;
    for _ in 0..200 {
        let next: Vec<f64> = matrix.iter().map(|r| r.iter().zip(&direction).map(|(a, b)| a * b).sum()).collect();
        value = next.iter().map(|v| v * v).sum::<f64>().sqrt();
        direction = next.iter().map(|v| v / value.max(1e-30)).collect();
    }
    value
}
