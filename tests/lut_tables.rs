//! The contents of LUTs that static modules instantiate are literals; here each is computed from the arithmetic that it stands for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Value of a LUT at its inputs, the lowest of which is I0.
type Table = fn(u32) -> bool;

/// Bit `at` of a number.
fn bit(number: u32, at: u32) -> bool {
    number >> at & 1 == 1
}

/// Literal contents of a LUT of `entries` inputs' states.
fn contents(entries: u32, table: Table) -> u64 {
    (0..entries).fold(0, |word, n| word | u64::from(table(n)) << n)
}

/// Tables of a module on 7-series cells by their names there. Of two outputs, O5 has the entries below 32 and O6 those above.
type Named = (&'static str, &'static [(&'static str, Table)]);

const XC7: &[Named] = &[
    (
        "rws_xc7_product_fixed",
        &[
            ("LOW_INIT", |n| bit((n & 3) * (n >> 2 & 3), n >> 5)),
            ("TWO_INIT", |n| bit((n & 7) * ((n >> 3 & 3) + 4 * (n >> 5)), 2)),
            // u * act: 0, act, 2 act or 3 act.
            ("MULTIPLE_INIT", |n| [false, bit(n, 0), bit(n, 1), bit(n, 2)][(n >> 3 & 3) as usize]),
            // There is no bit of act itself above it.
            ("HIGH_INIT", |n| [false, false, bit(n, 1), bit(n, 2)][(n >> 3 & 3) as usize] ^ (bit(n, 5) && bit(n, 0))),
        ],
    ),
    (
        // The fine shift is by 3 - f1[1:0].
        "rws_xc7_product_pot",
        &[
            ("LOW_INIT", |n| bit((n & 3) << (3 - (n >> 2 & 3)), n >> 5)),
            ("FINE_INIT", |n| bit(n, 3 - (n >> 4))),
            ("TOP_INIT", |n| bit((n & 3) << (3 - (n >> 2 & 3)), 3 + (n >> 5))),
            ("FOUR_INIT", |n| bit(n, 2 * (n >> 5) + u32::from(!bit(n, 4)))),
            ("SIX_INIT", |n| if bit(n, 5) { bit(n, u32::from(bit(n, 4))) } else { (1..4).contains(&(n >> 2 & 7)) }),
            ("SEVEN_INIT", |n| if bit(n, 4) { bit(n, 1) } else { bit(n, 0) && n >> 2 & 7 != 0 }),
        ],
    ),
    (
        "rws_xc7_product_ausn",
        &[
            ("LOW_INIT", |n| bit(((n & 3) * (2 + (n >> 2 & 1))) << (n >> 3 & 1), n >> 5)),
            // Of 2 act the bits one below; e[0] takes those below again.
            ("FINE_INIT", |n| bit(n, [1, 0, 3, 2][(n >> 4) as usize])),
            ("TOP_INIT", |n| {
                let number = if bit(n, 3) { 2 * (n >> 2 & 1) + (n & 1) } else { n >> 1 & 1 };
                bit(number << (n >> 4 & 1), 1 + (n >> 5))
            }),
            ("MIDDLE_INIT", |n| bit(n, 2 * (n >> 5) + u32::from(!bit(n, 4)))),
            ("GATE_INIT", |n| n & 7 != 0 && (bit(n, 5) || !bit(n, 2))),
        ],
    ),
    (
        // t1 is act << (3 - f1), and 0 where f1 is.
        "rws_xc7_product_sp2",
        &[
            ("LOW_INIT", |n| n >> 2 & 3 != 0 && bit((n & 3) << (3 - (n >> 2 & 3)), n >> 5)),
            ("TERMS_INIT", |n| (n >> 3 & 3 != 0 && bit(n, 3 - (n >> 3 & 3))) ^ (bit(n, 5) && bit(n, 2))),
        ],
    ),
    ("rws_xc7_pair", &[("INIT", |n| (bit(n, 2) && (bit(n, 0) ^ bit(n, 1))) ^ (bit(n, 5) && (bit(n, 3) ^ bit(n, 4))))]),
    (
        "rws_xc7_add3",
        &[("INIT", |n| {
            let kept = if bit(n, 4) { n & 3 } else { n & 7 };
            if bit(n, 5) { (kept | n & 8).count_ones() % 2 == 1 } else { kept.count_ones() >= 2 }
        })],
    ),
];

/// Inputs I0 to I3 of a smaller LUT.
fn four(n: u32) -> [bool; 4] {
    [0, 1, 2, 3].map(|at| bit(n, at))
}

/// Tables of 16 entries, in any order, by folder and module.
const FOURS: &[(&str, &str, &[Table])] = &[
    ("ecp5", "rws_ecp5_acc", &[|n| matches!(four(n), [a, b, c, d] if (a && !b) ^ (c && d))]),
    ("ecp5", "rws_ecp5_chain", &[|n| n.count_ones() % 2 == 1, |_| false]),
    ("ecp5", "rws_ecp5_product_fixed", &[|n| matches!(four(n), [a, b, c, d] if (a && b) ^ (c && d))]),
    ("ecp5", "rws_ecp5_product_sp2", &[|n| matches!(four(n), [a, b, c, d] if (a && b) ^ (c || (d && a)))]),
    ("ecp5", "rws_ecp5_tree", &[|n| n.count_ones() % 2 == 1]),
    (
        "ecp5",
        "rws_ecp5_window",
        &[
            |n| matches!(four(n), [a, b, c, d] if (a && b) ^ (c && d)),
            |n| matches!(four(n), [a, b, c, d] if (a && !b) ^ (c && !d)),
            |n| matches!(four(n), [a, b, c, d] if a ^ if b { c } else { d }),
            |n| matches!(four(n), [a, b, c, d] if a ^ if b { d } else { c }),
        ],
    ),
    ("ice40", "rws_ice40_acc", &[|n| matches!(four(n), [i0, x, y, carry] if if i0 { x } else { x ^ y ^ carry })]),
    ("ice40", "rws_ice40_chain", &[|n| n.count_ones() % 2 == 1]),
    (
        "ice40",
        "rws_ice40_pair",
        &[
            |n| n.count_ones() % 2 == 1,
            |n| matches!(four(n), [i0, _, _, carry] if i0 && carry),
            |n| matches!(four(n), [i0, x, y, carry] if if i0 { x ^ y ^ carry } else { x }),
        ],
    ),
    ("ice40", "rws_ice40_tree", &[|n| n.count_ones() % 2 == 1]),
    (
        "nexus",
        "rws_nexus_chain",
        &[|n| matches!(four(n), [a, b, _, d] if a ^ (b && d)), |n| matches!(four(n), [a, b, _, d] if a ^ !b ^ d)],
    ),
];

fn read(folder: &str, module: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl").join(folder).join(format!("{module}.v"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Hexadecimal literals of a text that follow `prefix`, each with what stands before it in its line.
fn literals<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
    text.lines().flat_map(move |line| {
        let code = line.split("//").next().unwrap_or_default();
        code.match_indices(prefix).map(move |(at, _)| {
            let digits = code[at + prefix.len()..].chars().take_while(|c| c.is_ascii_hexdigit() || *c == '_');
            let digits: String = digits.filter(|c| *c != '_').collect();
            (&code[..at], u64::from_str_radix(&digits, 16).expect("a hexadecimal literal"))
        })
    })
}

/// Modules of a folder whose text holds a word.
fn modules_with(folder: &str, words: &[&str]) -> BTreeSet<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rtl").join(folder)).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let with = paths.filter(|path| {
        let text = fs::read_to_string(path).expect("a module");
        words.iter().any(|word| text.contains(word))
    });
    with.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn luts_of_7_series() {
    for (module, tables) in XC7 {
        let text = read("xc7", module);
        let name = |before: &str| before.split_whitespace().rev().nth(1).unwrap_or_default().to_owned();
        let found: BTreeMap<String, u64> =
            literals(&text, "64'h").map(|(before, value)| (name(before), value)).collect();
        let expected: BTreeMap<String, u64> =
            tables.iter().map(|(name, table)| ((*name).to_owned(), contents(64, *table))).collect();
        assert_eq!(found, expected, "{module}");
    }
    let known: BTreeSet<String> = XC7.iter().map(|(module, _)| (*module).to_owned()).collect();
    assert_eq!(modules_with("xc7", &["LUT6", "64'h"]), known);
}

#[test]
fn tables_of_other_families() {
    let mut known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (folder, module, tables) in FOURS {
        let text = read(folder, module);
        let found: BTreeSet<u64> =
            ["16'h", "0x"].iter().flat_map(|prefix| literals(&text, prefix)).map(|l| l.1).collect();
        let expected: BTreeSet<u64> = tables.iter().map(|table| contents(16, *table)).collect();
        assert_eq!(found, expected, "{module}");
        known.entry(folder).or_default().insert((*module).to_owned());
    }
    for (folder, known) in known {
        assert_eq!(modules_with(folder, &["16'h", "0x"]), known);
    }
    // Elsewhere there are none, and nowhere a function that makes one.
    for folder in ["xc7", "alu", "gowin"] {
        assert_eq!(modules_with(folder, &["16'h", "0x"]), BTreeSet::new());
    }
    for folder in ["xc7", "ecp5", "ice40", "alu", "gowin", "nexus", "array", "dsp", "drain"] {
        assert_eq!(modules_with(folder, &["endfunction"]), BTreeSet::new());
    }
}
