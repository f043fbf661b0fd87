//! The planner's choice against every shape there is, on targets small enough to try them all.

use std::path::Path;

use rayon::prelude::*;
use rowsmith::manifest;
use rowsmith::plan::{ArraySpec, CoreShape, Plan, Request};
use rowsmith::target::Target;

/// Fewest cycles of all shapes that fit: any CI, PX, Q, and any rows in the two arrays.
fn fewest_cycles(model: &Path, target: &Target, arrays: [&str; 2], most_rows: [usize; 2]) -> u64 {
    let network = manifest::load(model).unwrap();
    let lanes = arrays.map(|lane| lane.parse().unwrap());
    let mut shapes = Vec::new();
    for ci in 1..=16 {
        for px in 1..=8 {
            for first in 1..=most_rows[0] {
                for second in 1..=most_rows[1] {
                    let arrays = [first, second].into_iter().zip(lanes).map(|(rows, lane)| ArraySpec { lane, rows });
                    let arrays: Vec<ArraySpec> = arrays.collect();
                    let divides = |q: &usize| ci % q == 0 && (first + second) % q == 0;
                    let slices = (1..=16).filter(divides);
                    shapes.extend(slices.map(|q| CoreShape { ci, px, q, arrays: arrays.clone() }));
                }
            }
        }
    }
    let cycles = |shape: &CoreShape| {
        let plan = Plan::build(&network, target, shape).ok()?;
        plan.excess().is_none().then_some(plan.cycles)
    };
    shapes.par_iter().filter(|shape| shape.check().is_ok()).filter_map(cycles).min().unwrap()
}

fn check(model: &str, target: &str, arrays: [&str; 2], most_rows: [usize; 2]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(model);
    let target = Target::find(target).unwrap();
    let chosen = Request::default().plan(&manifest::load(&path).unwrap(), &target).unwrap();
    let best = fewest_cycles(&path, &target, arrays, most_rows);
    let ratio = chosen.cycles as f64 / best as f64;
    println!("{model}: {} of shape {} chosen, {best} at best", chosen.cycles, chosen.shape);
    assert!(ratio <= 1.05, "{model}: {} cycles of shape {} chosen, {best} at best", chosen.cycles, chosen.shape);
}

#[test]
fn digits_on_ice40() {
    check("digits/msq.toml", "ice40up5k", ["dsp(4)", "sp2(4)"], [8, 16]);
}

#[test]
fn residual_network_on_a_small_part_of_a_device() {
    let text = include_str!("../targets/xc7a35t.toml");
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small.toml");
    let small_text: String = text
        .lines()
        .map(|line| if line.starts_with("luts") { "luts = 7000\n".to_owned() } else { format!("{line}\n") })
        .collect();
    std::fs::write(&small, small_text).unwrap();
    check("resnet8-shape/resnet8_shape.toml", small.to_str().unwrap(), ["dsp(4)", "sp2(4)"], [6, 18]);
}
