//! A relation, drawn with logarithmic axes: what grows in proportion is a straight line that rises
//! as the dashed one does, and what does not grow a level one.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use super::{Line, Relation};

const SIZE: (u32, u32) = (760, 440);
/// Told apart also by those who see no red and green: the palette of Okabe and Ito.
const COLORS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub(super) fn draw(relation: &Relation, path: &Path) -> Result<(), Box<dyn Error>> {
    let points = || relation.lines.iter().flat_map(|line| line.points.iter().copied());
    let (xs, ys) = (decades(points().map(|point| point.0)), decades(points().map(|point| point.1)));
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(relation.title, ("sans-serif", 20))
        .margin(12)
        .margin_right(32)
        .x_label_area_size(42)
        .y_label_area_size(76)
        .build_cartesian_2d((xs.0..xs.1).log_scale(), (ys.0..ys.1).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(relation.of)
        .y_desc(relation.unit)
        .x_label_formatter(&label)
        .y_label_formatter(&label)
        .label_style(("sans-serif", 14))
        .light_line_style(WHITE)
        .draw()?;
    let proportional = [(xs.0, ys.0), (xs.1, ys.0 * xs.1 / xs.0)];
    let end = if proportional[1].1 > ys.1 { (xs.0 * ys.1 / ys.0, ys.1) } else { proportional[1] };
    chart.draw_series(DashedLineSeries::new(
        [proportional[0], end],
        4,
        4,
        BLACK.mix(0.3).into(),
    ))?;
    for (Line { name, points }, color) in relation.lines.iter().zip(COLORS) {
        let line = LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 14))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Whole powers of ten around all values, two at least, so that noise does not look like more.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let most = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    (10f64.powf(least), 10f64.powf(most.max(least + 2.0)))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "this is how it is called")]
fn label(value: &f64) -> String {
    if *value >= 1.0 { format!("{value:.0}") } else { format!("{value}") }
}
