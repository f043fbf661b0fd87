//! The folders of `src/` are rooms: their files use each other without circles, and their layers are those of
//! ARCHITECTURE.md.
//!
//! A file uses another if a path in it leads to something that the other defines, whichever re-exports it takes. Tests
//! inside files do not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// Uses that do not follow the arrows; ARCHITECTURE.md says why.
const ASIDE: [(&str, &str); 2] = [("num", "ir"), ("hw", "golden")];

/// Names from the root of the library, or as they stand in a file.
type Names = Vec<String>;

/// What a module defines, and which paths it mentions.
#[derive(Default)]
struct Module {
    file: String,
    items: BTreeSet<String>,
    children: BTreeSet<String>,
    /// Names that a `use` brings, with the paths behind them.
    uses: BTreeMap<String, Names>,
    paths: BTreeSet<Names>,
}

impl Module {
    fn imports(&mut self, tree: &UseTree, mut path: Names) {
        match tree {
            UseTree::Path(inner) => {
                path.push(inner.ident.to_string());
                self.imports(&inner.tree, path);
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.uses.insert(path.last().expect("a name before `self`").clone(), path);
            }
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                self.uses.insert(name.ident.to_string(), path);
            }
            UseTree::Rename(name) => {
                path.push(name.ident.to_string());
                // Traits taken in as `_` need a key of their own.
                let key = if name.rename == "_" { path.join("::") } else { name.rename.to_string() };
                self.uses.insert(key, path);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imports(tree, path.clone())),
            UseTree::Glob(_) => {
                let own = matches!(path.first().map(String::as_str), Some("crate" | "self" | "super"));
                assert!(!own, "{}: `{}::*` does not say what it uses", self.file, path.join("::"));
            }
        }
    }

    /// Paths in the arguments of a macro, which are not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Names::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.paths.insert(std::mem::replace(&mut path, vec![name.to_string()]));
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                _ => self.paths.extend([std::mem::take(&mut path)]),
            }
            colons = 0;
        }
        self.paths.insert(path);
    }
}

impl<'a> Visit<'a> for Module {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.imports(&item.tree, Names::new());
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.paths.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'a syn::Visibility) {}

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// The library: its modules by path, the root's being empty.
struct Library(BTreeMap<Names, Module>);

impl Library {
    fn read() -> Self {
        let mut library = Self(BTreeMap::new());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        library.add_file(&Names::new(), &source.join("lib.rs"), &source);
        library
    }

    fn add_file(&mut self, path: &[String], file: &Path, folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let shown = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("a file of the package");
        self.add(path, &parsed.items, &shown.to_string_lossy(), folder);
    }

    fn add(&mut self, path: &[String], items: &[Item], file: &str, folder: &Path) {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        for item in items.iter().filter(|item| !is_test(item)) {
            let Item::Mod(child) = item else {
                module.items.extend(name_of(item));
                module.visit_item(item);
                continue;
            };
            let name = child.ident.to_string();
            let (child_path, below) = ([path, std::slice::from_ref(&name)].concat(), folder.join(&name));
            if let Some((_, items)) = &child.content {
                self.add(&child_path, items, file, &below);
            } else {
                let alone = folder.join(format!("{name}.rs"));
                let found = if alone.is_file() { alone } else { below.join("mod.rs") };
                self.add_file(&child_path, &found, &below);
            }
            module.children.insert(name);
        }
        self.0.insert(path.to_vec(), module);
    }

    /// The file that defines what a path means in the module `at`; `None` outside the library.
    fn file_of(&self, at: &[String], path: &[String]) -> Option<&str> {
        let mut place = at.to_vec();
        let mut rest = path;
        while let Some(first) = rest.first() {
            match first.as_str() {
                "crate" => place.clear(),
                "self" => (),
                "super" => drop(place.pop()?),
                _ => break,
            }
            rest = &rest[1..];
        }
        let mut inside = rest.len() < path.len();
        for (index, name) in rest.iter().enumerate() {
            let module = &self.0[&place];
            if module.children.contains(name) {
                place.push(name.clone());
            } else if let Some(behind) = module.uses.get(name).filter(|behind| behind[0] != *name) {
                return self.file_of(&place, &[behind, &rest[index + 1..]].concat());
            } else {
                inside |= module.items.contains(name);
                break;
            }
            inside = true;
        }
        inside.then(|| self.0[&place].file.as_str())
    }

    /// Every file with the files it uses.
    fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (at, module) in &self.0 {
            let used = uses.entry(&module.file).or_default();
            // A folder's list of what it offers is no use of it.
            let listed = module.uses.values().filter(|_| !module.file.ends_with("mod.rs"));
            let found = listed.chain(&module.paths).filter_map(|path| self.file_of(at, path));
            used.extend(found.filter(|file| *file != module.file));
        }
        uses
    }
}

fn is_test(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    };
    let condition = |attribute: &Attribute| attribute.parse_args::<syn::Path>().ok();
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).filter_map(condition);
    conditions.into_iter().any(|condition| condition.is_ident("test"))
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// A shortest way from a file back to itself.
fn circle<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(file) = open.pop_front() {
        for next in &uses[file] {
            if !before.contains_key(next) {
                before.insert(next, file);
                open.push_back(next);
            }
        }
    }
    let mut way = vec![*before.get(start)?];
    while way.last() != Some(&start) {
        way.push(before[way.last()?]);
    }
    way.reverse();
    Some(way)
}

/// The folder of `src/` that a file is in.
fn room(file: &str) -> &str {
    file.split('/').nth(1).expect("a folder of src/")
}

/// What each room may use: the arrows of the paragraph "Layering", and whatever those rooms may use.
fn layers(page: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let (_, paragraph) = page.split_once("**Layering.**").expect("a paragraph");
    let arrows = paragraph.split(['.', ':']).find(|sentence| sentence.contains("<-")).expect("arrows");
    let mut layers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for chain in arrows.split(';') {
        let groups: Vec<Vec<&str>> =
            chain.split("<-").map(|group| group.split('`').skip(1).step_by(2).collect()).collect();
        for room in groups.iter().flatten() {
            layers.entry(room).or_default();
        }
        for pair in groups.windows(2) {
            for room in &pair[1] {
                layers.entry(room).or_default().extend(&pair[0]);
            }
        }
    }
    for _ in 0..layers.len() {
        let below = layers.clone();
        for rooms in layers.values_mut() {
            rooms.extend(rooms.clone().iter().flat_map(|room| &below[room]));
        }
    }
    layers
}

#[test]
fn files_use_each_other_without_circles() {
    let library = Library::read();
    let uses = library.uses();
    let mut circles: BTreeMap<BTreeSet<&str>, String> = BTreeMap::new();
    for file in uses.keys() {
        if let Some(way) = circle(&uses, file) {
            circles.entry(way.iter().copied().collect()).or_insert(way.join(" -> "));
        }
    }
    let found: Vec<&str> = circles.values().map(String::as_str).collect();
    assert!(found.is_empty(), "files that use each other:\n{}", found.join("\n"));
}

#[test]
fn rooms_use_those_below_them() {
    let library = Library::read();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let page = fs::read_to_string(page).expect("a page");
    let layers = layers(&page);
    for (upper, lower) in ASIDE {
        assert!(!layers[upper].contains(lower), "{upper} may use {lower} anyway");
    }
    for (file, used) in library.uses().iter().filter(|(file, _)| **file != "src/lib.rs") {
        let own = room(file);
        let below = layers.get(own).unwrap_or_else(|| panic!("ARCHITECTURE.md has no arrow at `{own}`"));
        for other in used.iter().filter(|other| room(other) != own) {
            let allowed = below.contains(room(other)) || ASIDE.contains(&(own, room(other)));
            assert!(allowed, "{file} uses {other}, which is not below it");
        }
    }
}

/// A family is a file of `plan/families/` and a folder of `rtl/`: elsewhere only its profiles and the command lines of its
/// place and route tool know it.
#[test]
fn families_are_named_in_their_rooms() {
    let library = Library::read();
    let rooms = ["src/plan/families/", "src/target/", "src/pnr/"];
    let mut inside = 0;
    for module in library.0.values() {
        for path in module.paths.iter().filter(|path| path.len() == 2 && path[0] == "Family") {
            // Constants are in capitals.
            let is_variant =
                path[1].contains(|c: char| c.is_ascii_lowercase()) && path[1].starts_with(char::is_uppercase);
            let at_home = rooms.iter().any(|room| module.file.starts_with(room));
            inside += usize::from(is_variant && at_home);
            assert!(!is_variant || at_home, "{} names {}", module.file, path.join("::"));
        }
    }
    assert!(inside > 10, "{inside} names of families in their rooms");
}

#[test]
fn both_are_noticed() {
    let circles = BTreeMap::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c", "d"])),
        ("c", BTreeSet::from(["a"])),
        ("d", BTreeSet::new()),
    ]);
    assert_eq!(circle(&circles, "a"), Some(vec!["a", "b", "c"]));
    assert_eq!(circle(&circles, "d"), None);
    let page = "**Layering.** Arrows: `a` <- `b`, `c` <- `d`; `e` <- `d`. `a` is low.";
    let below = layers(page);
    assert_eq!(below["d"], BTreeSet::from(["a", "b", "c", "e"]));
    assert_eq!((below["a"].len(), below["e"].len(), below["b"].len()), (0, 0, 1));
}
