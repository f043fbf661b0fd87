//! Counts of outcomes by kind of file, operator and refusal.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::check::Outcome;
use crate::model::Model;
use crate::recipe::Recipe;

/// One seed's outcome.
pub struct Entry {
    pub recipe: Recipe,
    pub model: Model,
    pub outcome: Outcome,
}

/// How often each outcome came up.
#[derive(Clone, Copy, Default)]
struct Counts([usize; 5]);

impl Counts {
    fn add(&mut self, outcome: &Outcome) {
        let index = match outcome {
            Outcome::Exact => 0,
            Outcome::Bounded => 1,
            Outcome::Refused(..) => 2,
            Outcome::Wrong(_) => 3,
            Outcome::Panic(_) => 4,
        };
        self.0[index] += 1;
    }
}

/// The record: one line for all files, for each kind of file, each operator in them, and each refusal.
pub fn table(entries: &[Entry]) -> String {
    let mut counts: BTreeMap<(&str, String), Counts> = BTreeMap::new();
    for Entry { recipe, model, outcome } in entries {
        let kind = format!(
            "{:?}{}{}",
            recipe.family,
            if recipe.prescribed { "" } else { " open" },
            if recipe.is_dyadic() { " dyadic" } else { "" }
        );
        let mut operators: Vec<&str> = model.nodes.iter().map(|node| node.op).collect();
        operators.sort_unstable();
        operators.dedup();
        let mut add = |group, name: String| counts.entry((group, name)).or_default().add(outcome);
        add("all", "files".to_owned());
        add("file", kind.to_lowercase());
        for op in operators {
            add("operator", op.to_owned());
        }
        if let Outcome::Refused(code, _) = outcome {
            code.split_whitespace().for_each(|code| add("refusal", code.to_owned()));
        }
    }
    let mut text = "group,name,files,exact,bounded,refused,wrong,panics\n".to_owned();
    for ((group, name), Counts(by)) in counts {
        let [exact, bounded, refused, wrong, panics] = by;
        let files: usize = by.iter().sum();
        let _ = writeln!(text, "{group},{name},{files},{exact},{bounded},{refused},{wrong},{panics}");
    }
    text
}
