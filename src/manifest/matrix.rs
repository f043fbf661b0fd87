//! The rows of one layer: levels on their schemes, constants in range, widths within the limits.

use super::rows::RowRuns;
use super::schema::RequantEntry;
use super::weights::{Integers, Weights};
use super::{Fault, ManifestError, Result, limits, types};
use crate::ir::{ActType, Requant, RowMatrix};
use crate::num::{Levels, Scheme, dot_range};

/// Reads the four tensors of a layer.
pub(super) fn read(
    layer: &str,
    runs: &RowRuns,
    extents: &[usize],
    input: ActType,
    weights: &mut Weights,
) -> Result<RowMatrix> {
    let stored = weights.take(layer, "weight")?;
    let rows = runs.total();
    let expected: Vec<usize> = std::iter::once(rows).chain(extents.iter().copied()).collect();
    match stored.shape.as_slice() {
        [count, rest @ ..] if *count != rows && rest == extents => {
            return Err(Fault::RowCount { described: rows, stored: *count, tensor: stored.name }.into());
        }
        _ => stored.expect_shape(&expected)?,
    }
    let constants = ["mul", "add", "shift"].map(|part| weights.take(layer, part));
    let [mul, add, shift] = constants;
    let requant = requants(&[mul?, add?, shift?], rows)?;
    let columns = extents.iter().product();
    let schemes = runs.expand();
    check_widths(&schemes, &requant, input, columns)?;
    let levels = levels(&stored, &schemes, columns)?;
    Ok(RowMatrix { columns, schemes, levels, requant })
}

fn requants(constants: &[Integers; 3], rows: usize) -> Result<Vec<Requant>> {
    for tensor in constants {
        tensor.expect_shape(&[rows])?;
    }
    let [mul, add, shift] = constants;
    let sets = mul.values().zip(add.values()).zip(shift.values());
    sets.enumerate()
        .map(|(row, ((mul, add), shift))| {
            types::requant(RequantEntry { mul, add, shift }).map_err(|error| error.in_row(row))
        })
        .collect()
}

fn check_widths(schemes: &[Scheme], requants: &[Requant], input: ActType, columns: usize) -> Result<()> {
    for (row, (&scheme, &requant)) in schemes.iter().zip(requants).enumerate() {
        let acc = dot_range(scheme, input, columns);
        let checked = limits::check_acc(acc).and_then(|()| limits::check_requant(acc, requant));
        checked.map_err(|error| error.in_row(row))?;
    }
    Ok(())
}

fn levels(stored: &Integers, schemes: &[Scheme], columns: usize) -> Result<Vec<i32>> {
    let mut values = stored.values();
    let mut levels = Vec::with_capacity(schemes.len() * columns);
    for (row, &scheme) in schemes.iter().enumerate() {
        let grid = Levels::of(scheme);
        for (column, value) in values.by_ref().take(columns).enumerate() {
            let level = i32::try_from(value).ok().filter(|&level| grid.contains(level));
            levels.push(level.ok_or_else(|| off_grid(scheme, column, value).in_row(row))?);
        }
    }
    Ok(levels)
}

fn off_grid(scheme: Scheme, column: usize, value: i64) -> ManifestError {
    let grid = scheme.magnitudes();
    let above = grid.partition_point(|&level| u64::from(level.unsigned_abs()) < value.unsigned_abs());
    let sign = value.signum();
    let neighbours: Vec<String> = [above.checked_sub(1), Some(above)]
        .into_iter()
        .flatten()
        .filter_map(|index| grid.get(index))
        .map(|&level| (sign * i64::from(level)).to_string())
        .collect();
    let (scheme, nearest) = (scheme.to_string(), neighbours.join(" and "));
    Fault::Level { column, value, scheme, nearest }.into()
}
