//! Makes a model from a recipe and runs it on the way, so that scales fit the values that occur.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::exec::{self, Values};
use crate::model::{Attribute, Constant, Model, Node, Type};
use crate::recipe::{Family, Recipe};
use crate::value::Value;

/// Inputs that every network is run on.
const SAMPLES: usize = 4;

/// A model with inputs and what the executor makes of them.
#[derive(Clone, Debug)]
pub struct Case {
    pub model: Model,
    pub inputs: Vec<Value>,
    pub values: Vec<Values>,
    /// Whether every number of the network is prescribed.
    pub prescribed: bool,
    /// Arrays have no batch axis.
    pub batchless: bool,
    /// Half a step of a type behind a function that is left to the host, which does not round.
    pub slack: f64,
}

impl Case {
    /// The results of one sample.
    pub fn output(&self, sample: usize) -> &Value {
        &self.values[sample][&self.model.output]
    }
}

/// A tensor under construction.
#[derive(Clone, Debug)]
pub struct Edge {
    pub name: String,
    pub dims: Vec<usize>,
    /// The axis of channels.
    pub channel: usize,
    /// The scale, if its numbers are integers times it.
    pub scale: Option<f64>,
    /// All its numbers are multiples of one number, whatever the input is.
    pub grid: bool,
    /// Scale and zero point, if it holds bare integers.
    pub codes: Option<(f64, f64)>,
    /// The type of its elements.
    pub kind: Type,
}

impl Edge {
    /// Whether there are pixels: axes besides those of batch and channels.
    pub fn is_image(&self) -> bool {
        self.dims.len() > 2
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.dims[self.channel]
    }

    /// Extents of the image.
    pub fn pixels(&self) -> &[usize] {
        if self.channel == 1 { &self.dims[2..] } else { &self.dims[1..self.dims.len() - 1] }
    }
}

/// The model so far.
pub struct Builder<'r> {
    pub recipe: &'r Recipe,
    pub rng: StdRng,
    pub model: Model,
    pub values: Vec<Values>,
    /// See [`Case`].
    pub slack: f64,
    count: usize,
}

impl<'r> Builder<'r> {
    /// A model that only has an input.
    pub fn new(recipe: &'r Recipe) -> (Self, Vec<Value>, Edge) {
        let mut rng = StdRng::seed_from_u64(recipe.seed ^ 0x5eed);
        let dims = input_dims(recipe);
        let pixels = rng.random_bool(0.15);
        let inputs: Vec<Value> = (0..SAMPLES).map(|_| sample(&mut rng, &dims, pixels)).collect();
        let values = inputs.iter().map(|input| Values::from([("x".to_owned(), input.clone())])).collect();
        let opset = *[13, 15, 17, 18, 19, 21].get(rng.random_range(0..6)).unwrap_or(&17);
        let model = Model { opset, input: dims.clone(), output: "x".to_owned(), ..Model::default() };
        let channel = if recipe.channels_last || recipe.batchless { dims.len() - 1 } else { 1 };
        let edge =
            Edge { name: "x".to_owned(), dims, channel, scale: None, grid: false, codes: None, kind: Type::Float };
        (Self { recipe, rng, model, values, slack: 0.0, count: 0 }, inputs, edge)
    }

    /// An event of this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    /// One of some numbers.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.rng.random_range(0..all.len())]
    }

    /// Whether all scales are powers of two.
    pub fn dyadic(&self) -> bool {
        self.recipe.is_dyadic()
    }

    /// A name that is free.
    pub fn fresh(&mut self, stem: &str) -> String {
        self.count += 1;
        format!("{stem}{}", self.count)
    }

    /// Adds a constant.
    pub fn constant(&mut self, kind: Type, value: Value) -> String {
        self.weights(kind, value, None)
    }

    /// Adds a constant that is a matrix with rows along an axis.
    pub fn weights(&mut self, kind: Type, value: Value, rows: Option<usize>) -> String {
        let name = self.fresh("c");
        for values in &mut self.values {
            values.insert(name.clone(), value.clone());
        }
        self.model.constants.push(Constant { name: name.clone(), kind, value, rows });
        name
    }

    /// Adds numbers in single precision.
    pub fn floats(&mut self, dims: &[usize], values: Vec<f64>) -> String {
        let values = values.into_iter().map(|value| f64::from(value as f32)).collect();
        self.constant(Type::Float, Value::new(dims, values))
    }

    /// Adds one number in single precision.
    pub fn float(&mut self, value: f64) -> String {
        self.floats(&[], vec![value])
    }

    /// Adds a list of integers.
    pub fn list(&mut self, values: &[i64]) -> String {
        self.constant(Type::Int64, Value::list(values))
    }

    /// Adds a node and runs it; the name of its result.
    pub fn node(&mut self, op: &'static str, inputs: &[&str], attributes: Vec<(&'static str, Attribute)>) -> String {
        self.typed(op, "", inputs, attributes, Type::Float)
    }

    /// Adds a node of a domain, whose result may have an integer type.
    pub fn typed(
        &mut self,
        op: &'static str,
        domain: &'static str,
        inputs: &[&str],
        attributes: Vec<(&'static str, Attribute)>,
        result: Type,
    ) -> String {
        let output = self.fresh("t");
        let inputs = inputs.iter().map(|&name| name.to_owned()).collect();
        let name = format!("n_{output}");
        let node = Node { op, domain, name, inputs, output: output.clone(), attributes, range: result.range() };
        for values in &mut self.values {
            let result = exec::apply(&node, values);
            values.insert(output.clone(), result);
        }
        self.model.nodes.push(node);
        output
    }

    /// The extents that a tensor has.
    pub fn dims(&self, name: &str) -> Vec<usize> {
        self.values[0][name].dims.clone()
    }

    /// Smallest and largest number over all samples.
    pub fn range(&self, name: &str) -> (f64, f64) {
        let all = self.values.iter().map(|values| values[name].range());
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The edge after a node that keeps the channels' axis; its numbers are no longer on a grid.
    pub fn edge(&self, name: String, before: &Edge) -> Edge {
        let dims = self.dims(&name);
        Edge { name, dims, channel: before.channel, scale: None, grid: false, codes: None, kind: Type::Float }
    }

    /// The case, with this tensor as its result.
    pub fn finish(mut self, edge: &Edge, inputs: Vec<Value>) -> Case {
        self.model.output.clone_from(&edge.name);
        self.model.output_dims.clone_from(&edge.dims);
        let prescribed = self.recipe.prescribed && self.recipe.family != Family::Float;
        Case {
            model: self.model,
            inputs,
            values: self.values,
            prescribed,
            batchless: self.recipe.batchless,
            slack: self.slack,
        }
    }
}

/// Extents of the input as the file has them.
fn input_dims(recipe: &Recipe) -> Vec<usize> {
    let mut dims = recipe.input.clone();
    if recipe.channels_last {
        dims.rotate_left(1);
    }
    if !recipe.batchless {
        dims.insert(0, 1);
    }
    dims
}

/// An input: pixels, or reals of which some are multiples of a sixteenth.
fn sample(rng: &mut StdRng, dims: &[usize], pixels: bool) -> Value {
    let count = dims.iter().product();
    if pixels {
        return Value::new(dims, (0..count).map(|_| f64::from(rng.random_range(0..=255))).collect());
    }
    let offset = if rng.random_bool(0.5) { 0.0 } else { 1.0 };
    let values = (0..count).map(|_| {
        let value: f64 = rng.random_range(-1.0..1.0);
        let value = if rng.random_bool(0.2) { (value * 16.0).round() / 16.0 } else { value };
        f64::from((value + offset) as f32)
    });
    Value::new(dims, values.collect())
}
