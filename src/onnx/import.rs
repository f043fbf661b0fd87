//! The walk over the nodes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;

use super::act::Act;
use super::array::{ELEMENTS, full};
use super::call::{Call, Value};
use super::domain::Domain;
use super::draft::Draft;
use super::fault::{NodeFault, Reason, unsupported};
use super::names::escaped;
use super::operator::Outputs;
use super::order::{order, title};
use super::proto::{Graph as OnnxGraph, Model, Node, Tensor, ValueInfo};
use super::{OnnxError, data, finish, fuse, ops, output};
use crate::float::Graph;

/// Operator sets that are read.
const OPSETS: std::ops::RangeInclusive<i64> = 6..=25;

/// Turns a decoded file into a float graph, whose result is the output with the name that is wanted, or the only one there can be.
pub(super) fn import(
    model: &Model,
    folder: Option<&Path>,
    name: &str,
    wanted: Option<&str>,
) -> Result<Graph, OnnxError> {
    let graph = model.graph.as_ref().ok_or(OnnxError::Count { what: "graphs", found: 0 })?;
    let own = model.opset_import.iter().find(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
    let opset = own.map_or(1, |set| set.version);
    if !OPSETS.contains(&opset) {
        return Err(OnnxError::Opset { version: opset });
    }
    let initializers: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs: Vec<&ValueInfo> = graph.input.iter().filter(|i| !initializers.contains(i.name.as_str())).collect();
    let output = output::choose(graph, wanted)?;
    let input = match inputs[..] {
        [input] => input,
        // An input that the output does not depend on is none of the network's.
        _ => match inputs_of(graph, &inputs, output)?[..] {
            [input] => input,
            _ => return Err(OnnxError::Count { what: "inputs", found: inputs.len() }),
        },
    };
    let file = File { graph, folder, name, opset, input, output };
    let (dims, batch) = input_dims(input)?;
    // One fixed axis is that of the sample: as a batch it would leave none.
    if let ([_], Some(whole)) = (&dims[..], whole_dims(input))
        && let Ok(graph) = file.import(&whole, 1, false)
    {
        return Ok(graph);
    }
    match file.import(&dims, batch, true) {
        // Where a batch axis makes no sense of the nodes, the first axis may be one of the sample.
        Err(OnnxError::Nodes { faults }) => {
            let whole = whole_dims(input).map(|dims| file.import(&dims, 1, false));
            whole.and_then(Result::ok).ok_or(OnnxError::Nodes { faults })
        }
        result => result,
    }
}

/// The inputs that the nodes of an output read.
fn inputs_of<'a>(
    graph: &'a OnnxGraph,
    inputs: &[&'a ValueInfo],
    output: &str,
) -> Result<Vec<&'a ValueInfo>, OnnxError> {
    let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let order = order(graph, &names, output)?;
    let read: HashSet<&str> =
        order.iter().flat_map(|&index| graph.node[index].input.iter().map(String::as_str)).collect();
    Ok(inputs.iter().copied().filter(|input| read.contains(input.name.as_str())).collect())
}

/// What does not change with the view of the input.
struct File<'a> {
    graph: &'a OnnxGraph,
    folder: Option<&'a Path>,
    name: &'a str,
    opset: i64,
    input: &'a ValueInfo,
    output: &'a str,
}

impl File<'_> {
    fn import(&self, dims: &[usize], batch: usize, batched: bool) -> Result<Graph, OnnxError> {
        let Self { graph, folder, opset, input, output, .. } = *self;
        let order = order(graph, &[&input.name], output)?;
        let fail = |reason: Reason| OnnxError::Input { name: escaped(&input.name), cause: reason.to_string() };
        let mut draft = Draft::new(dims.to_vec()).map_err(fail)?;
        draft.input_type = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref()).map_or(0, |t| t.elem_type);
        let mut walk = Walk { graph, folder, opset, batch, draft, env: HashMap::new(), faults: Vec::new() };
        walk.env.insert(&input.name, Value::Act(walk.draft.input(batched)));
        walk.initializers(&order)?;
        for &index in &order {
            walk.node(index);
        }
        let Walk { mut draft, env, mut faults, .. } = walk;
        let result = match env.get(output) {
            Some(Value::Act(act)) => Some(act.clone()),
            Some(Value::Const(_)) => return Err(OnnxError::ConstantOutput),
            _ => None,
        };
        let Some(result) = result.filter(|_| faults.is_empty()) else { return Err(OnnxError::Nodes { faults }) };
        let host = finish::host(&mut draft, result, batched);
        let (host, last) =
            host.map_err(|reason| OnnxError::Nodes { faults: vec![at_output(graph, output, reason)] })?;
        match fuse::fuse(draft, last, host) {
            Ok(fused) => Ok(finish::graph(fused, &graph.node, self.name, [&input.name, output])),
            Err((index, reason)) => {
                faults.push(fault(&graph.node[index], reason));
                Err(OnnxError::Nodes { faults })
            }
        }
    }
}

fn fault(node: &Node, reason: Reason) -> NodeFault {
    NodeFault { node: title(node), operator: escaped(&node.op_type), domain: escaped(&node.domain), reason }
}

/// A fault of the node that makes the output.
fn at_output(graph: &OnnxGraph, output: &str, reason: Reason) -> NodeFault {
    let node = graph.node.iter().find(|node| node.output.iter().any(|name| name == output));
    fault(node.unwrap_or(&Node::default()), reason)
}

/// Extents of the input with a batch of one, and the batch that the file declares.
fn input_dims(input: &ValueInfo) -> Result<(Vec<usize>, usize), OnnxError> {
    let fail = |cause: &str| OnnxError::Input { name: escaped(&input.name), cause: cause.to_owned() };
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let shape = tensor.and_then(|tensor| tensor.shape.as_ref()).ok_or_else(|| fail("it has no shape"))?;
    let [batch, rest @ ..] = &shape.dim[..] else { return Err(fail("it is a scalar, without a batch axis")) };
    if rest.len() > 7 {
        return Err(fail("it has more than 8 axes"));
    }
    let extent = |value: i64| usize::try_from(value).ok().filter(|&extent| extent > 0);
    let rest: Option<Vec<usize>> = rest.iter().map(|dim| extent(dim.dim_value)).collect();
    let rest = rest.ok_or_else(|| fail("only its first axis, the batch, may have an open extent"))?;
    Ok(([vec![1], rest].concat(), extent(batch.dim_value).unwrap_or(1)))
}

/// Extents of an input without a batch axis, behind a batch of one; none if the first is left open.
fn whole_dims(input: &ValueInfo) -> Option<Vec<usize>> {
    let shape = input.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref()?;
    let extent = |value: i64| usize::try_from(value).ok().filter(|&extent| extent > 0);
    let extents: Option<Vec<usize>> = shape.dim.iter().map(|dim| extent(dim.dim_value)).collect();
    extents.filter(|extents| extents.len() < 8).map(|extents| [vec![1], extents].concat())
}

/// State of the walk.
struct Walk<'a> {
    graph: &'a OnnxGraph,
    folder: Option<&'a Path>,
    opset: i64,
    batch: usize,
    draft: Draft,
    env: HashMap<&'a str, Value>,
    faults: Vec<NodeFault>,
}

impl<'a> Walk<'a> {
    /// Reads the initializers that needed nodes use.
    fn initializers(&mut self, order: &[usize]) -> Result<(), OnnxError> {
        let used: HashSet<&str> =
            order.iter().flat_map(|&index| self.graph.node[index].input.iter().map(String::as_str)).collect();
        let tensors = || self.graph.initializer.iter().filter(|tensor| used.contains(tensor.name.as_str()));
        let extents = |tensor: &Tensor| {
            tensor.dims.iter().fold(1_usize, |all, &extent| all.saturating_mul(extent.max(0) as usize))
        };
        let found = tensors().map(extents).fold(0, usize::saturating_add);
        if found > ELEMENTS {
            return Err(OnnxError::Size { what: "the number of constants", found, limit: ELEMENTS });
        }
        for tensor in tensors() {
            let array = data::array(tensor, self.folder)?;
            self.env.insert(&tensor.name, array.into());
        }
        self.draft.enlarge(found);
        Ok(())
    }

    fn node(&mut self, index: usize) {
        let node = &self.graph.node[index];
        self.draft.source = index;
        let outputs = ops::find(&node.domain, &node.op_type).map_or(Outputs::First, |operator| operator.outputs);
        let results = match outputs {
            Outputs::First => 0..1,
            Outputs::Second => 1..2,
            Outputs::All => 0..node.output.len(),
        };
        let mut sound = true;
        for (place, name) in node.output.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let value = if sound && results.contains(&place) { self.result(node, place) } else { Ok(Value::Unknown) };
            let value = value.unwrap_or_else(|reason| {
                sound = false;
                self.faults.extend(reason.map(|reason| fault(node, reason)));
                self.guess(node)
            });
            self.env.insert(name, value);
        }
    }

    /// One of a node's outputs; no reason if a fault upstream hides it.
    fn result(&mut self, node: &'a Node, output: usize) -> Result<Value, Option<Reason>> {
        let call = Call { output, ..self.call(node)? };
        self.value(&call)
    }

    /// The operands of a node; no reason if a fault upstream hides them.
    fn call(&self, node: &'a Node) -> Result<Call<'a>, Option<Reason>> {
        if node.attribute.iter().any(|attribute| attribute.g.is_some() || !attribute.graphs.is_empty()) {
            return Err(Some(Reason::Operator));
        }
        let mut inputs = Vec::with_capacity(node.input.len());
        for name in &node.input {
            inputs.push(match self.env.get(name.as_str()) {
                Some(Value::Act(act)) => Some(Value::Act(self.draft.resolve(act.clone()).map_err(Some)?)),
                Some(Value::Unknown) if self.faults.is_empty() => {
                    return Err(Some(unsupported(format!(
                        "it reads `{}`, an output whose values are not computed",
                        escaped(name)
                    ))));
                }
                other => other.cloned(),
            });
        }
        let hidden = inputs.iter().any(|input| matches!(input, Some(Value::Unknown)));
        if hidden {
            return Err(ops::find(&node.domain, &node.op_type).err());
        }
        let (opset, batch, room, folder) = (self.opset, self.batch, self.draft.room(), self.folder);
        Ok(Call { node, inputs, opset, batch, room, output: 0, folder })
    }

    fn value(&mut self, call: &Call) -> Result<Value, Option<Reason>> {
        let own = matches!(Domain::of(&call.node.domain), Some(Domain::Onnx | Domain::Microsoft));
        let read = call.inputs.iter().flatten().map(Value::elements).fold(0, usize::saturating_add);
        if read > call.room {
            return Err(Some(full()));
        }
        let constant = call.inputs.iter().flatten().all(|input| matches!(input, Value::Const(_)));
        let operator = ops::find(&call.node.domain, call.op()).map_err(Some)?;
        let value = if own && constant { operator.fold(call) } else { operator.import(&mut self.draft, call) };
        let value = value.map_err(Some)?;
        match &value {
            Value::Const(array) if call.op() == "Constant" => self.draft.enlarge(array.len()),
            Value::Const(array) if Rc::strong_count(array) == 1 => self.draft.occupy(array.len()).map_err(Some)?,
            _ => {}
        }
        Ok(value)
    }

    /// What a refused node might have computed.
    fn guess(&self, node: &Node) -> Value {
        let first = node.input.first().and_then(|name| self.env.get(name.as_str()));
        match first {
            Some(Value::Act(act)) if ops::keeps_shape(&node.op_type) => Value::Act(Act { ..act.clone() }),
            _ => Value::Unknown,
        }
    }
}
