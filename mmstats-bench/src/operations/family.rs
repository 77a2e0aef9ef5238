//! Operations with the same purpose, in one table.

use crate::measure::{Figure, Operation, Team, compare};
use crate::table;

/// Operations that are compared with each other.
pub(crate) struct Family {
    title: &'static str,
    /// An explanation of the rows.
    about: &'static str,
    operations: Vec<Operation>,
    results: Vec<(Team, Vec<Option<Figure>>)>,
}

impl Family {
    pub(crate) fn new(
        title: &'static str,
        about: &'static str,
        operations: Vec<Operation>,
    ) -> Self {
        Self { title, about, operations, results: Vec::new() }
    }

    /// Measures all operations with a team. If none suits the team, the table has no column for it.
    pub(crate) fn measure(&mut self, team: Team) {
        if self.operations.iter().any(|operation| operation.suits(team)) {
            let figures = compare(&mut self.operations, team);
            self.results.push((team, figures));
        }
    }

    pub(crate) fn print(&self) {
        for operation in &self.operations {
            operation.check();
        }
        println!("### {}\n\n{}\n", self.title, self.about);
        let has_peers = self.results.iter().flat_map(|(_, figures)| figures).flatten();
        let has_peers = has_peers.into_iter().any(|figure| figure.peer_ratio.is_some());
        let has_notes = self.operations.iter().any(|operation| !operation.note.is_empty());

        let mut head = vec![String::new()];
        for (team, _) in &self.results {
            let plural = if team.threads == 1 { "" } else { "s" };
            head.push(format!("{} thread{plural}", team.threads));
            head.push("× limit".into());
            head.extend(has_peers.then(|| "× peer".into()));
        }
        head.extend(has_notes.then(|| "note".into()));

        let row = |(index, operation): (usize, &Operation)| {
            let mut cells = vec![operation.name.to_owned()];
            for (_, figures) in &self.results {
                let cell = |value: fn(&Figure) -> Option<f64>| {
                    figures[index].as_ref().and_then(value).map_or("–".into(), table::figure)
                };
                cells.push(cell(|figure| Some(figure.ns)));
                cells.push(cell(|figure| figure.limit_ratio));
                cells.extend(has_peers.then(|| cell(|figure| figure.peer_ratio)));
            }
            cells.extend(has_notes.then(|| operation.note.to_owned()));
            cells
        };
        let rows: Vec<_> = self.operations.iter().enumerate().map(row).collect();
        table::print(&head, &rows, has_notes);
    }
}
