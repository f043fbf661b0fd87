//! Topological order of the layers: stable, with cycles named.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Fault, Result};

/// Indices of all layers, each after its sources; a file already in order keeps it.
///
/// `sources[i]` are the layers that layer `i` reads; the graph input is left out.
pub(super) fn sort(sources: &[Vec<usize>], names: &[&str]) -> Result<Vec<usize>> {
    let mut readers = vec![Vec::new(); sources.len()];
    let mut waiting: Vec<usize> = sources.iter().map(Vec::len).collect();
    for (layer, list) in sources.iter().enumerate() {
        for &source in list {
            readers[source].push(layer);
        }
    }
    let mut ready: BinaryHeap<_> = (0..sources.len()).filter(|&i| waiting[i] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(sources.len());
    while let Some(Reverse(layer)) = ready.pop() {
        order.push(layer);
        for &reader in &readers[layer] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    if order.len() == sources.len() { Ok(order) } else { Err(cycle(sources, &waiting, names).into()) }
}

/// Walks backwards through layers that still wait: each has a source that waits too, so the walk meets itself.
fn cycle(sources: &[Vec<usize>], waiting: &[usize], names: &[&str]) -> Fault {
    let mut path: Vec<usize> = Vec::new();
    let mut next = waiting.iter().position(|&count| count > 0);
    while let Some(layer) = next {
        if let Some(start) = path.iter().position(|&seen| seen == layer) {
            path.drain(..start);
            path.push(layer);
            break;
        }
        path.push(layer);
        next = sources[layer].iter().copied().find(|&source| waiting[source] > 0);
    }
    let cycle: Vec<&str> = path.iter().rev().map(|&layer| names[layer]).collect();
    Fault::Cycle { cycle: cycle.join(" -> ") }
}
