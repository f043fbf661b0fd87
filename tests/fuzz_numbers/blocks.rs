//! From blocks to nodes.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::build::{Builder, Case, Edge};
use crate::model::{Attribute, Type};
use crate::recipe::{Block, Family, Kind, Recipe};
use crate::value::Value;

/// What a branch must leave as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    Pixels,
    All,
}

/// The model of a recipe.
pub fn build(recipe: &Recipe) -> Case {
    let (mut builder, inputs, mut edge) = Builder::new(recipe);
    if recipe.prescribed || recipe.family == Family::QOperator {
        edge = builder.quantize(&edge);
    }
    edge = builder.blocks(edge, &recipe.blocks, Keep::Nothing);
    if !builder
        .model
        .nodes
        .iter()
        .any(|node| matches!(node.op, "Conv" | "MatMul" | "Gemm" | "QLinearConv" | "QLinearMatMul"))
    {
        edge = builder.linear(edge, Keep::Nothing);
    }
    // A result has one scale: numbers that are not multiples of one need a type.
    let single = edge.grid || !recipe.prescribed;
    if recipe.family != Family::Float && (!single || edge.scale.is_none() && builder.chance(0.5)) {
        edge = builder.quantize(&edge);
    }
    edge = builder.real(&edge);
    if recipe.channels_last && edge.is_image() && edge.channel == 1 && builder.chance(0.5) {
        edge = builder.last(&edge);
    }
    edge = builder.host_function(edge);
    builder.finish(&edge, inputs)
}

impl Builder<'_> {
    fn blocks(&mut self, mut edge: Edge, blocks: &[Block], keep: Keep) -> Edge {
        for block in blocks {
            let outer = std::mem::replace(&mut self.rng, StdRng::seed_from_u64(block.seed));
            edge = self.block(edge, &block.kind, keep);
            self.rng = outer;
        }
        edge
    }

    fn block(&mut self, edge: Edge, kind: &Kind, keep: Keep) -> Edge {
        let image = edge.is_image();
        match kind {
            Kind::Linear => self.linear(edge, keep),
            Kind::Norm if edge.dims.len() > 1 => self.norm(edge),
            Kind::Activation => self.activation(&edge),
            Kind::Pool if image && keep == Keep::Nothing => self.pool(edge),
            Kind::Global if image && keep == Keep::Nothing => self.global(edge),
            Kind::Affine => self.affine(&edge),
            Kind::Pad if image && keep == Keep::Nothing => self.pad(edge),
            Kind::Resize if image && keep == Keep::Nothing => self.resize(edge),
            Kind::Shape => self.shape(&edge),
            Kind::Quantize => self.quantize(&edge),
            Kind::Flatten if image && keep == Keep::Nothing => self.flatten(&edge),
            Kind::Residual(a, b) => self.residual(edge, a, b),
            Kind::Join(a, b) if keep != Keep::All => self.join(edge, a, b),
            _ => edge,
        }
    }

    /// A function at the end that is left to the host, perhaps with a quantizer behind it.
    fn host_function(&mut self, edge: Edge) -> Edge {
        let wanted = matches!(self.recipe.family, Family::Float | Family::Qdq) && !edge.is_image();
        if !wanted || !self.chance(0.1) {
            return edge;
        }
        let op = if edge.dims.len() == 2 && self.chance(0.5) { "Softmax" } else { "Sigmoid" };
        let name = self.node(op, &[&edge.name], Vec::new());
        let edge = self.edge(name, &edge);
        if self.recipe.family == Family::Float || self.chance(0.5) {
            return edge;
        }
        let scale = 1.0 / 256.0;
        self.slack = 0.51 * scale;
        let operands = [self.float(scale), self.constant(Type::Uint8, Value::scalar(0.0))];
        let inputs = [&edge.name, &operands[0], &operands[1]].map(String::as_str);
        let codes = self.typed("QuantizeLinear", "", &inputs, Vec::new(), Type::Uint8);
        let name = self.node("DequantizeLinear", &[&codes, &operands[0], &operands[1]], Vec::new());
        self.edge(name, &edge)
    }

    /// With a prescribed type, where the recipe asks for it.
    pub fn ready(&mut self, edge: Edge) -> Edge {
        let wanted = edge.scale.is_none() && self.recipe.family != Family::Float;
        if wanted && (self.recipe.prescribed || self.chance(0.4)) { self.quantize(&edge) } else { edge }
    }

    /// Channels before pixels.
    pub fn first(&mut self, edge: Edge) -> Edge {
        if edge.channel == 1 || !edge.is_image() {
            return edge;
        }
        let rank = edge.dims.len() as i64;
        let order = [vec![0, rank - 1], (1..rank - 1).collect()].concat();
        let name = self.node("Transpose", &[&edge.name], vec![("perm", Attribute::Ints(order))]);
        Edge { channel: 1, dims: self.dims(&name), name, ..edge }
    }

    /// Channels after pixels.
    fn last(&mut self, edge: &Edge) -> Edge {
        let rank = edge.dims.len();
        let order = [vec![0], (2..rank as i64).collect(), vec![1]].concat();
        let name = self.node("Transpose", &[&edge.name], vec![("perm", Attribute::Ints(order))]);
        Edge { channel: rank - 1, dims: self.dims(&name), name, ..edge.clone() }
    }

    fn activation(&mut self, edge: &Edge) -> Edge {
        let (lo, hi) = self.range(&edge.name);
        let largest = hi.max(-lo).max(0.125);
        let limit = if self.dyadic() { largest.log2().floor().exp2() / 2.0 } else { largest * 0.6 };
        let slope = if self.dyadic() {
            self.one_of(&[0.125, 0.25, 0.25, 0.5, 0.0, -0.25])
        } else {
            self.one_of(&[0.01, 0.1, 0.1, 0.3, 0.0, -0.2])
        };
        let (name, kept) = match self.rng.random_range(0..20) {
            0..9 => (self.node("Relu", &[&edge.name], Vec::new()), true),
            9..13 => (self.node("LeakyRelu", &[&edge.name], vec![("alpha", Attribute::Float(slope as f32))]), false),
            13..15 => {
                let slope = self.floats(&[1], vec![slope]);
                (self.node("PRelu", &[&edge.name, &slope], Vec::new()), false)
            }
            15..18 => {
                let least = if self.chance(0.7) { 0.0 } else { -limit };
                let bounds = [self.float(least), self.float(limit)];
                (self.node("Clip", &[&edge.name, &bounds[0], &bounds[1]], Vec::new()), false)
            }
            18 => {
                let least = if self.chance(0.5) { 0.0 } else { -limit };
                let bounds = [self.float(least), self.float(least - limit)];
                let op = self.one_of(&["Max", "Max", "Min"]);
                let operands = if self.chance(0.5) {
                    vec![&edge.name, &bounds[0]]
                } else {
                    vec![&edge.name, &bounds[0], &bounds[1]]
                };
                let operands: Vec<&str> = operands.into_iter().map(String::as_str).collect();
                (self.node(op, &operands, Vec::new()), false)
            }
            _ => (self.node("Neg", &[&edge.name], Vec::new()), false),
        };
        let grid = edge.grid && (kept || self.dyadic());
        Edge { grid, scale: edge.scale.filter(|_| kept), ..self.edge(name, edge) }
    }

    fn pool(&mut self, edge: Edge) -> Edge {
        let edge = self.first(edge);
        let pixels = edge.pixels().to_vec();
        let (kernel, mut attributes) = self.window(&pixels, false, false);
        let max = edge.codes.is_some() || self.chance(0.55);
        let ceil = self.chance(0.15);
        if ceil {
            attributes.push(("ceil_mode", Attribute::Int(1)));
        }
        if max {
            let name = self.typed("MaxPool", "", &[&edge.name], attributes, edge.kind);
            return Edge { name: name.clone(), dims: self.dims(&name), ..edge };
        }
        let count = self.chance(0.4);
        attributes.push(("count_include_pad", Attribute::Int(count.into())));
        let name = self.node("AveragePool", &[&edge.name], attributes.clone());
        let padded = !attributes.iter().any(|(name, value)| {
            *name == "pads" && matches!(value, Attribute::Ints(list) if list.iter().all(|pad| *pad == 0))
        });
        let size: usize = kernel.iter().product();
        // Averages of equal numbers of pixels are multiples of one number.
        let grid = edge.grid && !ceil && (!padded || count) && size > 0;
        Edge { grid, ..self.edge(name, &edge) }
    }

    fn global(&mut self, edge: Edge) -> Edge {
        if self.chance(0.6) {
            let edge = self.first(edge);
            let max = self.chance(0.3);
            let name = self.node(if max { "GlobalMaxPool" } else { "GlobalAveragePool" }, &[&edge.name], Vec::new());
            return Edge { grid: edge.grid, scale: edge.scale.filter(|_| max), ..self.edge(name, &edge) };
        }
        let keep = self.chance(0.5);
        let rank = edge.dims.len() as i64;
        let over: Vec<i64> = if edge.channel == 1 { (2..rank).collect() } else { (1..rank - 1).collect() };
        let mut attributes = vec![("keepdims", Attribute::Int(keep.into()))];
        let max = self.chance(0.25);
        let op = if max { "ReduceMax" } else { "ReduceMean" };
        let name = if self.model.opset >= 18 {
            let over = self.list(&over);
            self.node(op, &[&edge.name, &over], attributes)
        } else {
            attributes.push(("axes", Attribute::Ints(over)));
            self.node(op, &[&edge.name], attributes)
        };
        let channel = if keep { edge.channel } else { 1 };
        Edge { grid: edge.grid, scale: edge.scale.filter(|_| max), channel, ..self.edge(name, &edge) }
    }

    fn flatten(&mut self, edge: &Edge) -> Edge {
        let name = match self.rng.random_range(0..3) {
            0 if edge.kind == Type::Float => {
                let shape = self.list(&[1, -1]);
                self.node("Reshape", &[&edge.name, &shape], Vec::new())
            }
            _ => self.typed("Flatten", "", &[&edge.name], vec![("axis", Attribute::Int(1))], edge.kind),
        };
        Edge { dims: self.dims(&name), name, channel: 1, ..edge.clone() }
    }

    fn residual(&mut self, edge: Edge, a: &[Block], b: &[Block]) -> Edge {
        let edge = self.ready(edge);
        let edge = self.first(edge);
        let a = self.blocks(edge.clone(), a, Keep::All);
        let b = self.blocks(edge, b, Keep::All);
        let (a, b) = (self.first(a), self.first(b));
        let op = if self.chance(0.1) { "Sub" } else { "Add" };
        let name = self.node(op, &[&a.name, &b.name], Vec::new());
        let grid = a.grid && b.grid && (self.dyadic() || a.scale.is_some() && a.scale == b.scale);
        Edge { grid, ..self.edge(name, &a) }
    }

    fn join(&mut self, edge: Edge, a: &[Block], b: &[Block]) -> Edge {
        let edge = self.ready(edge);
        let edge = self.first(edge);
        let a = self.blocks(edge.clone(), a, Keep::Pixels);
        let b = self.blocks(edge, b, Keep::Pixels);
        let (a, b) = (self.first(a), self.first(b));
        let axis = Attribute::Int(a.channel as i64);
        let name = self.node("Concat", &[&a.name, &b.name], vec![("axis", axis)]);
        let scale = a.scale.filter(|_| a.scale == b.scale);
        let grid = a.grid && b.grid && (self.dyadic() || scale.is_some());
        Edge { scale, grid, ..self.edge(name, &a) }
    }

    /// One number for each channel as an operand that broadcasts.
    fn by_channel(&mut self, edge: &Edge, values: Vec<f64>) -> String {
        if values.len() == 1 {
            return self.float(values[0]);
        }
        let mut shape = vec![1; edge.dims.len()];
        shape[edge.channel] = values.len();
        let shape = if edge.channel + 1 == edge.dims.len() { vec![values.len()] } else { shape };
        self.floats(&shape, values)
    }

    fn affine(&mut self, edge: &Edge) -> Edge {
        let count = if self.chance(0.5) { 1 } else { edge.channels() };
        let dyadic = self.dyadic();
        let mut values = |choices: &[f64], least: f64, most: f64| -> Vec<f64> {
            (0..count).map(|_| if dyadic { self.one_of(choices) } else { self.rng.random_range(least..most) }).collect()
        };
        let factors = values(&[0.25, 0.5, 1.0, 2.0, 3.0], 0.2, 2.0);
        let terms = values(&[-0.5, -0.25, 0.0, 0.125, 0.5], -0.5, 0.5);
        let factors_halve = factors.iter().all(|factor| factor.log2().fract() == 0.0);
        let mut name = edge.name.clone();
        let which = self.rng.random_range(0..3);
        if which != 1 {
            let operand = self.by_channel(edge, factors);
            let op = if self.chance(0.15) && (!dyadic || factors_halve) { "Div" } else { "Mul" };
            name = self.node(op, &[&name, &operand], Vec::new());
        }
        if which != 0 {
            let operand = self.by_channel(edge, terms);
            name = match self.rng.random_range(0..8) {
                0 => self.node("Sub", &[&name, &operand], Vec::new()),
                1 => self.node("Sub", &[&operand, &name], Vec::new()),
                2 => self.node("Add", &[&operand, &name], Vec::new()),
                _ => self.node("Add", &[&name, &operand], Vec::new()),
            };
        }
        let grid = edge.grid && (dyadic || which == 0 && count == 1);
        Edge { grid, ..self.edge(name, edge) }
    }

    fn pad(&mut self, edge: Edge) -> Edge {
        let edge = self.first(edge);
        let rank = edge.dims.len();
        let mut pads = vec![0; 2 * rank];
        for axis in 2..rank {
            pads[axis] = self.rng.random_range(0..=2);
            pads[rank + axis] = self.rng.random_range(0..=2);
        }
        let operands = [self.list(&pads), self.float(0.0)];
        let name = self.node("Pad", &[&edge.name, &operands[0], &operands[1]], Vec::new());
        Edge { dims: self.dims(&name), name, ..edge }
    }

    fn resize(&mut self, edge: Edge) -> Edge {
        let edge = self.first(edge);
        let mut factors = vec![1.0; edge.dims.len()];
        for factor in &mut factors[2..] {
            *factor = self.one_of(&[1.0, 2.0, 2.0, 3.0]);
        }
        let scales = self.floats(&[factors.len()], factors);
        let attributes = vec![
            ("mode", Attribute::Text("nearest")),
            ("coordinate_transformation_mode", Attribute::Text("asymmetric")),
            ("nearest_mode", Attribute::Text("floor")),
        ];
        let name = self.node("Resize", &[&edge.name, "", &scales], attributes);
        Edge { dims: self.dims(&name), name, ..edge }
    }

    fn shape(&mut self, edge: &Edge) -> Edge {
        let rank = edge.dims.len() as i64;
        let name = match self.rng.random_range(0..5) {
            0 => self.node("Identity", &[&edge.name], Vec::new()),
            1 => self.node("Dropout", &[&edge.name], Vec::new()),
            2 => {
                let axes = self.list(&[rank]);
                let wide = self.node("Unsqueeze", &[&edge.name, &axes], Vec::new());
                self.node("Squeeze", &[&wide, &axes], Vec::new())
            }
            3 if rank > 2 => {
                let order: Vec<i64> = (0..rank).rev().collect();
                let turned = self.node("Transpose", &[&edge.name], vec![("perm", Attribute::Ints(order.clone()))]);
                self.node("Transpose", &[&turned], vec![("perm", Attribute::Ints(order))])
            }
            _ if self.recipe.family == Family::Qonnx && edge.scale.is_some() => {
                return self.trunc(edge, edge.scale.unwrap_or(1.0));
            }
            _ => {
                let flat = self.list(&[1, -1]);
                let wide: Vec<i64> = edge.dims.iter().map(|&extent| extent as i64).collect();
                let wide = self.list(&wide);
                let vector = self.node("Reshape", &[&edge.name, &flat], Vec::new());
                self.node("Reshape", &[&vector, &wide], Vec::new())
            }
        };
        Edge { dims: self.dims(&name), name, ..edge.clone() }
    }
}
