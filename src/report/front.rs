//! The front of plans: fewer cycles against fewer LUTs.

use std::ops::Range;

use comfy_table::Table;
use plotters::prelude::*;

use super::table::table;
use crate::plan::Plan;
use crate::target::Target;

type Failed = DrawingAreaErrorKind<std::io::Error>;

/// One row per plan.
pub fn front_table(front: &[Plan]) -> Table {
    let mut table = table(["shape", "Q", "arrays", "MAC/cycle", "cycles", "images/s", "LUT", "FF", "DSP", "BRAM"], 3);
    for plan in front {
        table.add_row([
            plan.shape.to_string(),
            plan.shape.q.to_string(),
            plan.shape.array_names().join(", "),
            plan.shape.macs_per_cycle().to_string(),
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

/// The front as an SVG picture: LUTs over cycles, both logarithmic, and the target's usable LUTs.
pub fn front_figure(name: &str, target: &Target, front: &[Plan]) -> Result<String, Failed> {
    const SIZE: (u32, u32) = (900, 560);
    const POINT: RGBColor = RGBColor(0x1f, 0x5f, 0x8b);
    const LIMIT: RGBColor = RGBColor(0xb0, 0x3a, 0x2e);
    let points: Vec<(f64, f64)> = front.iter().map(|p| (p.cycles as f64, f64::from(p.resources.lut))).collect();
    let usable = f64::from(target.luts) * target.lut_share;
    let across = around(points.iter().map(|(cycles, _)| *cycles));
    let up = around(points.iter().map(|(_, lut)| *lut).chain([usable]));
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let title = format!("{name} on {}", target.title);
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 22))
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d(across.clone().log_scale(), up.log_scale())?;
        let number = |value: &f64| format!("{value:.0}");
        chart
            .configure_mesh()
            .x_desc("cycles per image")
            .y_desc("LUTs")
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .light_line_style(BLACK.mix(0.06))
            .draw()?;
        chart.draw_series(LineSeries::new([(across.start, usable), (across.end, usable)], LIMIT.stroke_width(2)))?;
        chart.draw_series(LineSeries::new(points.iter().copied(), POINT.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, POINT.filled())))?;
        area.present()?;
    }
    Ok(text)
}

/// A range with room at both ends of positive values.
fn around(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, 1.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    low.max(1.0) / 1.3..high * 1.3
}
