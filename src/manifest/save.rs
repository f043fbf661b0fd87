//! Writing: the same document and tensors that [`load`](super::load()) reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::digest::digest;
use super::entries::{InputEntry, OutputEntry, TensorType};
use super::operators::entry;
use super::rows::alias;
use super::schema::{Document, FORMAT};
use super::{Fault, ManifestError, Result};
use crate::files::{FileError, FileSet, OutputFile};
use crate::ir::{self, Network, Op, Requant, RowMatrix, check};
use crate::num::Scheme;

/// Name of the manifest that [`save`] writes.
pub const MODEL_FILE: &str = "model.toml";

/// Writes `model.toml` and `<name>.safetensors` into a folder, which is created if it does not exist.
///
/// Each file is replaced in one step, the weights first. Returns the manifest's path.
pub fn save(network: &Network, folder: &Path) -> Result<PathBuf> {
    let (_, files) = render(network).map_err(|error| error.in_file(&folder.join(MODEL_FILE)))?;
    std::fs::create_dir_all(folder).map_err(|cause| unwritable(folder, cause))?;
    let mut in_order: Vec<_> = files.iter().collect();
    in_order.sort_by_key(|(name, _)| *name == MODEL_FILE);
    for (name, bytes) in in_order {
        let file = folder.join(name);
        let written = OutputFile::prepare(&file).and_then(|output| output.write(bytes));
        written.map_err(|error| match error {
            FileError::Write { cause, .. } => unwritable(&file, cause),
            other => unwritable(&file, std::io::Error::other(other)),
        })?;
    }
    Ok(folder.join(MODEL_FILE))
}

/// The files of a network, and the network with their digest; one that is not what [`check`] accepts is refused.
pub fn render(network: &Network) -> Result<(Network, FileSet)> {
    check(network)?;
    let has_rows = network.layers.iter().any(|layer| matches!(layer.op, Op::Conv(_)));
    let weights_name = has_rows.then(|| format!("{}.safetensors", network.name));
    let refuse = |reason: String| ManifestError::from(ir::Fault::Inconsistent { reason });
    let document = document(network, weights_name.clone());
    let manifest = toml::to_string(&document).map_err(|error| refuse(error.to_string()))?;
    let weights = has_rows.then(|| tensors(network)).transpose().map_err(|error| refuse(error.to_string()))?;
    let digest = digest(manifest.as_bytes(), weights.as_deref());
    let mut files = FileSet::new();
    if let (Some(name), Some(bytes)) = (weights_name, weights) {
        files.add_bytes(name, bytes);
    }
    files.add_bytes(MODEL_FILE, manifest.into_bytes());
    Ok((Network { digest, ..network.clone() }, files))
}

fn unwritable(path: &Path, cause: std::io::Error) -> ManifestError {
    ManifestError::from(Fault::Unwritable).because(cause).in_file(path)
}

fn document(network: &Network, weights: Option<String>) -> Document {
    let input = network.tensor(network.input);
    let kind = TensorType::of(input).entry();
    let matrices = network.layers.iter().filter_map(|layer| match &layer.op {
        Op::Conv(conv) => Some(&conv.matrix),
        _ => None,
    });
    let schemes: BTreeSet<Scheme> = matrices.flat_map(|matrix| matrix.schemes.iter().copied()).collect();
    Document {
        format: FORMAT,
        name: network.name.clone(),
        weights,
        schemes: schemes.iter().map(|scheme| (alias(*scheme), scheme.to_string())).collect(),
        input: InputEntry {
            name: input.name.clone(),
            shape: [input.shape.channels, input.shape.height, input.shape.width].map(|n| n as u64).to_vec(),
            bits: kind.bits,
            signed: kind.signed,
            clamp: kind.clamp,
            scale: kind.scale,
            offset: kind.offset,
            zero_point: kind.zero_point,
        },
        layers: network.layers.iter().map(|layer| entry(network, layer)).collect(),
        output: OutputEntry { tensor: network.tensor(network.output).name.clone() },
        host: network.host.clone(),
    }
}

/// All weight tensors as one safetensors file; the names are sorted, so the same network gives the same bytes.
fn tensors(network: &Network) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    let mut stored = Tensors::new();
    for layer in &network.layers {
        if let Op::Conv(conv) = &layer.op {
            let [kernel_height, kernel_width] = conv.window.kernel;
            let channels = network.tensor(layer.inputs[0]).shape.channels;
            let rows = conv.matrix.rows();
            let (dtype, bytes) = level_bytes(&conv.matrix);
            let group_channels = channels.checked_div(conv.groups).unwrap_or_default();
            let shape = vec![rows, group_channels, kernel_height, kernel_width];
            stored.insert(format!("{}.weight", layer.name), (dtype, shape, bytes));
            let name = &layer.name;
            constants(&mut stored, name, "", &conv.matrix.requant);
            if let Some(negative) = &conv.matrix.negative {
                let requant: Vec<Requant> = negative.iter().map(|negative| negative.requant).collect();
                constants(&mut stored, name, "negative_", &requant);
                let below = negative.iter().flat_map(|negative| negative.below.to_le_bytes()).collect();
                stored.insert(format!("{name}.negative_below"), (Dtype::I64, vec![rows], below));
            }
        }
    }
    let views =
        stored.iter().map(|(name, (dtype, shape, bytes))| Ok((name, TensorView::new(*dtype, shape.clone(), bytes)?)));
    safetensors::serialize(views.collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?, None)
}

/// Type, shape and bytes of tensors by name.
type Tensors = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// The constants of a layer's rows.
fn constants(stored: &mut Tensors, layer: &str, prefix: &str, requant: &[Requant]) {
    let short = requant.iter().all(|r| u32::try_from(r.mul).is_ok());
    let (kind, size) = if short { (Dtype::U32, 4) } else { (Dtype::I64, 8) };
    let mul = requant.iter().flat_map(|r| r.mul.to_le_bytes().into_iter().take(size)).collect();
    let add = requant.iter().flat_map(|r| r.add.to_le_bytes()).collect();
    let shift = requant.iter().flat_map(|r| r.shift.to_le_bytes()).collect();
    for (part, dtype, bytes) in [("mul", kind, mul), ("add", Dtype::I64, add), ("shift", Dtype::U32, shift)] {
        stored.insert(format!("{layer}.{prefix}{part}"), (dtype, vec![requant.len()], bytes));
    }
}

/// Levels in the narrowest type that holds all of them.
fn level_bytes(matrix: &RowMatrix) -> (Dtype, Vec<u8>) {
    let levels = || matrix.levels.iter();
    if levels().all(|&level| i8::try_from(level).is_ok()) {
        (Dtype::I8, levels().map(|&level| level as u8).collect())
    } else if levels().all(|&level| i16::try_from(level).is_ok()) {
        (Dtype::I16, levels().flat_map(|&level| (level as i16).to_le_bytes()).collect())
    } else {
        (Dtype::I32, levels().flat_map(|&level| level.to_le_bytes()).collect())
    }
}
