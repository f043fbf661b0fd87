//! Names for the float graph, taken from those in the file.

use std::collections::{HashMap, HashSet};

pub(super) use crate::ir::escaped;
use crate::ir::is_name;

/// Last parts of names that only repeat the operator.
const GENERIC: &[&str] = &[
    "add",
    "averagepool",
    "avgpool",
    "biasadd",
    "clip",
    "concat",
    "conv",
    "conv2d",
    "fusedbatchnormv3",
    "gemm",
    "matmul",
    "matmul_gemm",
    "maxpool",
    "mul",
    "relu",
    "relu6",
];

/// Most parts of a path in a name.
const DEPTH: usize = 16;

/// Gives every node a name of its own.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The number that the next clash of a name gets.
    next: HashMap<String, usize>,
}

impl Names {
    /// The shortest free name that the parts of `path` allow; `fallback` if there are none.
    pub fn pick(&mut self, path: &str, fallback: &str) -> String {
        let parts = parts(path);
        let base = identifier(parts.last().map_or("", String::as_str), fallback);
        let longer =
            (2..=parts.len().min(DEPTH)).map(|count| identifier(&parts[parts.len() - count..].join("_"), fallback));
        let shortest = std::iter::once(base.clone()).chain(longer).find(|name| !self.taken.contains(name));
        let name = shortest.unwrap_or_else(|| self.numbered(&base));
        self.taken.insert(name.clone());
        name
    }

    fn numbered(&mut self, base: &str) -> String {
        let stem = &base[..base.len().min(52)];
        let next = self.next.entry(stem.to_owned()).or_insert(1);
        loop {
            *next += 1;
            let name = format!("{stem}_{next}");
            if !self.taken.contains(&name) {
                return name;
            }
        }
    }
}

/// Components of a path without those that say nothing: the last if it repeats the operator, and prefixes of the next.
fn parts(path: &str) -> Vec<String> {
    let all: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut parts: Vec<String> = Vec::new();
    for (index, part) in all.iter().enumerate() {
        let next = all.get(index + 1).is_some_and(|next| next.starts_with(&format!("{part}.")));
        let stem = part.split(':').next().unwrap_or_default().to_lowercase();
        let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let generic = index + 1 == all.len()
            && index > 0
            && GENERIC.iter().any(|word| *word == stem || format!("{stem}2d") == *word);
        if !next && !generic {
            parts.push((*part).to_owned());
        }
    }
    parts
}

/// Letters, digits and single `_`, beginning with a letter, and not reserved.
fn identifier(text: &str, fallback: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    name.truncate(64);
    let name = name.trim_end_matches('_');
    if is_name(name) {
        return name.to_owned();
    }
    let mut longer = format!("{fallback}_{name}");
    longer.truncate(64);
    let longer = longer.trim_end_matches('_');
    if is_name(longer) { longer.to_owned() } else { format!("{}_0", &longer[..longer.len().min(62)]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_names_are_changed() {
        let name = |path: &str| Names::default().pick(path, "layer");
        assert_eq!(
            ["rws_seq", "rws", "SB_LUT4", "inside", "rwsx", "3", ""].map(name),
            ["layer_rws_seq", "layer_rws", "layer_SB_LUT4", "layer_inside", "rwsx", "layer_3", "layer"]
        );
    }
}
