//! The page of refusals lists every code of the sources, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let paths = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// All texts of the form `RWS-A000` behind a mark.
fn codes(text: &str, mark: &str) -> BTreeSet<String> {
    let found = text.split(mark).skip(1).filter_map(|rest| rest.get(..8));
    found
        .filter(|code| code.starts_with("RWS-") && code[5..].bytes().all(|b| b.is_ascii_digit()))
        .map(Into::into)
        .collect()
}

#[test]
fn every_code_stands_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/refusals.md")).expect("the page");
    let text: String =
        sources(&root.join("src")).iter().map(|path| fs::read_to_string(path).expect("a source")).collect();
    let used = codes(&text, "code(\"");
    assert!(used.len() > 90, "{}", used.len());
    assert_eq!(used, codes(&page, "\n| "));
}
