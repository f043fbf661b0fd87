//! The graph of a document: names resolved, layers ordered, shapes and types known, weights still to come.

use std::collections::{HashMap, HashSet};

use super::names::{self, escaped};
use super::operator::{DraftOp, Resolved, resolve};
use super::rows::Aliases;
use super::schema::{Document, InputEntry, LayerEntry, TypeEntry};
use super::types::TensorType;
use super::{Fault, ManifestError, Result, order, types, window};
use crate::ir::{Host, LayerId, Rounding, Shape, Tensor, TensorId};

/// Most layers of a network.
const LAYER_LIMIT: usize = 4096;

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
    check_names(document)?;
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
    draft.check_used()?;
    types::host(&draft.host, &draft.tensors[0], &draft.tensors[draft.output.0])?;
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
            rounding: types::rounding(layer.rounding),
            shift: types::shift(layer.shift.unwrap_or_default())?,
            inputs,
        });
        Ok(())
    }

    /// Walks back from the output; whatever is not met is of no use.
    fn check_used(&self) -> Result<()> {
        let mut used = vec![false; self.tensors.len()];
        used[self.output.0] = true;
        for (index, layer) in self.layers.iter().enumerate().rev() {
            if used[index + 1] {
                layer.inputs.iter().for_each(|id| used[id.0] = true);
            }
        }
        match used.iter().position(|&used| !used) {
            Some(index) => Err(Fault::Unused { name: self.tensors[index].name.clone() }.into()),
            None => Ok(()),
        }
    }
}

fn check_names(document: &Document) -> Result<()> {
    names::check(&document.name)?;
    if document.layers.is_empty() {
        return Err(Fault::Empty.into());
    }
    if document.layers.len() > LAYER_LIMIT {
        return Err(Fault::TooManyLayers { found: document.layers.len(), limit: LAYER_LIMIT }.into());
    }
    let mut seen = HashSet::new();
    let layers = document.layers.iter().map(|layer| layer.name.as_str());
    for name in std::iter::once(document.input.name.as_str()).chain(layers) {
        names::check(name)?;
        if !seen.insert(name) {
            return Err(Fault::Duplicate { name: name.to_owned() }.into());
        }
    }
    Ok(())
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
    Ok(tensor(&entry.name, window::input_shape(&entry.shape)?, kind, None))
}

fn tensor(name: &str, shape: Shape, kind: TensorType, producer: Option<LayerId>) -> Tensor {
    let TensorType { act, scale, offset, zero_point } = kind;
    Tensor { name: name.to_owned(), shape, act, scale, offset, zero_point, producer }
}
