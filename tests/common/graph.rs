//! What every graph that the reader hands out promises.

use rowsmith::float::{Graph, Node, Op};
use rowsmith::ir::{Padding, Shape, TensorId, Window};

/// Ids in order, unique names, consistent sizes, finite numbers.
pub fn check(graph: &Graph) {
    assert_eq!(graph.tensors.len(), graph.nodes.len() + 1);
    assert!(graph.output.0 < graph.tensors.len());
    assert!(graph.tensors.iter().all(|tensor| !tensor.shape.is_empty()), "shapes are not empty");
    let mut names: Vec<&str> = graph.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), graph.tensors.len(), "names are unique");
    for quant in graph.tensors.iter().filter_map(|tensor| tensor.quant) {
        assert!(quant.scale > 0.0 && quant.scale.is_finite() && quant.offset.is_finite() && quant.lo <= quant.hi);
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        assert_eq!(node.output, TensorId(index + 1));
        assert!(node.inputs.iter().all(|id| id.0 <= index), "{} comes before its operand", node.name);
        assert!(graph.output == node.output || graph.consumers(node.output).next().is_some(), "{} is dead", node.name);
        assert!(node.clip.lo <= node.clip.hi, "{} has limits", node.name);
        check_op(graph, node);
    }
    let host = &graph.host;
    assert!(host.input_mul.iter().chain(&host.input_add).all(|number| number.is_finite()));
    for (layout, shape) in [(&host.input, graph.input().shape), (&host.output, graph.tensor(graph.output).shape)] {
        assert_eq!(layout.extents(shape).iter().product::<usize>(), shape.len(), "{layout:?}");
        assert_eq!(layout.fault(shape.len()), None, "{layout:?}");
    }
}

fn check_op(graph: &Graph, node: &Node) {
    let shape = |id: &TensorId| graph.tensor(*id).shape;
    let (from, to) = (shape(&node.inputs[0]), shape(&node.output));
    let operands = match node.op {
        Op::Add => 2,
        Op::Concat => node.inputs.len(),
        _ => 1,
    };
    assert_eq!(node.inputs.len(), operands, "operands of {}", node.name);
    let expected = match &node.op {
        Op::Conv(conv) => {
            assert_eq!(conv.columns * conv.groups, from.channels * conv.window.kernel.iter().product::<usize>());
            assert_eq!((conv.weight.len(), conv.bias.len()), (conv.rows * conv.columns, conv.rows));
            assert!(conv.weight.iter().chain(&conv.bias).all(|value| value.is_finite()));
            assert!(conv.rows % conv.groups == 0);
            if let Some(quant) = &conv.quant {
                assert_eq!(quant.scales.len(), conv.rows);
                assert!(quant.scales.iter().all(|scale| *scale > 0.0 && scale.is_finite()));
            }
            Shape { channels: conv.rows, ..slid(&conv.window, from) }
        }
        Op::MaxPool(window) | Op::AvgPool { window, .. } => slid(window, from),
        Op::Add => {
            assert_eq!(shape(&node.inputs[1]), from);
            from
        }
        Op::Concat => Shape { channels: node.inputs.iter().map(|id| shape(id).channels).sum(), ..from },
        Op::Upsample([vertical, horizontal]) => {
            Shape { height: from.height * vertical, width: from.width * horizontal, ..from }
        }
        Op::Flatten => Shape { channels: from.len(), height: 1, width: 1 },
        Op::LeakyRelu(_) | Op::Identity => from,
    };
    assert_eq!(to, expected, "shape of {}", node.name);
}

fn slid(window: &Window, from: Shape) -> Shape {
    let Padding { top, left, bottom, right } = window.padding;
    let height = (from.height + top + bottom - window.kernel[0]) / window.stride[0] + 1;
    let width = (from.width + left + right - window.kernel[1]) / window.stride[1] + 1;
    Shape { height, width, ..from }
}
