//! Running an imported graph on arrays in the layout of the file.

use std::path::Path;

use candle_core::Device;
use rowsmith::float::{Executor, Graph, Op, Params};
use rowsmith::ir::{Layout, TensorId};
use rowsmith::numpy::{ArrayError, ArrayFile};

use crate::common::graph::check;

/// An array.
pub struct Array {
    /// Values, last axis fastest.
    pub values: Vec<f32>,
}

/// Every array of a file with its name.
pub fn load_arrays(path: &Path) -> Result<Vec<(String, Array)>, ArrayError> {
    let mut file = ArrayFile::open(path)?;
    let arrays = file.arrays().to_vec();
    let load = |array: rowsmith::numpy::ArrayInfo| {
        let values = file.values(&array)?.into_iter().map(|value| value as f32).collect();
        Ok((array.name, Array { values }))
    };
    arrays.into_iter().map(load).collect()
}

/// One image per sample, in CHW, as the core gets it.
pub fn images(graph: &Graph, input: &Array) -> Vec<Vec<f32>> {
    let shape = graph.input().shape;
    input.values.chunks(shape.len()).map(|image| graph.host.core_input(image, shape)).collect()
}

/// Outputs of all samples, one after the other.
pub fn run(graph: &Graph, input: &Array) -> Vec<f32> {
    check(graph);
    let executor = Executor::new(graph, Device::Cpu);
    let params = Params::of(graph, &Device::Cpu).expect("weights");
    let images = images(graph, input);
    images
        .iter()
        .flat_map(|image| executor.infer(&params, std::slice::from_ref(image)).expect("runs").concat())
        .collect()
}

/// Largest difference, relative to the largest reference value.
pub fn error(found: &[f32], reference: &[f32]) -> f32 {
    assert_eq!(found.len(), reference.len(), "number of outputs");
    let largest = reference.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    found.iter().zip(reference).fold(0.0, |worst: f32, (a, b)| {
        let difference = (a - b).abs() / largest;
        if difference.is_nan() { f32::INFINITY } else { worst.max(difference) }
    })
}

/// One line per node.
pub fn summary(graph: &Graph) -> String {
    let shape = |id: TensorId| {
        let tensor = graph.tensor(id);
        let s = tensor.shape;
        let quant = tensor.quant.map(|q| format!(" [{}..{}]*{}+{}", q.lo, q.hi, q.scale, q.offset));
        format!("{} {}x{}x{}{}", tensor.name, s.channels, s.height, s.width, quant.unwrap_or_default())
    };
    let host = &graph.host;
    let mut lines = vec![format!("{} * {:?} + {:?}", shape(TensorId(0)), host.input_mul, host.input_add)];
    lines.extend(graph.nodes.iter().map(|node| {
        let inputs: Vec<&str> = node.inputs.iter().map(|id| graph.tensor(*id).name.as_str()).collect();
        let op = match &node.op {
            Op::Conv(conv) => {
                let bits = conv.quant.as_ref().map(|quant| format!(" {} bits", quant.bits));
                let [kernel, stride] = [conv.window.kernel, conv.window.stride];
                let p = conv.window.padding;
                let sides = (p.top, p.left, p.bottom, p.right);
                format!("conv {kernel:?}/{stride:?}+{sides:?} groups {}{}", conv.groups, bits.unwrap_or_default())
            }
            other => format!("{other:?}"),
        };
        let clip = node.clip;
        format!("{} = {op} of {} clip {}..{}", shape(node.output), inputs.join(", "), clip.lo, clip.hi)
    }));
    let shape = |layout: &Layout| layout.shape.clone().unwrap_or_default();
    let layout = |layout: &Layout| format!("{:?} of {:?} by {:?}", shape(layout), layout.split, layout.axes);
    lines.push(format!("{}; {}; {:?}\n", layout(&host.input), layout(&host.output), host.function));
    lines.join("\n")
}
