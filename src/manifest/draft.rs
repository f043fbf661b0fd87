//! The graph of a document: names resolved, layers ordered, shapes and types known, weights still to come.

use std::collections::HashMap;

use super::entries::{InputEntry, TensorType, TypeEntry, rounding};
use super::operators::{DraftOp, LayerEntry, Resolved, resolve};
use super::rows::Aliases;
use super::schema::Document;
use super::{Fault, ManifestError, Result, order};
use crate::ir::{
    Host, LayerId, Rounding, Shape, Tensor, TensorId, check_host, check_names, check_used, escaped, limits,
};

/// A network without its weights: layer `i` produces tensor `i + 1`, tensor 0 is the input.
#[derive(Debug)]
pub(super) struct Draft {
    pub tensors: Vec<Tensor>,
    pub layers: Vec<DraftLayer>,
    pub output: TensorId,
    pub host: Host,
}

/// One layer of a draft.
#[derive(Debug)]
pub(super) struct DraftLayer {
    pub name: String,
    pub op: DraftOp,
    pub rounding: Rounding,
    pub shift: u32,
    pub inputs: Vec<TensorId>,
}

/// Checks everything that does not need the weights.
pub(super) fn draft(document: &Document) -> Result<Draft> {
    let layers = document.layers.iter().map(|layer| layer.name.as_str());
    check_names(&document.name, std::iter::once(document.input.name.as_str()).chain(layers))?;
    let aliases = Aliases::parse(&document.schemes)?;
    let order = ordered(document)?;
    let first = input(&document.input).map_err(|error| error.in_input(&document.input.name))?;
    let host = document.host.clone();
    let mut draft = Draft { tensors: vec![first], layers: Vec::new(), output: TensorId(0), host };
    let mut ids = HashMap::from([(document.input.name.as_str(), TensorId(0))]);
    for index in order {
        let layer = &document.layers[index];
        draft.push(layer, &aliases, &ids).map_err(|error| error.in_layer(&layer.name))?;
        ids.insert(&layer.name, TensorId(draft.tensors.len() - 1));
    }
    let result = document.output.tensor.as_str();
    draft.output = *ids.get(result).ok_or_else(|| Fault::UnknownTensor { name: escaped(result) })?;
    let inputs = draft.layers.iter().map(|layer| layer.inputs.as_slice());
    check_used(&draft.tensors, inputs, draft.output)?;
    check_host(&draft.host, &draft.tensors[0], &draft.tensors[draft.output.0])?;
    Ok(draft)
}

impl Draft {
    fn push(&mut self, layer: &LayerEntry, aliases: &Aliases, ids: &HashMap<&str, TensorId>) -> Result<()> {
        // Every source is known: unknown names were refused, and the layers are in order.
        let inputs: Vec<TensorId> = layer.sources()?.iter().filter_map(|name| ids.get(name).copied()).collect();
        let operands: Vec<&Tensor> = inputs.iter().map(|id| &self.tensors[id.0]).collect();
        let Resolved { op, shape, kind } = resolve(layer, aliases, &operands)?;
        let producer = Some(LayerId(self.layers.len()));
        self.tensors.push(tensor(&layer.name, shape, kind, producer));
        self.layers.push(DraftLayer {
            name: layer.name.clone(),
            op,
            rounding: rounding(layer.rounding),
            shift: limits::shift(layer.shift.unwrap_or_default())?,
            inputs,
        });
        Ok(())
    }
}

/// Topological order of the document's layers.
fn ordered(document: &Document) -> Result<Vec<usize>> {
    let names: Vec<&str> = document.layers.iter().map(|layer| layer.name.as_str()).collect();
    let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, &name)| (name, i)).collect();
    let mut sources = Vec::with_capacity(names.len());
    for layer in &document.layers {
        sources.push(layer_sources(layer, &document.input.name, &index).map_err(|error| error.in_layer(&layer.name))?);
    }
    order::sort(&sources, &names)
}

fn layer_sources(layer: &LayerEntry, input: &str, index: &HashMap<&str, usize>) -> Result<Vec<usize>> {
    let mut sources = Vec::new();
    for name in layer.sources()? {
        match index.get(name) {
            Some(&source) => sources.push(source),
            None if name == input => {}
            None => return Err(ManifestError::from(Fault::UnknownTensor { name: escaped(name) })),
        }
    }
    Ok(sources)
}

fn input(entry: &InputEntry) -> Result<Tensor> {
    let InputEntry { bits, signed, clamp, scale, offset, zero_point, .. } = *entry;
    let kind = TensorType::stated(&TypeEntry { bits, signed, clamp, scale, offset, zero_point })?;
    Ok(tensor(&entry.name, input_shape(&entry.shape)?, kind, None))
}

fn tensor(name: &str, shape: Shape, kind: TensorType, producer: Option<LayerId>) -> Tensor {
    let TensorType { act, scale, offset, zero_point } = kind;
    Tensor { name: name.to_owned(), shape, act, scale, offset, zero_point, producer }
}

/// The shape of `[input]`.
fn input_shape(numbers: &[u64]) -> Result<Shape> {
    match *numbers {
        [n] => Ok(Shape::within([n, 1, 1])?),
        [channels, height, width] => Ok(Shape::within([channels, height, width])?),
        _ => Err(Fault::Rank { found: numbers.len() }.into()),
    }
}
