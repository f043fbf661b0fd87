//! Which module a cell of the placed design belongs to.
//!
//! The netlist keeps its hierarchy and the place and route tool dissolves it: a cell's name is the path of instances,
//! dots between them, and its own name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::RouteError;

/// An instance of a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Module in the Verilog source.
    pub module: String,
    /// Instances from the wrapper down, dots between them; empty for the wrapper itself.
    pub instance: String,
}

/// Module of every instance, by path; the root has the empty path.
#[derive(Debug)]
pub struct Scopes(BTreeMap<String, String>);

#[derive(Deserialize)]
struct Netlist {
    modules: BTreeMap<String, Module>,
}

#[derive(Deserialize)]
struct Module {
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    cells: BTreeMap<String, Cell>,
}

#[derive(Deserialize, Default)]
struct Attributes {
    /// Name in the source of a module with parameters.
    hdlname: Option<String>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
}

impl Scopes {
    /// Reads the netlist's modules below `top`.
    pub fn parse(netlist: &str, top: &str) -> Result<Self, RouteError> {
        let netlist: Netlist = serde_json::from_str(netlist).map_err(|error| RouteError::report(error.to_string()))?;
        let mut scopes = BTreeMap::new();
        let mut open = vec![(String::new(), top)];
        while let Some((path, name)) = open.pop() {
            let module = netlist.modules.get(name).ok_or_else(|| RouteError::report(format!("no module `{name}`")))?;
            let inner = module.cells.iter().filter(|(_, cell)| netlist.modules.contains_key(&cell.kind));
            open.extend(inner.map(|(instance, cell)| (joined(&path, instance), cell.kind.as_str())));
            scopes.insert(path, module.attributes.hdlname.as_deref().unwrap_or(name).to_owned());
        }
        Ok(Self(scopes))
    }

    /// Where the cell `name` is, with the signal it was named after: the name's rest up to the cell type that Yosys
    /// appends. `None` for a cell that the place and route tool made itself.
    pub fn locate(&self, name: &str) -> Option<(Place, String)> {
        if name.starts_with('$') {
            return None;
        }
        let ends = name.match_indices('.').map(|(at, _)| at).rev();
        let path = ends.map(|end| &name[..end]).find(|path| self.0.contains_key(*path)).unwrap_or_default();
        let rest = name[path.len()..].trim_start_matches('.');
        let signal =
            rest.match_indices('_').find(|(at, _)| rest[at + 1..].starts_with(|c: char| c.is_ascii_uppercase()));
        let signal = signal.map_or(rest, |(at, _)| &rest[..at]);
        let place = Place { module: self.0.get(path)?.clone(), instance: path.to_owned() };
        Some((place, signal.to_owned()))
    }
}

/// A path of instances and a name in the last one.
pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
