//! The nodes that the output depends on, each after those it reads.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::OnnxError;
use super::names::escaped;
use super::proto::{Graph, Node};

/// Most nodes of a file.
const NODES: usize = 1 << 14;

/// Name of a node in messages: its own, or that of its first output.
pub(super) fn title(node: &Node) -> String {
    let output = node.output.first().map_or("", String::as_str);
    escaped(if node.name.is_empty() { output } else { &node.name })
}

/// Names that a node reads; optional operands that are left out have none.
fn operands(node: &Node) -> impl Iterator<Item = &str> {
    node.input.iter().map(String::as_str).filter(|name| !name.is_empty())
}

/// Indices of the needed nodes in an order in which they can be computed; that of the file if it is one.
pub(super) fn order(graph: &Graph, inputs: &[&str], output: &str) -> Result<Vec<usize>, OnnxError> {
    if graph.node.len() > NODES {
        return Err(OnnxError::Size { what: "the number of nodes", found: graph.node.len(), limit: NODES });
    }
    let initializers = graph.initializer.iter().map(|tensor| tensor.name.as_str());
    let mut given: HashSet<&str> = inputs.iter().copied().collect();
    for name in initializers {
        if !given.insert(name) {
            return Err(OnnxError::Duplicate { name: escaped(name) });
        }
    }
    let mut producers: HashMap<&str, usize> = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        for name in node.output.iter().filter(|name| !name.is_empty()) {
            if given.contains(name.as_str()) || producers.insert(name, index).is_some() {
                return Err(OnnxError::Duplicate { name: escaped(name) });
            }
        }
    }
    let needed = needed(graph, &given, &producers, output)?;
    sorted(graph, &producers, &needed)
}

/// Walks from the output to everything it depends on.
fn needed(
    graph: &Graph,
    given: &HashSet<&str>,
    producers: &HashMap<&str, usize>,
    output: &str,
) -> Result<HashSet<usize>, OnnxError> {
    let mut needed = HashSet::new();
    let mut open: Vec<(&str, Option<usize>)> = vec![(output, None)];
    while let Some((name, reader)) = open.pop() {
        match producers.get(name) {
            Some(&index) => {
                if needed.insert(index) {
                    open.extend(operands(&graph.node[index]).map(|operand| (operand, Some(index))));
                }
            }
            None if given.contains(name) => {}
            None => {
                let node = reader.map_or_else(|| "output".to_owned(), |index| title(&graph.node[index]));
                return Err(OnnxError::Dangling { node, name: escaped(name) });
            }
        }
    }
    Ok(needed)
}

/// Kahn's algorithm; of the nodes that are ready the first in the file goes first.
fn sorted(graph: &Graph, producers: &HashMap<&str, usize>, needed: &HashSet<usize>) -> Result<Vec<usize>, OnnxError> {
    let mut waiting: HashMap<usize, usize> = HashMap::new();
    let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
    for &index in needed {
        let sources: HashSet<usize> =
            operands(&graph.node[index]).filter_map(|name| producers.get(name).copied()).collect();
        waiting.insert(index, sources.len());
        for source in sources {
            readers.entry(source).or_default().push(index);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        waiting.iter().filter(|(_, count)| **count == 0).map(|(index, _)| Reverse(*index)).collect();
    let mut result = Vec::with_capacity(needed.len());
    while let Some(Reverse(index)) = ready.pop() {
        result.push(index);
        waiting.remove(&index);
        for reader in readers.remove(&index).unwrap_or_default() {
            if let Some(count) = waiting.get_mut(&reader) {
                *count -= 1;
                if *count == 0 {
                    ready.push(Reverse(reader));
                }
            }
        }
    }
    match waiting.keys().min() {
        Some(&index) => Err(OnnxError::Cycle { node: title(&graph.node[index]) }),
        None => Ok(result),
    }
}
