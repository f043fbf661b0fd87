//! Whether a network is one: every check of names, order, shapes, types, levels and constants.

use std::collections::HashSet;
use std::fmt;
use std::ops::RangeInclusive;

use miette::Diagnostic;

use super::{
    ActType, Average, Conv, Fault, Host, Last, Layer, LayerId, Network, Op, OpFacts, OutputSteps, Padding, Requant,
    RowMatrix, Shape, Tensor, TensorId, Window, limits, names,
};
use crate::num::Levels;

/// Most layers of a network.
const LAYER_LIMIT: usize = 4096;
/// Bytes of a name of the user's arrays.
const MAX_HOST_NAME: usize = 1024;

/// Why a network is refused, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{place}{fault}")]
pub struct Invalid {
    /// Where.
    pub place: Place,
    /// Why.
    pub fault: Fault,
}

/// A part of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Network,
    /// The input with this name.
    Input(String),
    /// The layer with this name.
    Layer(String),
    /// A row of the layer's matrix, counted from 0.
    Row(String, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => Ok(()),
            Self::Input(input) => write!(f, "input `{input}`: "),
            Self::Layer(layer) => write!(f, "layer `{layer}`: "),
            Self::Row(layer, row) => write!(f, "layer `{layer}`, row {row}: "),
        }
    }
}

impl From<Fault> for Invalid {
    fn from(fault: Fault) -> Self {
        Self { place: Place::Network, fault }
    }
}

impl Diagnostic for Invalid {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault.help()
    }
}

/// Checks a network that does not come from a manifest: the modules after this one take for granted what is said here.
pub fn check(network: &Network) -> Result<(), Invalid> {
    let layers = network.layers.iter().map(|layer| layer.name.as_str());
    let input = network.tensors.first().map_or("", |tensor| tensor.name.as_str());
    check_names(&network.name, std::iter::once(input).chain(layers))?;
    if !is_numbered(network) {
        return Err(contradicts("its tensors are not numbered in the order of their layers".to_owned()).into());
    }
    let input = network.tensor(network.input);
    check_input(input).map_err(|fault| Invalid { place: Place::Input(input.name.clone()), fault })?;
    for layer in &network.layers {
        check_layer(network, layer)?;
    }
    check_used(&network.tensors, network.layers.iter().map(|layer| layer.inputs.as_slice()), network.output)?;
    check_host(&network.host, input, network.tensor(network.output))?;
    Ok(())
}

/// The network's name, then those of its input and its layers.
pub(crate) fn check_names<'a>(network: &str, tensors: impl Iterator<Item = &'a str> + Clone) -> Result<(), Fault> {
    names::check(network)?;
    match tensors.clone().count().saturating_sub(1) {
        0 => return Err(Fault::Empty),
        found if found > LAYER_LIMIT => return Err(Fault::TooManyLayers { found, limit: LAYER_LIMIT }),
        _ => {}
    }
    let mut seen = HashSet::new();
    for name in tensors {
        names::check(name)?;
        if !seen.insert(name) {
            return Err(Fault::Duplicate { name: name.to_owned() });
        }
    }
    Ok(())
}

/// Whether layer `i` makes tensor `i + 1`, which has its name, out of tensors up to `i`.
fn is_numbered(network: &Network) -> bool {
    let tensors = &network.tensors;
    let follows = |(index, layer): (usize, &Layer)| {
        let known = layer.inputs.iter().all(|id| id.0 <= index);
        layer.output == TensorId(index + 1) && known && !layer.inputs.is_empty()
    };
    let made = |(index, layer): (usize, &Layer)| {
        tensors[index + 1].name == layer.name && tensors[index + 1].producer == Some(LayerId(index))
    };
    let complete = tensors.len() == network.layers.len() + 1 && network.output.0 < tensors.len();
    let layers = || network.layers.iter().enumerate();
    complete
        && network.input == TensorId(0)
        && tensors[0].producer.is_none()
        && layers().all(follows)
        && layers().all(made)
}

fn check_input(input: &Tensor) -> Result<(), Fault> {
    let Shape { channels, height, width } = input.shape;
    Shape::within([channels, height, width].map(|n| n as u64))?;
    check_type(input)
}

/// Type, scale and zero point of a tensor.
fn check_type(tensor: &Tensor) -> Result<(), Fault> {
    let ActType { bits, signed, lo, hi } = tensor.act;
    ActType::within(bits.into(), signed, Some([lo.into(), hi.into()]))?;
    limits::scale(tensor.scale)?;
    tensor.act.zero_point(tensor.zero_point.into())?;
    limits::finite("offset", tensor.offset)?;
    if tensor.zero_point != 0 {
        limits::offset(Some(tensor.offset), tensor.zero_point, tensor.scale)?;
    }
    Ok(())
}

fn check_layer(network: &Network, layer: &Layer) -> Result<(), Invalid> {
    let within = |fault| Invalid { place: Place::Layer(layer.name.clone()), fault };
    let operands: Vec<&Tensor> = layer.inputs.iter().map(|id| network.tensor(*id)).collect();
    let output = network.tensor(layer.output);
    check_op(layer, &operands).map_err(within)?;
    if let Op::Conv(conv) = &layer.op {
        check_matrix(layer, conv, operands[0])?;
    }
    let shapes: Vec<Shape> = operands.iter().map(|tensor| tensor.shape).collect();
    let shape = layer.op.shape(&shapes).map_err(within)?;
    if output.shape != shape {
        return Err(within(contradicts("its result has another shape than its operator makes".to_owned())));
    }
    let type_of = |tensor: &Tensor| (tensor.act, tensor.scale, tensor.offset, tensor.zero_point);
    if layer.op.facts().keeps_type && type_of(output) != type_of(operands[0]) {
        return Err(within(contradicts("its result has another type than its operand".to_owned())));
    }
    check_type(output).map_err(within)
}

/// Operands, window and constants of an operator.
fn check_op(layer: &Layer, operands: &[&Tensor]) -> Result<(), Fault> {
    let op = &layer.op;
    let OpFacts { name, operands: counts, window, requants, .. } = op.facts();
    check_operands(name, &counts, operands.len())?;
    if let Some(window) = window {
        let Padding { top, left, bottom, right } = window.padding;
        let wide = |numbers: [usize; 2]| numbers.map(|n| n as u64);
        Window::within(wide(window.kernel), wide(window.stride), [top, left, bottom, right].map(|n| n as u64))?;
    }
    match op {
        Op::Upsample(factor) => limits::factor(factor.map(|n| n as u64)).map(drop)?,
        Op::Concat(requants) => check_count(op, requants.len(), operands.len())?,
        Op::AvgPool(window, Average::Image(requants)) => {
            check_count(op, requants.len(), window.kernel[0] * window.kernel[1])?;
        }
        _ => {}
    }
    match requants {
        None if layer.last() == Last::DOWN => Ok(()),
        None => Err(contradicts(format!("the operator `{name}` rounds nothing"))),
        Some(requants) => {
            limits::shift(layer.shift.into())?;
            // Those of rows are checked with their rows.
            let own = if matches!(op, Op::Conv(_)) { &[] } else { requants };
            own.iter().try_for_each(check_requant)
        }
    }
}

/// Refuses another number of operands than an operator takes.
pub(crate) fn check_operands(op: &'static str, counts: &RangeInclusive<usize>, found: usize) -> Result<(), Fault> {
    let (least, most) = (counts.start(), counts.end());
    let allowed = || if least == most { least.to_string() } else { format!("{least} to {most}") };
    if counts.contains(&found) { Ok(()) } else { Err(Fault::OperandCount { op, found, allowed: allowed() }) }
}

fn check_count(op: &Op, found: usize, needed: usize) -> Result<(), Fault> {
    let expected = || format!("a list of {needed} sets");
    if found == needed { Ok(()) } else { Err(Fault::RequantCount { op: op.facts().name, expected: expected() }) }
}

fn check_requant(requant: &Requant) -> Result<(), Fault> {
    // Mantissas beyond 2^63 are told as the negative numbers that files would have for them.
    Requant::within(requant.mul.cast_signed(), requant.add, requant.shift.into()).map(drop)
}

/// The rows of a convolution: as many as they should be, every level on the grid of its row's scheme.
fn check_matrix(layer: &Layer, conv: &Conv, input: &Tensor) -> Result<(), Invalid> {
    let within = |fault| Invalid { place: Place::Layer(layer.name.clone()), fault };
    let RowMatrix { columns, schemes, levels, requant, negative } = &conv.matrix;
    let rows = schemes.len();
    let complete = rows > 0
        && rows.checked_mul(*columns) == Some(levels.len())
        && requant.len() == rows
        && negative.as_ref().is_none_or(|negative| negative.len() == rows);
    if !complete {
        return Err(within(contradicts(
            "its matrix does not have as many schemes, constants and levels as rows".to_owned(),
        )));
    }
    let channels = input.shape.channels;
    limits::groups(conv.groups as u64, channels, rows).map_err(within)?;
    let [height, width] = conv.window.kernel;
    limits::weights(&[rows, channels / conv.groups, height, width]).map_err(within)?;
    if channels / conv.groups * height * width != *columns {
        return Err(within(contradicts("its matrix has another number of columns than its window reads".to_owned())));
    }
    for (row, &scheme) in schemes.iter().enumerate() {
        let within = |fault| Invalid { place: Place::Row(layer.name.clone(), row), fault };
        if scheme.to_string().parse() != Ok(scheme) {
            return Err(within(contradicts(format!("there is no scheme {scheme}"))));
        }
        let (grid, own) = (Levels::of(scheme), conv.matrix.row(row).iter().enumerate());
        let mut levels = own.map(|(column, &level)| limits::level(scheme, grid, column, level.into()).map(drop));
        levels.find(Result::is_err).unwrap_or(Ok(())).map_err(within)?;
        if let Some(negative) = negative {
            check_requant(&negative[row].requant).map_err(within)?;
        }
        check_requant(&requant[row]).map_err(within)?;
    }
    Ok(())
}

/// Walks back from the output; whatever is not met is of no use. Layer `i` makes tensor `i + 1`.
pub(crate) fn check_used<'a>(
    tensors: &[Tensor],
    inputs: impl DoubleEndedIterator<Item = &'a [TensorId]> + ExactSizeIterator,
    output: TensorId,
) -> Result<(), Fault> {
    let mut used = vec![false; tensors.len()];
    used[output.0] = true;
    for (index, inputs) in inputs.enumerate().rev() {
        if used[index + 1] {
            for id in inputs {
                used[id.0] = true;
            }
        }
    }
    match used.iter().position(|&used| !used) {
        Some(index) => Err(Fault::Unused { name: tensors[index].name.clone() }),
        None => Ok(()),
    }
}

fn contradicts(reason: String) -> Fault {
    Fault::Inconsistent { reason }
}

/// Numbers and layouts for the host make sense.
pub(crate) fn check_host(host: &Host, input: &Tensor, output: &Tensor) -> Result<(), Fault> {
    for (key, name) in [("input_name", &host.input_name), ("output_name", &host.output_name)] {
        if name.as_ref().is_some_and(|name| name.is_empty() || name.len() > MAX_HOST_NAME) {
            return Err(Fault::Host { cause: format!("`{key}` is empty or longer than {MAX_HOST_NAME} bytes") });
        }
    }
    for (key, numbers) in [("input_mul", &host.input_mul), ("input_add", &host.input_add)] {
        numbers.iter().try_for_each(|&number| limits::finite(key, number).map(drop))?;
        if ![1, input.shape.channels].contains(&numbers.len()) {
            let cause = format!("`{key}` has {} numbers for {} channels", numbers.len(), input.shape.channels);
            return Err(Fault::Host { cause });
        }
    }
    if let Some(OutputSteps { scale, clamp: [least, most] }) = host.steps {
        let cause = match host.function {
            None => "`output_scale` and `output_clamp` belong to a function: `output` is missing",
            Some(_) if !(scale.is_finite() && scale > 0.0) => "`output_scale` is missing or not a positive number",
            Some(_) if least > most || least.unsigned_abs().max(most.unsigned_abs()) > 1 << 31 => {
                "`output_clamp` is not a least and a largest number of steps, at most 2^31 either way"
            }
            Some(_) => "",
        };
        if !cause.is_empty() {
            return Err(Fault::Host { cause: cause.to_owned() });
        }
    }
    for (side, layout, tensor) in [("input", &host.input, input), ("output", &host.output, output)] {
        if let Some(fault) = layout.fault(tensor.shape.len()) {
            return Err(Fault::Host { cause: format!("`{side}_shape`, `{side}_split`, `{side}_axes`: {fault}") });
        }
    }
    Ok(())
}
