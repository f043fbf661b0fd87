//! The page of refusals lists every code of the sources, and no other, with its message and its remedy.
//!
//! With `INSTA_UPDATE=always` the test writes the lines of codes that are on the page already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use syn::parse::{Parse, ParseStream};
use syn::visit::Visit;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Token, parenthesized};

/// Message and remedy of every code.
#[derive(Default)]
struct Refusals(BTreeMap<String, (String, String)>);

/// `code("...")` and `help("...")` of a `diagnostic`, in any order; `transparent` has neither.
#[derive(Default)]
struct Diagnostic {
    code: Option<String>,
    help: String,
}

impl Parse for Diagnostic {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut found = Self::default();
        while !input.is_empty() {
            let key: syn::Ident = input.parse()?;
            if input.peek(syn::token::Paren) {
                let inner;
                parenthesized!(inner in input);
                let text: LitStr = inner.parse()?;
                let _arguments: proc_macro2::TokenStream = inner.parse()?;
                match key.to_string().as_str() {
                    "code" => found.code = Some(text.value()),
                    _ => found.help = text.value(),
                }
            }
            if input.parse::<Option<Token![,]>>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// The first string of `#[error("...", ...)]`.
struct Message(String);

impl Parse for Message {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let text: LitStr = input.parse()?;
        let _arguments: proc_macro2::TokenStream = input.parse()?;
        Ok(Self(text.value()))
    }
}

impl Refusals {
    fn add(&mut self, attributes: &[Attribute]) {
        let named = |name: &str| attributes.iter().find(|attribute| attribute.path().is_ident(name));
        let Some(diagnostic) = named("diagnostic") else { return };
        let Diagnostic { code: Some(code), help } = diagnostic.parse_args().expect("code and help") else { return };
        let Message(message) = named("error").expect("a message").parse_args().expect("a text");
        let message = match shown(&message) {
            bare if bare.contains(char::is_alphanumeric) => bare,
            bare => match docs(attributes) {
                what if what.is_empty() => bare,
                what => format!("{bare} ({what})"),
            },
        };
        let help = match shown(&help).as_str() {
            "..." => "as the message says".to_owned(),
            help => help.to_owned(),
        };
        assert!(self.0.insert(code.clone(), (message, help)).is_none(), "{code} is used twice");
    }
}

impl<'a> Visit<'a> for Refusals {
    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.add(&variant.attrs);
    }

    fn visit_item_struct(&mut self, item: &'a syn::ItemStruct) {
        self.add(&item.attrs);
    }
}

/// The first sentence of a doc comment, as a part of one.
fn docs(attributes: &[Attribute]) -> String {
    let text = |attribute: &Attribute| match &attribute.meta.require_name_value().ok()?.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    };
    let line = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).find_map(text);
    let line = line.unwrap_or_default();
    let sentence = line.trim().trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// A text with `...` for what it fills in.
fn shown(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format.replace("{{", "\u{1}").replace("}}", "\u{2}");
    while let Some((before, after)) = rest.split_once('{') {
        let (_, after) = after.split_once('}').expect("a closed placeholder");
        text += before;
        if !text.ends_with("...") {
            text += "...";
        }
        rest = after.to_owned();
    }
    (text + &rest).replace('\u{1}', "{").replace('\u{2}', "}").replace('\n', " ").replace('|', "\\|")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let paths = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

#[test]
fn every_code_stands_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut refusals = Refusals::default();
    let mut codes = 0;
    for path in sources(&root.join("src")) {
        let text = fs::read_to_string(&path).expect("a source");
        codes += text.matches("code(\"RWS-").count();
        refusals.visit_file(&syn::parse_file(&text).expect("Rust"));
    }
    assert_eq!(refusals.0.len(), codes, "codes in attributes, and in the text of the sources");
    assert!(codes > 90, "{codes}");
    let expected: Vec<String> =
        refusals.0.iter().map(|(code, (message, help))| format!("| {code} | {message} | {help} |")).collect();

    let place = root.join("docs/refusals.md");
    let page = fs::read_to_string(&place).expect("the page");
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("| RWS-")).collect();
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let fresh = |line: &str| {
            let key = line.get(..11).filter(|key| key.starts_with("| RWS-"));
            let found = key.and_then(|key| expected.iter().find(|fresh| fresh.starts_with(key)));
            found.map_or(line, String::as_str).to_owned() + "\n"
        };
        fs::write(&place, page.lines().map(fresh).collect::<String>()).expect("the page is writable");
        return;
    }
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(line, expected, "INSTA_UPDATE=always writes it");
    }
    assert_eq!(lines.len(), expected.len(), "codes on the page, and in the sources");
}
