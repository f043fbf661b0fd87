//! The rows of one layer: levels on their schemes, constants in range.

use super::rows::RowRuns;
use super::weights::{Integers, Weights};
use super::{Fault, ManifestError, Result};
use crate::ir::{Negative, Requant, RowMatrix, limits};
use crate::num::{Levels, Scheme};

/// Reads the tensors of a layer.
pub(super) fn read(layer: &str, runs: &RowRuns, extents: &[usize], weights: &mut Weights) -> Result<RowMatrix> {
    let stored = weights.take(layer, "weight")?;
    let rows = runs.total();
    let expected: Vec<usize> = std::iter::once(rows).chain(extents.iter().copied()).collect();
    match stored.shape.as_slice() {
        [count, rest @ ..] if *count != rows && rest == extents => {
            return Err(Fault::RowCount { described: rows, stored: *count, tensor: stored.name }.into());
        }
        _ => stored.expect_shape(&expected)?,
    }
    let constants = constants(weights, layer, ["mul", "add", "shift"], rows)?;
    let requant = by_row(rows, |row| set(&constants, row))?;
    let negative = NEGATIVE.iter().any(|part| weights.has(layer, part));
    let negative = negative.then(|| negatives(weights, layer, rows)).transpose()?;
    let columns = extents.iter().product();
    let schemes = runs.expand();
    let levels = levels(&stored, &schemes, columns)?;
    Ok(RowMatrix { columns, schemes, levels, requant, negative })
}

/// Tensors of the second half of every row; a layer has all of them or none.
const NEGATIVE: [&str; 4] = ["negative_mul", "negative_add", "negative_shift", "negative_below"];

fn negatives(weights: &mut Weights, layer: &str, rows: usize) -> Result<Vec<Negative>> {
    let [mul, add, shift, below] = constants(weights, layer, NEGATIVE, rows)?;
    let constants = [mul, add, shift];
    by_row(rows, |row| Ok(Negative { below: below[row], requant: set(&constants, row)? }))
}

/// Numbers of every row by the names of their tensors.
fn constants<const N: usize>(
    weights: &mut Weights,
    layer: &str,
    parts: [&str; N],
    rows: usize,
) -> Result<[Vec<i64>; N]> {
    let mut all = [const { Vec::new() }; N];
    for (values, part) in all.iter_mut().zip(parts) {
        let tensor = weights.take(layer, part)?;
        tensor.expect_shape(&[rows])?;
        *values = tensor.values().collect();
    }
    Ok(all)
}

fn set([mul, add, shift]: &[Vec<i64>; 3], row: usize) -> Result<Requant> {
    Ok(Requant::within(mul[row], add[row], shift[row])?)
}

fn by_row<T>(rows: usize, read: impl Fn(usize) -> Result<T>) -> Result<Vec<T>> {
    (0..rows).map(|row| read(row).map_err(|error| error.in_row(row))).collect()
}

fn levels(stored: &Integers, schemes: &[Scheme], columns: usize) -> Result<Vec<i32>> {
    let mut values = stored.values();
    let mut levels = Vec::with_capacity(schemes.len() * columns);
    for (row, &scheme) in schemes.iter().enumerate() {
        let grid = Levels::of(scheme);
        for (column, value) in values.by_ref().take(columns).enumerate() {
            let level = limits::level(scheme, grid, column, value).map_err(ManifestError::from);
            levels.push(level.map_err(|error| error.in_row(row))?);
        }
    }
    Ok(levels)
}
