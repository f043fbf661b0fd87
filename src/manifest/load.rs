//! Reading: files, document, graph, weights, in this order, so that the cheap checks come first.

use std::path::Path;

use super::digest::digest;
use super::draft::{Draft, DraftLayer, draft};
use super::operators::DraftOp;
use super::schema::Document;
use super::weights::Weights;
use super::{Result, files, matrix, schema};
use crate::ir::{Conv, Layer, Network, Op, TensorId};

/// Reads a manifest and its weights, and checks every key, shape, level and constant.
///
/// Nothing is allocated on the word of the files: sizes are checked against the limits in `docs/manifest.md` first.
pub fn load(path: &Path) -> Result<Network> {
    files::refuse_half_replaced(path)?;
    let manifest = files::read(path, files::MANIFEST_LIMIT)?;
    let document = schema::parse(&manifest).map_err(|error| error.in_file(path))?;
    let draft = draft(&document).map_err(|error| error.in_file(path))?;
    let Some(relative) = &document.weights else {
        return assemble(&document, draft, &manifest, None).map_err(|error| error.in_file(path));
    };
    let weights = files::weights_path(path, relative)?;
    let bytes = files::read(&weights, files::WEIGHTS_LIMIT)?;
    let named = path.with_file_name(relative);
    assemble(&document, draft, &manifest, Some(&bytes)).map_err(|error| error.in_file(&named))
}

/// Reads the bytes of a manifest and of its weights, whatever name the manifest has for them, with the checks of [`load`].
pub fn read(manifest: &[u8], weights: Option<&[u8]>) -> Result<Network> {
    let document = schema::parse(manifest)?;
    assemble(&document, draft(&document)?, manifest, weights)
}

/// Joins a checked graph with its weights.
fn assemble(document: &Document, draft: Draft, manifest: &[u8], bytes: Option<&[u8]>) -> Result<Network> {
    let mut weights = Weights::parse(bytes)?;
    let mut layers = Vec::with_capacity(draft.layers.len());
    for (index, layer) in draft.layers.into_iter().enumerate() {
        let name = layer.name.clone();
        let layer = finish(layer, TensorId(index + 1), &mut weights);
        layers.push(layer.map_err(|error| error.in_layer(&name))?);
    }
    weights.finish()?;
    Ok(Network {
        name: document.name.clone(),
        digest: digest(manifest, bytes),
        tensors: draft.tensors,
        layers,
        input: TensorId(0),
        output: draft.output,
        host: draft.host,
        images: 1,
    })
}

fn finish(draft: DraftLayer, output: TensorId, weights: &mut Weights) -> Result<Layer> {
    let DraftLayer { name, op, rounding, shift, inputs } = draft;
    let op = match op {
        DraftOp::Ready(op) => op,
        DraftOp::Rows { window, groups, runs, extents } => {
            Op::Conv(Conv { window, groups, matrix: matrix::read(&name, &runs, &extents, weights)? })
        }
    };
    Ok(Layer { name, op, rounding, shift, inputs, output })
}
