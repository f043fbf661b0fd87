//! Exact assignment of rows to a few kinds with given counts.

/// The assignment of rows to kinds with the smallest sum of costs; `costs[row][kind]`, `counts` sum to the number of rows.
///
/// A transportation problem with few kinds: from any start, moving one row along each arc of a negative cycle of kinds lowers the
/// cost and keeps the counts; without such a cycle the assignment is optimal (Klein 1967).
pub fn transport(costs: &[Vec<f64>], counts: &[usize]) -> Vec<usize> {
    let kinds = counts.len();
    let mut kind_of: Vec<usize> =
        counts.iter().enumerate().flat_map(|(kind, count)| std::iter::repeat_n(kind, *count)).collect();
    kind_of.resize(costs.len(), kinds.saturating_sub(1));
    while let Some(cycle) = negative_cycle(costs, &kind_of, kinds) {
        for (row, kind) in cycle {
            kind_of[row] = kind;
        }
    }
    kind_of
}

/// Moves `(row, new kind)` that together lower the cost and keep the counts.
fn negative_cycle(costs: &[Vec<f64>], kind_of: &[usize], kinds: usize) -> Option<Vec<(usize, usize)>> {
    // The cheapest row to move along every arc.
    let mut arcs = vec![vec![(f64::INFINITY, 0); kinds]; kinds];
    for (row, &from) in kind_of.iter().enumerate() {
        for (to, arc) in arcs[from].iter_mut().enumerate() {
            let change = costs[row][to] - costs[row][from];
            if to != from && change < arc.0 {
                *arc = (change, row);
            }
        }
    }
    let scale: f64 = costs.iter().flatten().filter(|c| c.is_finite()).fold(0.0, |m, c| m.max(c.abs()));
    let margin = 1e-9 * scale;
    cycles(kinds).into_iter().find_map(|cycle| {
        let pairs = || cycle.iter().zip(cycle.iter().cycle().skip(1));
        let sum: f64 = pairs().map(|(&from, &to)| arcs[from][to].0).sum();
        (sum < -margin).then(|| pairs().map(|(&from, &to)| (arcs[from][to].1, to)).collect())
    })
}

/// All simple cycles over the kinds, each starting at its smallest.
fn cycles(kinds: usize) -> Vec<Vec<usize>> {
    fn extend(path: &mut Vec<usize>, kinds: usize, found: &mut Vec<Vec<usize>>) {
        if path.len() > 1 {
            found.push(path.clone());
        }
        for next in path[0] + 1..kinds {
            if !path.contains(&next) {
                path.push(next);
                extend(path, kinds, found);
                path.pop();
            }
        }
    }
    let mut found = Vec::new();
    (0..kinds).for_each(|start| extend(&mut vec![start], kinds, &mut found));
    found
}

#[cfg(test)]
mod tests {
    use super::transport;

    fn cost(costs: &[Vec<f64>], kinds: &[usize]) -> f64 {
        costs.iter().zip(kinds).map(|(row, kind)| row[*kind]).sum()
    }

    /// The best of all assignments with the same counts, by trying every one.
    fn best(costs: &[Vec<f64>], counts: &mut Vec<usize>, row: usize) -> f64 {
        if row == costs.len() {
            return 0.0;
        }
        let mut least = f64::INFINITY;
        for kind in 0..counts.len() {
            if counts[kind] > 0 {
                counts[kind] -= 1;
                least = least.min(costs[row][kind] + best(costs, counts, row + 1));
                counts[kind] += 1;
            }
        }
        least
    }

    #[test]
    fn equals_brute_force() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / 1000.0
        };
        for counts in [vec![3, 4], vec![2, 3, 3], vec![0, 5, 2], vec![1, 2, 2, 2]] {
            for _ in 0..20 {
                let rows = counts.iter().sum();
                let costs: Vec<Vec<f64>> = (0..rows).map(|_| counts.iter().map(|_| next()).collect()).collect();
                let found = transport(&costs, &counts);
                for (kind, count) in counts.iter().enumerate() {
                    assert_eq!(found.iter().filter(|k| **k == kind).count(), *count);
                }
                assert!((cost(&costs, &found) - best(&costs, &mut counts.clone(), 0)).abs() < 1e-6);
            }
        }
    }
}
