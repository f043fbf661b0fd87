//! The last step: the host's part, names, and only what reaches the output.

use super::act::{Act, Kind, Typed};
use super::draft::{Draft, DraftNode, Step};
use super::fault::{Reason, unsupported};
use super::fuse::Fused;
use super::names::Names;
use super::proto::Node as OnnxNode;
use super::view;
use crate::float::{Clip, Graph, Node, Op, Tensor};
use crate::ir::{Host, TensorId};

/// The host's part, and the tensor that is the output.
pub(super) fn host(draft: &mut Draft, act: Act, batched: bool) -> Result<(Host, usize), Reason> {
    let (function, steps) = match act.kind {
        Kind::Real => (None, None),
        Kind::Done(function) => (Some(function), None),
        Kind::Typed(Typed { function, steps, codes: None }) => (Some(function), Some(steps)),
        Kind::Typed(_) => return Err(unsupported("the output is quantized: DequantizeLinear has to follow")),
        Kind::Complement => {
            return Err(unsupported(
                "the output is one minus a Sigmoid: end the network at the Sigmoid, and leave the rest to the host",
            ));
        }
        Kind::Codes(..) => return Err(unsupported("the output is quantized: add a DequantizeLinear after it")),
    };
    let act = if act.free && !draft.is_pinned() {
        let axes = act.view.0.clone();
        let first = axes.iter().find(|runs| !runs.is_empty()).map_or(&[][..], Vec::as_slice);
        let rest = act.view.runs().skip(first.len()).collect::<Vec<_>>();
        draft.pin(act, [first, &[], &rest])?
    } else {
        draft.resolve(act)?
    };
    let (dims, runs) = (act.view.dims(), act.view.runs().collect::<Vec<_>>());
    let extents = if batched { without_batch(&dims).to_vec() } else { dims };
    let host = Host {
        input: view::from_user(draft.input_dims[1..].to_vec(), draft.input_runs()),
        output: view::to_user(extents, runs),
        function,
        steps,
        ..Host::default()
    };
    Ok((host, act.tensor))
}

/// Extents of one image; a reshape may have dropped the batch before.
fn without_batch(dims: &[usize]) -> &[usize] {
    match dims {
        [1, rest @ ..] => rest,
        _ => dims,
    }
}

/// The float graph of a fused draft.
pub(super) fn graph(fused: Fused, nodes: &[OnnxNode], name: &str, ends: [&str; 2]) -> Graph {
    let Fused { mut draft, mut output, host, .. } = fused;
    if output == 0 {
        // Only the host works: the core passes its input on.
        let shape = Some(draft.shape(0));
        draft.nodes.push(DraftNode {
            step: Step::Op(Op::Identity),
            inputs: vec![0],
            clip: Clip::NONE,
            source: usize::MAX,
        });
        draft.tensors.push(super::draft::DraftTensor { shape, quant: draft.tensors[0].quant });
        output = draft.nodes.len();
    }
    let used = reachable(&draft, output);
    let mut names = Names::default();
    let name = Names::default().pick(name, "network");
    let mut ids = vec![TensorId(0); draft.tensors.len()];
    let input = Tensor { name: names.pick(ends[0], "x"), shape: draft.shape(0), quant: draft.tensors[0].quant };
    let [input_name, output_name] = ends.map(str::to_owned);
    let mut graph =
        Graph { name, tensors: vec![input], nodes: Vec::new(), output: TensorId(0), input_name, output_name, host };
    for index in (0..draft.nodes.len()).filter(|&index| used[index + 1]) {
        let (shape, quant) = (draft.shape(index + 1), draft.tensors[index + 1].quant);
        let DraftNode { step, inputs, clip, source } = &mut draft.nodes[index];
        let Step::Op(op) = std::mem::replace(step, Step::Op(Op::Identity)) else { continue };
        let name = label(&mut names, nodes.get(*source), &op);
        let id = TensorId(graph.tensors.len());
        ids[index + 1] = id;
        let inputs = inputs.iter().map(|&tensor| ids[tensor]).collect();
        graph.tensors.push(Tensor { name: name.clone(), shape, quant });
        graph.nodes.push(Node { name, op, inputs, output: id, clip: *clip });
    }
    graph.output = ids[output];
    graph
}

fn reachable(draft: &Draft, output: usize) -> Vec<bool> {
    let mut used = vec![false; draft.tensors.len()];
    used[output] = true;
    for (index, node) in draft.nodes.iter().enumerate().rev() {
        if used[index + 1] {
            node.inputs.iter().for_each(|&tensor| used[tensor] = true);
        }
    }
    used
}

fn label(names: &mut Names, node: Option<&OnnxNode>, op: &Op) -> String {
    let path = node.map_or("", |node| match node.name.as_str() {
        "" => node.output.first().map_or("", String::as_str),
        name => name,
    });
    let path = if matches!(op, Op::Flatten) { "" } else { path };
    names.pick(path, op.facts().name)
}
