//! A smaller network with the same kind of fault.

use crate::blocks::build;
use crate::check::{Outcome, check};
use crate::recipe::{Block, Kind, Recipe};

/// The smallest recipe that fails as this one does, and how.
pub fn smallest(recipe: &Recipe) -> (Recipe, Outcome) {
    let mut best = recipe.clone();
    let mut outcome = check(&build(&best));
    let wanted = kind(&outcome);
    loop {
        let better = candidates(&best).into_iter().find_map(|candidate| {
            let found = check(&build(&candidate));
            (kind(&found) == wanted).then_some((candidate, found))
        });
        match better {
            Some((recipe, found)) => (best, outcome) = (recipe, found),
            None => return (best, outcome),
        }
    }
}

/// Enough of an outcome to tell faults apart: the words before the first number.
fn kind(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Wrong(text) => format!("wrong {}", text.split(':').next().unwrap_or_default()),
        Outcome::Panic(text) => format!("panic {text}"),
        Outcome::Refused(code, _) => code.clone(),
        other => format!("{other:?}"),
    }
}

/// Recipes with one thing less.
fn candidates(recipe: &Recipe) -> Vec<Recipe> {
    let mut all: Vec<Recipe> =
        fewer(&recipe.blocks).into_iter().map(|blocks| Recipe { blocks, ..recipe.clone() }).collect();
    for axis in 0..recipe.input.len() {
        for extent in [1, recipe.input[axis] / 2, recipe.input[axis] - 1] {
            if extent > 0 && extent < recipe.input[axis] {
                let mut input = recipe.input.clone();
                input[axis] = extent;
                all.push(Recipe { input, ..recipe.clone() });
            }
        }
    }
    if recipe.channels > 1 {
        all.push(Recipe { channels: recipe.channels / 2, ..recipe.clone() });
    }
    if recipe.channels_last {
        all.push(Recipe { channels_last: false, ..recipe.clone() });
    }
    all
}

/// Lists with one block less, or with a block in place of a branch.
fn fewer(blocks: &[Block]) -> Vec<Vec<Block>> {
    let mut all = Vec::new();
    for index in 0..blocks.len() {
        let with = |replacement: Vec<Block>| {
            let mut list = blocks.to_vec();
            list.splice(index..=index, replacement);
            list
        };
        all.push(with(Vec::new()));
        let seed = blocks[index].seed;
        if let Kind::Residual(a, b) | Kind::Join(a, b) = &blocks[index].kind {
            all.push(with(a.clone()));
            all.push(with(b.clone()));
            let residual = matches!(blocks[index].kind, Kind::Residual(..));
            let pair = |a: Vec<Block>, b: Vec<Block>| {
                let kind = if residual { Kind::Residual(a, b) } else { Kind::Join(a, b) };
                with(vec![Block { kind, seed }])
            };
            all.extend(fewer(a).into_iter().map(|a| pair(a, b.clone())));
            all.extend(fewer(b).into_iter().map(|b| pair(a.clone(), b)));
        }
    }
    all
}
