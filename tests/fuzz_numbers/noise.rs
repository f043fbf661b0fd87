//! The bound of the types, where a file leaves types open: how far results move when every tensor and weight whose type is
//! calibrated moves by up to half a step of it.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::build::Case;
use crate::exec::{self, Values};
use crate::value::Value;

/// Steps between zero and the largest number of a signed type of 8 bits.
const STEPS: f64 = 127.0;
/// Results that only move elements, or pick the largest, have the type of their operand; integers have no other type.
const MOVES: &[&str] = &[
    "MaxPool",
    "GlobalMaxPool",
    "ReduceMax",
    "Flatten",
    "Reshape",
    "Transpose",
    "Squeeze",
    "Unsqueeze",
    "Pad",
    "Resize",
    "Identity",
    "Dropout",
    "Cast",
    "QuantizeLinear",
    "Clip",
];

/// Deviations of the results.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deviation {
    /// Root of the mean square.
    pub mean: f64,
    /// That of the run in which it is largest.
    pub worst_run: f64,
    /// Largest of all results.
    pub largest: f64,
}

/// The deviations that types cause in so many runs with different noise.
pub fn deviation(case: &Case, runs: u64) -> Deviation {
    let mut found = Deviation::default();
    for run in 0..runs {
        let mut rng = StdRng::seed_from_u64(run);
        let constants = constants(case, &mut rng);
        let (mut squares, mut count) = (0.0, 0.0);
        for (sample, input) in case.inputs.iter().enumerate() {
            let moved = noisy(case, &constants, input, &mut rng);
            for (a, b) in moved.lo.iter().zip(&case.output(sample).lo) {
                squares += (a - b).powi(2);
                found.largest = found.largest.max((a - b).abs());
                count += 1.0;
            }
        }
        found.worst_run = found.worst_run.max(f64::sqrt(squares / count));
        found.mean += squares / count / runs as f64;
    }
    found.mean = found.mean.sqrt();
    found
}

fn constants(case: &Case, rng: &mut StdRng) -> Values {
    let each = case.model.constants.iter().map(|constant| {
        let Some(axis) = constant.rows else { return (constant.name.clone(), constant.value.clone()) };
        let (rows, mut value) = (constant.value.dims[axis], constant.value.clone());
        let inner: usize = value.dims[axis + 1..].iter().product();
        let row = |index: usize| index / inner % rows;
        let mut largest = vec![0.0_f64; rows];
        value
            .lo
            .iter()
            .enumerate()
            .for_each(|(index, weight)| largest[row(index)] = largest[row(index)].max(weight.abs()));
        for index in 0..value.len() {
            value.lo[index] += rng.random_range(-0.5..0.5) * largest[row(index)] / STEPS;
        }
        value.hi.clone_from(&value.lo);
        (constant.name.clone(), value)
    });
    each.collect()
}

/// A value in the middle of its ends, moved.
fn moved(case: &Case, name: &str, value: &Value, rng: &mut StdRng) -> Value {
    let ranges = case.values.iter().map(|values| values[name].range());
    let (lo, hi) = ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)));
    let step = hi.max(-lo) / STEPS;
    let one = |(lo, hi): (&f64, &f64)| f64::midpoint(*lo, *hi) + rng.random_range(-0.5..0.5) * step;
    Value::new(&value.dims, value.lo.iter().zip(&value.hi).map(one).collect())
}

fn noisy(case: &Case, constants: &Values, input: &Value, rng: &mut StdRng) -> Value {
    let mut values = constants.clone();
    values.insert("x".to_owned(), moved(case, "x", input, rng));
    for node in &case.model.nodes {
        let result = exec::apply(node, &values);
        let constant =
            node.inputs.iter().all(|name| case.model.constants.iter().any(|c| c.name == *name) || name.is_empty());
        let keeps = MOVES.contains(&node.op) || constant || constants.contains_key(&node.output);
        let result = if keeps { result } else { moved(case, &node.output, &result, rng) };
        values.insert(node.output.clone(), result);
    }
    values.remove(&case.model.output).unwrap_or_default()
}
