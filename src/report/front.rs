//! The front of plans: fewer cycles against fewer LUTs.

use askama::Template;
use comfy_table::Table;

use super::table::table;
use crate::hw::EmitError;
use crate::plan::Plan;
use crate::target::Target;

/// One row per plan.
pub fn front_table(front: &[Plan]) -> Table {
    let mut table =
        table(["shape", "Q x D", "arrays", "MAC/cycle", "cycles", "images/s", "LUT", "FF", "DSP", "BRAM"], 3);
    for plan in front {
        table.add_row([
            plan.core.shape.to_string(),
            plan.core.shape.values().to_string(),
            plan.core.shape.array_names().join(", "),
            plan.core.shape.macs_per_cycle().to_string(),
            plan.cycles.to_string(),
            format!("{:.0}", plan.images_per_second()),
            plan.resources.lut.to_string(),
            plan.resources.ff.to_string(),
            plan.resources.dsp.to_string(),
            plan.resources.bram.to_string(),
        ]);
    }
    table
}

/// A labelled place on an axis.
struct Tick {
    at: f64,
    value: u64,
}

/// A logarithmic axis from pixel to pixel.
struct Axis {
    low: f64,
    high: f64,
    pixels: [f64; 2],
    ticks: Vec<Tick>,
}

#[derive(Template)]
#[template(path = "front.svg", syntax = "rtl")]
struct Figure {
    title: String,
    across: Axis,
    up: Axis,
    usable: f64,
    points: Vec<(f64, f64)>,
}

impl Axis {
    /// Ticks at 1, 2 and 5 of every decade, with room at both ends of positive values.
    fn around(values: impl Iterator<Item = f64>, pixels: [f64; 2]) -> Self {
        let limits = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = values.fold((f64::INFINITY, 1.0), limits);
        let mut axis = Self { low: low.max(1.0) / 1.3, high: high * 1.3, pixels, ticks: Vec::new() };
        let decades = (0..19).map(|decade| 10u64.pow(decade));
        let values = decades.flat_map(|decade| [1, 2, 5].map(|digit| digit * decade));
        let within = values.filter(|value| (axis.low..axis.high).contains(&(*value as f64)));
        axis.ticks = within.map(|value| Tick { at: axis.at(value as f64), value }).collect();
        axis
    }

    /// The pixel of a value, in tenths.
    fn at(&self, value: f64) -> f64 {
        let share = (value / self.low).ln() / (self.high / self.low).ln();
        let [from, to] = self.pixels;
        (10.0 * (from + share * (to - from))).round() / 10.0
    }
}

/// The front as an SVG picture: LUTs over cycles, both logarithmic, and the target's usable LUTs.
pub fn front_figure(name: &str, target: &Target, front: &[Plan]) -> Result<String, EmitError> {
    let usable = f64::from(target.luts) * target.lut_share;
    let plans: Vec<(f64, f64)> = front.iter().map(|p| (p.cycles as f64, f64::from(p.resources.lut))).collect();
    Ok(figure(format!("{name} on {}", target.title), usable, &plans).render()?)
}

/// The drawing of plans: cycles and LUTs of each.
fn figure(title: String, usable: f64, plans: &[(f64, f64)]) -> Figure {
    let across = Axis::around(plans.iter().map(|(cycles, _)| *cycles), [90.0, 870.0]);
    let up = Axis::around(plans.iter().map(|(_, lut)| *lut).chain([usable]), [490.0, 50.0]);
    let points = plans.iter().map(|(cycles, lut)| (across.at(*cycles), up.at(*lut))).collect();
    Figure { title, usable: up.at(usable), points, across, up }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equal_distances() {
        let axis = Axis::around([10.0, 1000.0].into_iter(), [0.0, 100.0]);
        assert_eq!((axis.at(axis.low), axis.at(100.0), axis.at(axis.high)), (0.0, 50.0, 100.0));
        let ticks: Vec<u64> = axis.ticks.iter().map(|tick| tick.value).collect();
        assert_eq!(ticks, [10, 20, 50, 100, 200, 500, 1000]);
    }

    #[test]
    fn drawing() {
        let drawn = figure("a<b on chip".to_owned(), 4000.0, &[(250.0, 3900.0), (700.0, 2100.0)]);
        insta::assert_snapshot!(drawn.render().unwrap());
    }
}
