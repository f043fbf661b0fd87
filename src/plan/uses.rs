//! How long each tensor is kept and how it is read.

use super::graph::StepGraph;

/// The readers of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Use {
    /// Phases (vertical, horizontal) that the window feed reads it in: the stride of its readers.
    pub phases: [usize; 2],
    /// Width of the widest result computed from it.
    pub width: usize,
    /// The last step that reads it through the window feed.
    pub feed: Option<usize>,
    /// The last step that adds it as residual.
    pub residual: Option<usize>,
}

impl Use {
    /// Whether the tensor is kept in memory.
    pub fn is_kept(self) -> bool {
        self.feed.is_some() || self.residual.is_some()
    }
}

/// For each tensor of a graph its readers.
pub fn uses(graph: &StepGraph) -> Vec<Use> {
    let mut uses = vec![Use { phases: [1, 1], width: 1, feed: None, residual: None }; graph.tensors.len()];
    for (index, step) in graph.steps.iter().enumerate() {
        let read = &mut uses[step.source.0];
        read.phases = read.phases.max(step.window.stride);
        read.width = read.width.max(graph.grid(step).width);
        read.feed = Some(index);
        if let Some(residual) = step.residual {
            uses[residual.tensor.0].residual = Some(index);
        }
    }
    uses
}
