//! Writing: the same document and tensors that [`load`](super::load()) reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::load::read;
use super::schema::{
    Document, FORMAT, InputEntry, LayerEntry, OpName, OutputEntry, RequantEntry, RequantKey, RoundingName, TypeEntry,
};
use super::{Fault, ManifestError, Result};
use crate::files::{FileError, FileSet, OutputFile};
use crate::ir::{Average, Layer, Network, Op, Padding, Requant, Rounding, RowMatrix, Tensor, TensorId, Window};
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

/// The files of a network, and the network as [`load`](super::load()) reads it from them: one that would load as another
/// is refused.
pub fn render(network: &Network) -> Result<(Network, FileSet)> {
    let has_rows = network.layers.iter().any(|layer| matches!(layer.op, Op::Conv(_)));
    let weights_name = has_rows.then(|| format!("{}.safetensors", network.name));
    let refuse = |reason: String| ManifestError::from(Fault::NotExpressible { reason });
    if !is_numbered(network) {
        return Err(refuse("its tensors are not numbered as in a manifest".to_owned()));
    }
    let document = document(network, weights_name.clone());
    let manifest = toml::to_string(&document).map_err(|error| refuse(error.to_string()))?;
    let weights = has_rows.then(|| tensors(network)).transpose().map_err(|error| refuse(error.to_string()))?;
    let mut read_back = read(manifest.as_bytes(), weights.as_deref())?;
    let digest = std::mem::replace(&mut read_back.digest, network.digest.clone());
    if read_back != *network {
        return Err(refuse("it would not load as the same network".to_owned()));
    }
    read_back.digest = digest;
    let mut files = FileSet::new();
    if let (Some(name), Some(bytes)) = (weights_name, weights) {
        files.add_bytes(name, bytes);
    }
    files.add_bytes(MODEL_FILE, manifest.into_bytes());
    Ok((read_back, files))
}

/// Whether layer `i` makes tensor `i + 1` out of tensors up to `i`.
fn is_numbered(network: &Network) -> bool {
    let follows = |(index, layer): (usize, &Layer)| {
        let known = layer.inputs.iter().all(|id| id.0 <= index);
        layer.output == TensorId(index + 1) && known && !layer.inputs.is_empty()
    };
    let complete = network.tensors.len() == network.layers.len() + 1 && network.output.0 < network.tensors.len();
    complete && network.input == TensorId(0) && network.layers.iter().enumerate().all(follows)
}

fn unwritable(path: &Path, cause: std::io::Error) -> ManifestError {
    ManifestError::from(Fault::Unwritable).because(cause).in_file(path)
}

fn document(network: &Network, weights: Option<String>) -> Document {
    let input = network.tensor(network.input);
    let kind = type_entry(input);
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

/// `sp2(4;2,1)` as an identifier: `sp2_4_2_1`.
fn alias(scheme: Scheme) -> String {
    let text = scheme.to_string();
    text.trim_end_matches(')').replace(['(', ';', ','], "_")
}

fn type_entry(tensor: &Tensor) -> TypeEntry {
    let act = tensor.act;
    let clamp = Some([act.lo.into(), act.hi.into()]);
    let offset = (tensor.offset != 0.0).then_some(tensor.offset);
    let zero_point = (tensor.zero_point != 0).then_some(tensor.zero_point.into());
    TypeEntry { bits: act.bits.into(), signed: act.signed, clamp, scale: tensor.scale, offset, zero_point }
}

fn entry(network: &Network, layer: &Layer) -> LayerEntry {
    let names: Vec<String> = layer.inputs.iter().map(|id| network.tensor(*id).name.clone()).collect();
    let mut entry = LayerEntry {
        name: layer.name.clone(),
        op: OpName::Flatten,
        input: names.first().cloned(),
        inputs: None,
        rows: None,
        groups: None,
        kernel: None,
        stride: None,
        padding: None,
        factor: None,
        requant: None,
        shift: (layer.shift != 0).then_some(layer.shift.into()),
        rounding: rounding(layer.rounding),
        output: Some(type_entry(network.tensor(layer.output))),
    };
    match &layer.op {
        Op::Conv(conv) => {
            entry.op = OpName::Conv2d;
            entry.rows = Some(runs(&conv.matrix.schemes));
            entry.groups = (conv.groups != 1).then_some(conv.groups as u64);
            set_window(&mut entry, &conv.window);
        }
        Op::MaxPool(window) => {
            entry.op = OpName::MaxPool;
            entry.output = None;
            set_window(&mut entry, window);
        }
        Op::AvgPool(window, average) => {
            entry.op = OpName::AvgPool;
            entry.requant = Some(match average {
                Average::Window(requant) => RequantKey::One(requant_entry(*requant)),
                Average::Image(requants) => requant_list(requants),
            });
            set_window(&mut entry, window);
        }
        Op::Add(requants) => set_operands(&mut entry, OpName::Add, names, requants),
        Op::Concat(requants) => set_operands(&mut entry, OpName::Concat, names, requants),
        Op::LeakyRelu(requants) => {
            entry.op = OpName::LeakyRelu;
            entry.requant = Some(requant_list(requants));
        }
        Op::Upsample(factor) => {
            entry.op = OpName::Upsample;
            entry.output = None;
            entry.factor = Some(factor.map(|n| n as u64));
        }
        Op::Clamp => entry.op = OpName::Clamp,
        Op::Flatten => entry.output = None,
    }
    entry
}

fn set_operands(entry: &mut LayerEntry, op: OpName, names: Vec<String>, requants: &[Requant]) {
    entry.op = op;
    entry.input = None;
    entry.inputs = Some(names);
    entry.requant = Some(requant_list(requants));
}

fn set_window(entry: &mut LayerEntry, window: &Window) {
    let Padding { top, left, bottom, right } = window.padding;
    entry.kernel = Some(window.kernel.map(|n| n as u64));
    entry.stride = Some(window.stride.map(|n| n as u64));
    entry.padding = Some([top, left, bottom, right].map(|n| n as u64));
}

/// The name of a rounding; rounding down has none.
fn rounding(rounding: Rounding) -> Option<RoundingName> {
    match rounding {
        Rounding::Floor => None,
        Rounding::HalfEven => Some(RoundingName::HalfEven),
        Rounding::HalfOdd => Some(RoundingName::HalfOdd),
    }
}

fn requant_list(requants: &[Requant]) -> RequantKey {
    RequantKey::List(requants.iter().copied().map(requant_entry).collect())
}

fn requant_entry(requant: Requant) -> RequantEntry {
    RequantEntry { mul: requant.mul as i64, add: requant.add, shift: requant.shift.into() }
}

/// Neighbouring rows of one scheme as `alias*count`.
fn runs(schemes: &[Scheme]) -> String {
    let runs = schemes.chunk_by(|a, b| a == b).map(|run| match run.len() {
        1 => alias(run[0]),
        count => format!("{}*{count}", alias(run[0])),
    });
    runs.collect::<Vec<_>>().join(" ")
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
