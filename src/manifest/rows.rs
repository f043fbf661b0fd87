//! The `rows` grammar: the scheme of every row as runs of equal schemes.

use std::collections::BTreeMap;

use super::{Fault, ManifestError, Result};
use crate::ir::{self, escaped, is_identifier};
use crate::num::Scheme;

/// Most rows of one layer.
const ROW_LIMIT: u64 = 1 << 28;

/// The file's scheme aliases.
pub(super) struct Aliases(BTreeMap<String, Scheme>);

impl Aliases {
    /// Reads every scheme, used or not.
    pub(super) fn parse(texts: &BTreeMap<String, String>) -> Result<Self> {
        let mut schemes = BTreeMap::new();
        for (alias, text) in texts {
            if !is_identifier(alias) {
                return Err(ir::Fault::Name { name: escaped(alias) }.into());
            }
            let refuse = |source| ManifestError::from(Fault::Scheme { alias: alias.clone(), source });
            schemes.insert(alias.clone(), text.parse().map_err(refuse)?);
        }
        Ok(Self(schemes))
    }
}

/// Runs of rows with one scheme, expanded only once the weights are known to have that many rows.
#[derive(Debug)]
pub(super) struct RowRuns {
    runs: Vec<(Scheme, usize)>,
    total: usize,
}

impl RowRuns {
    /// Reads `alias` or `alias*count` separated by blanks.
    pub(super) fn parse(text: &str, aliases: &Aliases) -> Result<Self> {
        let mut runs = Vec::new();
        let mut total = 0u64;
        for item in text.split_whitespace() {
            let refuse = |reason| ManifestError::from(Fault::Rows { item: escaped(item), reason });
            let (alias, count) = item.split_once('*').unwrap_or((item, "1"));
            let scheme = *aliases.0.get(alias).ok_or_else(|| refuse("this alias is not in [schemes]"))?;
            let count: u64 = count.parse().map_err(|_| refuse("the count is not a whole number"))?;
            if count == 0 {
                return Err(refuse("the count must be at least 1"));
            }
            total = total.saturating_add(count);
            if total > ROW_LIMIT {
                return Err(
                    ir::Fault::Size { what: "the number of rows", value: total.into(), limit: ROW_LIMIT }.into()
                );
            }
            runs.push((scheme, count as usize));
        }
        if runs.is_empty() {
            return Err(Fault::Rows { item: String::new(), reason: "at least one row is needed" }.into());
        }
        Ok(Self { runs, total: total as usize })
    }

    /// Number of rows.
    pub(super) fn total(&self) -> usize {
        self.total
    }

    /// The scheme of every row.
    pub(super) fn expand(&self) -> Vec<Scheme> {
        self.runs.iter().flat_map(|&(scheme, count)| std::iter::repeat_n(scheme, count)).collect()
    }
}

/// `sp2(4;2,1)` as an identifier: `sp2_4_2_1`.
pub(super) fn alias(scheme: Scheme) -> String {
    let text = scheme.to_string();
    text.trim_end_matches(')').replace(['(', ';', ','], "_")
}

/// Neighbouring rows of one scheme as `alias*count`.
pub(super) fn text(schemes: &[Scheme]) -> String {
    let runs = schemes.chunk_by(|a, b| a == b).map(|run| match run.len() {
        1 => alias(run[0]),
        count => format!("{}*{count}", alias(run[0])),
    });
    runs.collect::<Vec<_>>().join(" ")
}
