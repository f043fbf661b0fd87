//! Number systems against tables written by hand and definitions worked out again here, every parameter exhaustively.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rowsmith::num::{Levels, Scheme};

fn scheme(text: &str) -> Scheme {
    text.parse().expect(text)
}

/// Every scheme that can be written.
fn all() -> Vec<Scheme> {
    let mut texts: Vec<String> = (2..=16).map(|b| format!("fixed({b})")).collect();
    texts.extend((2..=5).map(|b| format!("pot({b})")));
    texts.extend((1..=4).flat_map(|m1| (1..=m1).map(move |m2| format!("sp2({};{m1},{m2})", 1 + m1 + m2))));
    texts.extend((0..=4).flat_map(|s| (1..=4).map(move |main| format!("ausn({};{s})", 1 + main + s))));
    texts.iter().map(|text| scheme(text)).collect()
}

#[test]
fn tables_by_hand() {
    let tables: [(&str, &[i32]); 10] = [
        ("fixed(4)", &[0, 1, 2, 3, 4, 5, 6, 7]),
        ("pot(4)", &[0, 1, 2, 4, 8, 16, 32, 64]),
        ("sp2(4;2,1)", &[0, 1, 2, 4, 5, 6, 8]),
        ("sp2(5;2,2)", &[0, 1, 2, 3, 4, 5, 6, 8]),
        ("sp2(6;3,2)", &[0, 1, 2, 4, 8, 16, 17, 18, 20, 24, 32, 33, 34, 36, 40, 48, 64, 65, 66, 68, 72, 80, 96, 128]),
        ("ausn(4;0)", &[0, 2, 4, 8, 16, 32, 64, 128]),
        ("ausn(4;1)", &[0, 3, 4, 6, 8, 12, 16, 24]),
        ("ausn(4;2)", &[0, 5, 6, 7, 8, 10, 12, 14]),
        ("ausn(5;2)", &[0, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56]),
        ("fixed(2)", &[0, 1]),
    ];
    for (text, magnitudes) in tables {
        assert_eq!(scheme(text).magnitudes(), magnitudes, "{text}");
    }
}

/// Value of a code, read as the string of its bits: sign, then the fields from left to right.
fn by_definition(scheme: Scheme, code: u32) -> Option<i64> {
    let bits = format!("{code:0width$b}", width = scheme.bits() as usize);
    let field = |from: usize, to: usize| i64::from_str_radix(&bits[from..to], 2).unwrap_or(0);
    let power = |exponent: i64| (0..exponent).fold(1i64, |product, _| product * 2);
    let last = bits.len();
    let sign = if bits.starts_with('1') { -1 } else { 1 };
    let magnitude = match scheme {
        Scheme::Fixed { .. } => {
            let weight = power(last as i64 - 1);
            let value = field(1, last) - if sign < 0 { weight } else { 0 };
            return (value != -weight).then_some(value);
        }
        Scheme::Pot { .. } => match field(1, last) {
            0 => 0,
            shift => power(power(last as i64 - 1) - 1 - shift),
        },
        Scheme::Sp2 { m1, .. } => {
            let split = 1 + usize::from(m1);
            let top = power(i64::from(m1)) - 1;
            let term = |shift: i64| if shift == 0 { 0 } else { power(top - shift) };
            term(field(1, split)) + term(field(split, last))
        }
        Scheme::Ausn { sup, .. } => {
            let split = last - usize::from(sup);
            let exponent = field(1, split);
            // 1 + s1/2 + s2/4 ... in units of the last superposition bit.
            let mantissa = (0..usize::from(sup)).fold(power(i64::from(sup)), |sum, index| {
                let weight = power(i64::from(sup) - 1 - index as i64);
                sum + if bits.as_bytes()[split + index] == b'1' { weight } else { 0 }
            });
            if field(1, last) == 0 { 0 } else { mantissa * power(exponent) }
        }
    };
    Some(sign * magnitude)
}

#[test]
fn every_code_of_every_scheme() {
    for scheme in all() {
        let mut levels = BTreeSet::new();
        for code in 0..1u32 << scheme.bits() {
            let level = scheme.level(code);
            assert_eq!(level.map(i64::from), by_definition(scheme, code), "{scheme} code {code}");
            let Some(level) = level else { continue };
            levels.insert(level);
            let canonical = scheme.code(level).expect("a level has a code");
            assert_eq!(scheme.level(canonical), Some(level), "{scheme} level {level}");
            let magnitude_bits = (1 << (scheme.bits() - 1)) - 1;
            let is_fixed = matches!(scheme, Scheme::Fixed { .. });
            assert!(is_fixed || level == 0 || canonical & magnitude_bits <= code & magnitude_bits, "{scheme}: {code}");
        }
        let negated: BTreeSet<i32> = levels.iter().map(|level| -level).collect();
        assert_eq!(levels, negated, "{scheme} is symmetric");
        let positive: Vec<i32> = levels.iter().copied().filter(|&level| level >= 0).collect();
        assert_eq!(scheme.magnitudes(), positive, "{scheme}");
        assert_eq!(scheme.max_magnitude(), *positive.last().expect("zero at least"), "{scheme}");
        assert_eq!(scheme.level(1 << scheme.bits()), None, "{scheme}: a code beyond its width");
        assert_eq!(scheme.code(0), Some(0), "{scheme}");
        let neighbours = levels.iter().flat_map(|level| [level - 1, level + 1]);
        for level in neighbours.chain(-300..=300).chain([i32::MIN, i32::MAX]) {
            assert_eq!(scheme.contains(level), levels.contains(&level), "{scheme} level {level}");
        }
    }
}

#[test]
fn duplicate_codes_decode() {
    let sp2 = scheme("sp2(4;2,1)");
    // 4 = 4 + 0 = 0 + 4; the code with the smaller field is canonical.
    assert_eq!((sp2.level(0b0010), sp2.level(0b0001)), (Some(4), Some(4)));
    assert_eq!(sp2.code(4), Some(0b0001));
    assert_eq!(sp2.level(0b1000), Some(0), "a negative zero decodes");
    assert_eq!(scheme("fixed(4)").level(0b1000), None, "the odd one out has no level");
}

#[test]
fn texts_round_trip_and_bad_ones_are_refused() {
    for scheme in all() {
        assert_eq!(scheme.to_string().parse(), Ok(scheme));
    }
    assert_eq!(scheme("sp2(4)"), scheme(" sp2 ( 4 ; 2 , 1 ) "));
    let bad = [
        "",
        "fixed",
        "fixed(",
        "fixed()",
        "fixed(1)",
        "fixed(17)",
        "fixed(4",
        "fixed(4;1)",
        "pot(6)",
        "pot(1)",
        "sp2(4;1,2)",
        "sp2(5;2,1)",
        "sp2(2)",
        "sp2(11;5,5)",
        "ausn(4)",
        "ausn(4;3)",
        "ausn(10;4)",
        "ausn(5;5)",
        "posit(4)",
        "fixed(-4)",
        "fixed(300)",
    ];
    for text in bad {
        assert!(text.parse::<Scheme>().is_err(), "{text}");
    }
}

/// Nearest level by trying all; a tie goes to the smaller magnitude.
fn nearest(levels: &[i32], value: f64) -> i32 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(|a, b| {
        let (near, far) = ((f64::from(*a) - value).abs(), (f64::from(*b) - value).abs());
        near.total_cmp(&far).then(a.abs().cmp(&b.abs()))
    });
    sorted[0]
}

#[test]
fn projection_of_every_half_step() {
    for scheme in all().into_iter().filter(|scheme| scheme.max_magnitude() <= 300) {
        let levels: Vec<i32> = scheme.magnitudes().iter().flat_map(|&m| [m, -m]).collect();
        for half in -4 * scheme.max_magnitude()..=4 * scheme.max_magnitude() {
            let value = f64::from(half) / 2.0;
            assert_eq!(scheme.project(value), nearest(&levels, value), "{scheme} {value}");
        }
    }
}

#[test]
fn ties_go_to_the_smaller_magnitude() {
    for (text, value, level) in
        [("fixed(4)", 2.5, 2), ("fixed(4)", -2.5, -2), ("pot(4)", 24.0, 16), ("sp2(4;2,1)", -7.0, -6)]
    {
        assert_eq!(scheme(text).project(value), level, "{text} {value}");
    }
    assert_eq!(scheme("pot(4)").project(1e300), 64);
    assert_eq!(scheme("pot(4)").project(f64::NEG_INFINITY), -64);
    assert_eq!(scheme("pot(4)").project(f64::NAN), 0);
}

proptest! {
    #[test]
    fn projection_is_nearest(index in 0..all().len(), value in -70_000.0..70_000.0f64) {
        let scheme = all()[index];
        let level = scheme.project(value);
        prop_assert!(scheme.contains(level));
        let distance = (f64::from(level) - value).abs();
        for magnitude in scheme.magnitudes().iter().copied() {
            for other in [magnitude, -magnitude] {
                prop_assert!(distance <= (f64::from(other) - value).abs());
            }
        }
        prop_assert_eq!(scheme.project(f64::from(level)), level);
        prop_assert_eq!(scheme.project(-value), -level);
    }

    /// On levels, between two levels, and anywhere.
    #[test]
    fn tables_project_like_a_search(index in 0..all().len(), at in any::<prop::sample::Index>(), aside in -2.0..2.0f64) {
        let scheme = all()[index];
        let (levels, grid) = (Levels::of(scheme), scheme.magnitudes());
        prop_assert_eq!(levels.max(), scheme.max_magnitude());
        let (low, high) = (f64::from(*at.get(grid)), f64::from(grid[(at.index(grid.len()) + 1) % grid.len()]));
        let middle = f64::midpoint(low, high);
        for value in [low, middle, low + aside, middle + aside * 1e-9] {
            for value in [value, -value] {
                let signed: Vec<i32> = grid.iter().flat_map(|&m| [m, -m]).collect();
                prop_assert_eq!(levels.project(value), nearest(&signed, value));
            }
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,30}") {
        let _ = text.parse::<Scheme>();
    }
}
