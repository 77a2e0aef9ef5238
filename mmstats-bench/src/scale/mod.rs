//! How costs grow: with the fields of a struct, the threads of a process, and the files of a
//! machine.

mod fields;
mod files;
mod lanes;
mod plot;

use std::error::Error;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::table;

/// Of what, and where to draw it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What grows; all of them, one after the other, if nothing is said
    #[arg(value_enum)]
    what: Vec<What>,
    /// Where the relations are to be drawn, as SVG
    #[arg(long, value_name = "DIRECTORY")]
    plots: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    Fields,
    Lanes,
    Files,
}

pub(crate) fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let all = [What::Fields, What::Lanes, What::Files];
    for what in if args.what.is_empty() { &all[..] } else { &args.what } {
        let relations = match what {
            What::Fields => fields::measure()?,
            What::Lanes => lanes::measure()?,
            What::Files => files::measure()?,
        };
        for relation in relations {
            relation.print();
            if let Some(directory) = &args.plots {
                plot::draw(&relation, &directory.join(format!("{}.svg", relation.name)))?;
            }
        }
    }
    Ok(())
}

/// What several things cost, by how many there are of something.
struct Relation {
    /// Also the name of its file.
    name: &'static str,
    title: &'static str,
    of: &'static str,
    unit: &'static str,
    lines: Vec<Line>,
}

struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Relation {
    fn new<const N: usize>(
        name: &'static str,
        title: &'static str,
        of: &'static str,
        unit: &'static str,
        lines: [&'static str; N],
    ) -> Self {
        let lines = lines.map(|name| Line { name, points: Vec::new() }).into();
        Self { name, title, of, unit, lines }
    }

    /// Adds a point to each line; one that was not measured is left out.
    fn add(&mut self, x: usize, values: &[Option<f64>]) {
        #[expect(clippy::cast_precision_loss, reason = "it is drawn")]
        let x = x as f64;
        for (line, value) in self.lines.iter_mut().zip(values) {
            line.points.extend(value.map(|value| (x, value)));
        }
    }

    /// A table in Markdown.
    fn print(&self) {
        println!("{}: {}\n", self.title, self.unit);
        let names = self.lines.iter().map(|line| line.name);
        let head: Vec<String> = [self.of].into_iter().chain(names).map(str::to_owned).collect();
        let mut all: Vec<f64> =
            self.lines.iter().flat_map(|line| &line.points).map(|point| point.0).collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        let row = |x: f64| {
            let value = |line: &Line| {
                let point = line.points.iter().find(|point| point.0.total_cmp(&x).is_eq());
                point.map_or_else(|| "–".into(), |(_, value)| number(*value))
            };
            [x.to_string()].into_iter().chain(self.lines.iter().map(value)).collect()
        };
        table::print(&head, &all.into_iter().map(row).collect::<Vec<_>>(), false);
    }
}

/// Three digits that mean something, also of what is far less than one.
fn number(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        0.01.. => format!("{value:.3}"),
        _ => format!("{value:.6}"),
    }
}
