//! Tied rows: channels that meet in an add share one order on the hardware, and so their rows share one scheme.

use crate::float::Graph;

/// Convolutions whose rows are tied, channel by channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowClass {
    /// Nodes of the convolutions, in order.
    pub convs: Vec<usize>,
    /// Rows of each of them.
    pub rows: usize,
}

/// Every convolution in exactly one class, in the order of their first nodes.
pub fn row_classes(graph: &Graph) -> Vec<RowClass> {
    let mut parent: Vec<usize> = (0..graph.tensors.len()).collect();
    for node in &graph.nodes {
        let ties = node.op.facts().by_channel;
        for input in node.inputs.iter().filter(|_| ties) {
            let (a, b) = (root(&parent, input.0), root(&parent, node.output.0));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut classes: Vec<(usize, RowClass)> = Vec::new();
    for (index, conv) in graph.convs() {
        let tensor = root(&parent, graph.nodes[index].output.0);
        match classes.iter_mut().find(|(other, _)| *other == tensor) {
            Some((_, class)) => class.convs.push(index),
            None => classes.push((tensor, RowClass { convs: vec![index], rows: conv.rows })),
        }
    }
    classes.into_iter().map(|(_, class)| class).collect()
}

fn root(parent: &[usize], mut tensor: usize) -> usize {
    while parent[tensor] != tensor {
        tensor = parent[tensor];
    }
    tensor
}

/// Splits `rows` by shares that sum to one: exact counts, the largest remainders rounded up, earlier ones first.
pub fn counts(rows: usize, shares: &[f64]) -> Vec<usize> {
    let exact: Vec<f64> = shares.iter().map(|share| share * rows as f64).collect();
    let mut counts: Vec<usize> = exact.iter().map(|count| (count + 1e-9).floor() as usize).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| (exact[*b] - exact[*b].floor()).total_cmp(&(exact[*a] - exact[*a].floor())));
    let missing = rows.saturating_sub(counts.iter().sum());
    order.iter().cycle().take(missing).for_each(|&index| counts[index] += 1);
    counts
}
