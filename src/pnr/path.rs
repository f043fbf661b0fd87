//! The slowest path of a routed design, by the modules that it goes through.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::scopes::{Place, Scopes, joined};

/// A stretch of a path within one instance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Cells passed.
    pub cells: usize,
    /// Delay in cells, with clock to output and setup, ns.
    pub logic_ns: f64,
    /// Delay on the nets that these cells drive, ns.
    pub routing_ns: f64,
}

/// The path that limits the clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalPath {
    /// Register at the start, with its instance.
    pub from: String,
    /// Register at the end, with its instance.
    pub to: String,
    /// Delay in cells, ns.
    pub logic_ns: f64,
    /// Delay on nets, ns.
    pub routing_ns: f64,
    /// The stretches in order.
    pub segments: Vec<Segment>,
}

impl CriticalPath {
    /// All of it, ns.
    pub fn total_ns(&self) -> f64 {
        self.logic_ns + self.routing_ns
    }

    /// Where most of the delay is: of all modules the one with the largest sum.
    pub fn limited_by(&self) -> &str {
        let sum = |module: &str| -> f64 {
            let inside = self.segments.iter().filter(|segment| segment.place.module == module);
            inside.map(|segment| segment.logic_ns + segment.routing_ns).sum()
        };
        let modules = self.segments.iter().map(|segment| segment.place.module.as_str());
        modules.max_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap_or_default()
    }

    /// Names the steps of a path; `None` if no cell of it has a name of the netlist.
    pub(super) fn name(steps: &[Step], scopes: &Scopes) -> Option<Self> {
        let register = |cell: &str| scopes.locate(cell).map(|(place, signal)| joined(&place.instance, &signal));
        let (first, last) = (steps.first()?, steps.last()?);
        let mut place = steps.iter().find_map(|step| scopes.locate(&step.from.cell))?.0;
        let mut segments: Vec<Segment> = Vec::new();
        for step in steps {
            // A cell that the tool made, such as the end of a carry chain, counts to the one before it.
            if let Some((found, _)) = scopes.locate(&step.from.cell) {
                place = found;
            }
            if segments.last().is_none_or(|segment| segment.place != place) {
                segments.push(Segment { place: place.clone(), cells: 0, logic_ns: 0.0, routing_ns: 0.0 });
            }
            let Some(segment) = segments.last_mut() else { continue };
            if step.kind == "routing" {
                segment.routing_ns += step.delay;
            } else {
                segment.cells += 1;
                segment.logic_ns += step.delay;
            }
        }
        Some(Self {
            from: register(&first.from.cell).unwrap_or_default(),
            to: register(&last.to.cell).unwrap_or_default(),
            logic_ns: segments.iter().map(|segment| segment.logic_ns).sum(),
            routing_ns: segments.iter().map(|segment| segment.routing_ns).sum(),
            segments,
        })
    }
}

impl fmt::Display for CriticalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, logic_ns, routing_ns, .. } = self;
        let total = self.total_ns();
        write!(f, "{total:.2} ns = {logic_ns:.2} logic + {routing_ns:.2} routing, from {from} to {to}")
    }
}

/// One step as the tool reports it.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    #[serde(rename = "type")]
    kind: String,
    delay: f64,
    from: Pin,
    to: Pin,
}

#[derive(Debug, Deserialize)]
struct Pin {
    cell: String,
}
