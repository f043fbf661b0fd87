//! Lowering: the network's layers become the core's steps. Flatten disappears into the next matrix, a clamp into its
//! producer, an add into the step that computes one of its operands.

use super::PlanError;
use super::graph::{PIXEL, Residual, Step, StepGraph, StepKind, Stored};
use super::support::{self, refused};
use crate::ir::{Average, Layer, LayerId, Negative, Network, Op, Requant, Rounding, Shape, TensorId, Window};
use crate::num::{Range, act_range, padded_range, requant_range, row_range};

/// Widest mantissa that a row takes over from an add.
const MANTISSA_BITS: u32 = 24;

impl StepGraph {
    /// Lowers a network.
    pub fn lower(network: &Network) -> Result<Self, PlanError> {
        support::check(network)?;
        let mut builder = Builder {
            network,
            steps: Vec::new(),
            alias: (0..network.tensors.len()).map(TensorId).collect(),
            shapes: network.tensors.iter().map(|t| t.shape).collect(),
            deferred: vec![None; network.tensors.len()],
        };
        for index in 0..network.layers.len() {
            builder.layer(LayerId(index))?;
        }
        let output = builder.alias[network.output.0];
        if output == network.input {
            return Err(PlanError::unsupported("the output is the input: there is nothing to compute"));
        }
        let stored = |(index, (tensor, shape))| Stored::of(tensor, shape, TensorId(index));
        let tensors = network.tensors.iter().zip(builder.shapes).enumerate().map(stored).collect();
        let mut graph = Self { steps: builder.steps, tensors, input: network.input, output };
        graph.send_without_offset();
        support::check_reads(&graph)?;
        graph.relax_strides();
        graph.check_strides()?;
        graph.split_layouts();
        graph.unite_pools();
        Ok(graph)
    }
}

struct Builder<'a> {
    network: &'a Network,
    steps: Vec<Step>,
    alias: Vec<TensorId>,
    /// Shape in which each tensor is stored: a flattened image stays an image.
    shapes: Vec<Shape>,
    /// Steps that wait to be fused into an add, by their output tensor.
    deferred: Vec<Option<Step>>,
}

impl Builder<'_> {
    fn layer(&mut self, id: LayerId) -> Result<(), PlanError> {
        let layer = &self.network.layers[id.0];
        let source = self.alias[layer.inputs[0].0];
        let output = layer.output;
        let stored = self.shapes[source.0];
        let flat = stored != self.network.tensor(layer.inputs[0]).shape;
        if flat && matches!(layer.op, Op::MaxPool(_) | Op::AvgPool(..) | Op::Clamp | Op::LeakyRelu(_) | Op::Add(_)) {
            self.elementwise(layer, stored)?;
        }
        let act = self.network.tensor(output).act;
        let clamp = (act.lo, act.hi);
        let base = Step {
            name: layer.name.clone(),
            kind: StepKind::Max,
            source,
            source_shape: stored,
            window: PIXEL,
            kernel: PIXEL.kernel,
            requant: Requant::IDENTITY,
            negative: None,
            bent: false,
            then: Requant::IDENTITY,
            rounding: layer.rounding,
            guard: if matches!(layer.op, Op::Add(_)) { 0 } else { layer.shift },
            clamp,
            residual: None,
            final_clamp: clamp,
            output,
            second: None,
            pooled: None,
        };
        match &layer.op {
            Op::Conv(conv) => {
                let bent = conv.matrix.negative.is_some();
                self.matrix(Step { kind: StepKind::Matrix(id), window: conv.window, bent, ..base }, flat)?;
            }
            Op::MaxPool(window) => self.push(Step { window: if flat { PIXEL } else { *window }, ..base }),
            Op::AvgPool(window, average) => {
                let requant = match average {
                    Average::Window(requant) => *requant,
                    // Without padding every window has all of its pixels.
                    Average::Image(requants) => requants.last().copied().unwrap_or(Requant::IDENTITY),
                };
                let window = if flat { PIXEL } else { *window };
                self.push(Step { kind: StepKind::Sum, window, requant, ..base });
            }
            Op::Clamp => self.clamp(layer.inputs[0], base),
            Op::LeakyRelu([requant, below]) => {
                let zero = self.network.tensor(layer.inputs[0]).zero_point.into();
                let negative = Some(Negative { below: zero, requant: *below });
                self.push(Step { requant: *requant, negative, bent: true, ..base });
            }
            Op::Flatten => self.alias[output.0] = source,
            Op::Add(requants) => self.add(&layer.inputs, Sum { requants: *requants, shift: layer.shift }, &base)?,
            other => return Err(no_step(layer, other)),
        }
        Ok(())
    }

    /// A layer without weights over a flattened image keeps the image's shape. Its window holds one pixel, and padding
    /// neither wins nor adds.
    fn elementwise(&mut self, layer: &Layer, stored: Shape) -> Result<(), PlanError> {
        if self.network.tensor(layer.output).shape.pixels() != 1 {
            let text = format!(
                "`{}` has a window of more than the one pixel of a flattened image: give it a 1x1 kernel without padding",
                layer.name
            );
            return Err(PlanError::unsupported(&text));
        }
        self.shapes[layer.output.0] = stored;
        Ok(())
    }

    /// A dense layer over a flattened image reads the image with a window of its size.
    fn matrix(&mut self, mut step: Step, flat: bool) -> Result<(), PlanError> {
        if flat {
            if step.window.kernel != PIXEL.kernel {
                let text = format!(
                    "`{}` has a window of more than the one pixel of a flattened image: give it a 1x1 kernel without padding",
                    step.name
                );
                return Err(PlanError::unsupported(&text));
            }
            let Shape { height, width, .. } = step.source_shape;
            step.window = Window { kernel: [height, width], ..PIXEL };
        }
        step.kernel = step.window.kernel;
        self.push(step);
        Ok(())
    }

    /// Emits a step, or keeps it back when its result only feeds an add that it can take in.
    fn push(&mut self, mut step: Step) {
        let mut users = self.network.consumers(step.output);
        let only = if step.output == self.network.output { None } else { users.next() };
        if let (Some(user), None) = (only, users.next()) {
            let user = &self.network.layers[user.0];
            let takes = |operand: usize, requants: &[Requant; 2]| {
                user.inputs[operand] == step.output && self.scales(&step, requants[operand])
            };
            match &user.op {
                Op::Add(requants)
                    if step.residual.is_none()
                        && user.inputs[0] != user.inputs[1]
                        && (takes(0, requants) || takes(1, requants)) =>
                {
                    let output = step.output;
                    self.deferred[output.0] = Some(step);
                    return;
                }
                Op::Clamp => {
                    let act = self.network.tensor(user.output).act;
                    let within = |v: i32| v.clamp(act.lo, act.hi);
                    self.alias[step.output.0] = user.output;
                    self.shapes[user.output.0] = self.shapes[step.output.0];
                    step.final_clamp = (within(step.final_clamp.0), within(step.final_clamp.1));
                    if step.residual.is_none() {
                        step.clamp = step.final_clamp;
                    }
                    step.output = user.output;
                    step.name.clone_from(&user.name);
                    return self.push(step);
                }
                _ => {}
            }
        }
        self.steps.push(step);
    }

    /// Whether a step can scale its result as an add does: not at all, or rows that are exact up to there.
    fn scales(&self, step: &Step, requant: Requant) -> bool {
        if requant == Requant::IDENTITY {
            return true;
        }
        let StepKind::Matrix(id) = step.kind else { return false };
        let Op::Conv(conv) = &self.network.layers[id.0].op else { return false };
        let matrix = &conv.matrix;
        let bounds = Range { min: step.clamp.0.into(), max: step.clamp.1.into() };
        if scaled_bounds(step, bounds, requant).is_err() {
            return false;
        }
        let values = padded_range(self.network.tensor(step.source));
        let exact = |row: usize| {
            let own = matrix.requant[row];
            let result: Range<i128> = requant_range(row_range(matrix.row(row), values), own);
            let within = result.min >= step.clamp.0.into() && result.max <= step.clamp.1.into();
            own.shift == 0 && within && own.mul.checked_mul(requant.mul).is_some_and(|mul| mul < 1 << MANTISSA_BITS)
        };
        step.then == Requant::IDENTITY && !step.bent && step.guard == 0 && (0..matrix.rows()).all(exact)
    }

    /// A clamp that no producer took in is a pass of its own.
    fn clamp(&mut self, input: TensorId, step: Step) {
        if self.alias[input.0] != step.output {
            self.push(step);
        }
    }

    fn add(&mut self, inputs: &[TensorId], sum: Sum, base: &Step) -> Result<(), PlanError> {
        let held: Vec<Option<Step>> = inputs.iter().map(|input| self.deferred[input.0].take()).collect();
        let [first, second] = <[Option<Step>; 2]>::try_from(held).unwrap_or([None, None]);
        let fuse = |step: Step, other: usize| {
            let residual = residual(self.alias[inputs[other].0], sum, other, base.rounding);
            let then = sum.requants[1 - other];
            let values = Range { min: step.clamp.0.into(), max: step.clamp.1.into() };
            Ok::<_, PlanError>(Step {
                name: base.name.clone(),
                then,
                // Rows that are scaled are whole before it, and operands of a sum round down.
                rounding: if then == Requant::IDENTITY { step.rounding } else { Rounding::Floor },
                clamp: scaled_bounds(base, values, then)?,
                residual: Some(residual),
                final_clamp: base.final_clamp,
                output: base.output,
                ..step
            })
        };
        let fused = match (first, second) {
            // The later operand waits for the earlier one.
            (Some(a), Some(b)) => {
                let (earlier, later, other) = if inputs[0] > inputs[1] { (b, a, 1) } else { (a, b, 0) };
                self.steps.push(earlier);
                fuse(later, other)?
            }
            (Some(a), None) => fuse(a, 1)?,
            (None, Some(b)) => fuse(b, 0)?,
            (None, None) => self.plain_add(inputs, sum, base)?,
        };
        if let Some(residual) = fused.residual {
            let operands = [0, 1].map(|i| self.shapes[self.alias[inputs[i].0].0]);
            if operands[0] != operands[1] {
                let text = format!("`{}` adds a flattened image to a vector: add before the flatten", base.name);
                return Err(PlanError::unsupported(&text));
            }
            debug_assert_eq!(self.shapes[residual.tensor.0], operands[0]);
            self.shapes[fused.output.0] = operands[0];
        }
        self.push(fused);
        Ok(())
    }

    /// An add of two stored tensors: one passes through the pooling unit, the other comes as residual.
    fn plain_add(&self, inputs: &[TensorId], sum: Sum, base: &Step) -> Result<Step, PlanError> {
        let values = act_range(self.network.tensor(inputs[0]).act);
        let requant = sum.requants[0];
        Ok(Step {
            requant,
            // The operand rounds down, the sum as the layer says.
            rounding: Rounding::Floor,
            clamp: scaled_bounds(base, values, requant)?,
            residual: Some(residual(self.alias[inputs[1].0], sum, 1, base.rounding)),
            ..base.clone()
        })
    }
}

/// Bounds of an operand on the grid of the sum.
fn scaled_bounds(sum: &Step, values: Range, requant: Requant) -> Result<(i32, i32), PlanError> {
    let scaled = requant_range(values, requant);
    let bound = |v: i128| {
        i32::try_from(v >> requant.shift).map_err(|_| {
            PlanError::unsupported(&format!(
                "an operand of `{}` is scaled beyond 32 bits: use a smaller `mul`, or a larger `shift`",
                sum.name
            ))
        })
    };
    Ok((bound(scaled.min)?, bound(scaled.max)?))
}

/// Constants of an add: of its operands, and their common shift.
#[derive(Clone, Copy)]
struct Sum {
    requants: [Requant; 2],
    shift: u32,
}

/// The operand of a sum that comes from residual memory.
fn residual(tensor: TensorId, sum: Sum, operand: usize, rounding: Rounding) -> Residual {
    Residual { tensor, requant: sum.requants[operand], shift: sum.shift, rounding }
}

/// An operator without a unit, and what to do instead.
fn no_step(layer: &Layer, op: &Op) -> PlanError {
    match op {
        Op::Concat(_) => refused(layer, "a concat", "let an `add` join the branches"),
        Op::Upsample(_) => refused(layer, "an upsample", "leave it to the host"),
        other => {
            refused(layer, &format!("a layer `{}`", other.facts().name), "replace it by operators that a core has")
        }
    }
}
