//! A layout for people: units, percentiles, colours, progress, and the state of the writer.

use std::io::{self, Write};
use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use mmstats_core::{Headline, Role, Samples, Scalar, Snapshot, State, Work};

use super::plain;
use super::{Detail, Export, File, Row, Show, label_column};
use crate::files::disk::is_on_disk;
use crate::show::life::{Life, threads_lost};
use crate::show::terminal::{Terminal, columns, cut, escaped};
use crate::show::{cells, human};
use crate::watch::progress;

pub(super) struct Pretty {
    pub(super) detail: Detail,
    pub(super) terminal: Terminal,
}

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RATE: Style = AnsiColor::Cyan.on_default();
const NOTABLE: Style = AnsiColor::Yellow.on_default();

/// The widest column of labels if there is no terminal.
const WIDEST_LABEL: usize = 255;

/// The width of a text, however long the labels are.
const MIN_TEXT: usize = 16;

impl Export for Pretty {
    fn export(&self, out: &mut dyn Write, files: &[File<'_>]) -> io::Result<()> {
        files.iter().try_for_each(|file| self.file(out, file))
    }
}

/// A part of a line that is not broken in two.
type Piece = (String, Style);

impl Pretty {
    fn file(&self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()> {
        let snapshot = file.snapshot;
        let path = snapshot.path().to_string_lossy();
        write!(out, "==> ")?;
        self.piece(out, &(escaped(&path).into(), BOLD))?;
        write!(out, "  ")?;
        let life = Life::of(snapshot, SystemTime::now());
        self.piece(out, &(life.state, style_of(snapshot.state())))?;
        for fact in facts(snapshot).chain(life.span) {
            write!(out, ", {fact}")?;
        }
        writeln!(out)?;
        let rows = file.rows();
        for note in notes(file, &rows) {
            write!(out, "    ")?;
            self.piece(out, &(note, NOTABLE))?;
            writeln!(out)?;
        }
        if let Some(work) = progress::of(snapshot) {
            write!(out, "    ")?;
            self.piece(out, &(cells::progress(&work), BOLD))?;
            writeln!(out)?;
        }
        self.rows(out, 2, snapshot, &rows)?;
        for lane in snapshot.lanes().iter().filter(|_| self.detail.lanes) {
            let free = if lane.is_claimed() { "" } else { ", whose thread ended" };
            writeln!(out, "  lane {}{free}", lane.tid())?;
            let rows: Vec<_> = lane.stats().map(Row::from).collect();
            self.rows(out, 4, snapshot, &rows)?;
        }
        writeln!(out)
    }

    fn rows(
        &self,
        out: &mut dyn Write,
        indent: usize,
        snapshot: &Snapshot,
        rows: &[Row<'_>],
    ) -> io::Result<()> {
        let widths = rows.iter().map(|row| columns(&escaped(row.stat().key().as_str())));
        // Half of each line is for values; the values of wider labels are printed below them.
        let widest = self.terminal.width.map_or(WIDEST_LABEL, |width| width / 2);
        let column = label_column(widths, widest);
        for row in rows {
            let label = escaped(row.stat().key().as_str());
            write!(out, "{:indent$}{label}", "")?;
            match column.checked_sub(columns(&label)) {
                Some(padding) => write!(out, "{:padding$}", "")?,
                None => write!(out, "\n{:indent$}{:column$}", "", "")?,
            }
            self.pieces(out, indent + column, &pieces(row, snapshot))?;
            for line in row.stat().help().lines().filter(|_| self.detail.help) {
                write!(out, "{:1$}", "", indent + column + 2)?;
                self.piece(out, &(escaped(line).into(), FAINT))?;
                writeln!(out)?;
            }
        }
        Ok(())
    }

    /// Prints the rest of a line from column `start` on; pieces that do not fit go below.
    fn pieces(&self, out: &mut dyn Write, start: usize, pieces: &[Piece]) -> io::Result<()> {
        const GAP: usize = 2;
        let end = self.terminal.width.unwrap_or(usize::MAX);
        let room = end.saturating_sub(start + GAP).max(MIN_TEXT);
        let mut at = start;
        for (text, style) in pieces {
            let text = cut(text, room);
            let width = GAP + columns(&text);
            if at > start && at + width > end {
                write!(out, "\n{:start$}", "")?;
                at = start;
            }
            at += width;
            write!(out, "{:GAP$}", "")?;
            self.piece(out, &(text.into(), *style))?;
        }
        writeln!(out)
    }

    fn piece(&self, out: &mut dyn Write, (text, style): &Piece) -> io::Result<()> {
        let style = self.terminal.style(*style);
        write!(out, "{style}{text}{style:#}")
    }
}

fn style_of(state: State) -> Style {
    match state {
        State::Live => AnsiColor::Green.on_default().bold(),
        State::Closed => AnsiColor::Blue.on_default(),
        State::Panicked | State::Dead => AnsiColor::Red.on_default().bold(),
        _ => NOTABLE,
    }
}

/// Returns the writer of the file.
fn facts(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    let writer = snapshot.writer();
    let command = writer.command().map(|command| escaped(command).into_owned());
    let pid = writer.pid().map(|pid| format!("pid {pid}"));
    [command, pid].into_iter().flatten()
}

fn notes(file: &File<'_>, rows: &[Row<'_>]) -> Vec<String> {
    let snapshot = file.snapshot;
    let mut notes = Vec::new();
    if let Some(interval) = &file.interval
        && !matches!(interval.show, Show::Rates)
    {
        let time = interval.elapsed.map_or("an unknown time".into(), human::duration);
        let what = if rows.is_empty() { "nothing changed" } else { "changes" };
        notes.push(format!("{what} in {time}"));
    }
    let lost = snapshot.lanes_lost();
    if lost > 0 {
        notes.push(threads_lost(lost));
    }
    if snapshot.writer().is_checkpoint() {
        let age = snapshot
            .taken()
            .elapsed()
            .map_or("the future".into(), |age| format!("{} ago", human::duration(age)));
        notes.push(format!("a checkpoint: the values of {age}, when its writer flushed"));
    } else if snapshot.state() == State::Live && is_on_disk(snapshot.path()) {
        let stall = "on a disk: the kernel may stall its writer while it writes pages back";
        notes.push(stall.into());
    }
    notes
}

/// Returns the value and its details.
fn pieces(row: &Row<'_>, snapshot: &Snapshot) -> Vec<Piece> {
    let summary = row.figure.summary();
    let mut pieces = match (&summary.headline, &summary.samples) {
        (Headline::Text(text), _) => vec![(escaped(text).into(), BOLD)],
        (Headline::Unknown(_), _) => vec![(summary.headline.to_string(), FAINT)],
        (Headline::Number(number), None) => match summary.progress.filter(|_| !row.is_change) {
            Some(work) => progress_of(row, work),
            None => self::number(row, *number),
        },
        (Headline::Number(number), Some(found)) => samples(row, number.as_f64(), found),
    };
    pieces.extend(rate(row));
    if let Some(running) = &summary.running {
        let running = cells::running(running, snapshot, SystemTime::now());
        pieces.push((format!("running: {running}"), NOTABLE));
    }
    if let Some(before) = row.before.filter(|before| before.count().is_none()) {
        pieces.push((format!("was {}", plain::value(&before.summary().headline)), FAINT));
    }
    if row.stat().is_torn() {
        pieces.push(("(torn)".into(), NOTABLE));
    }
    pieces
}

/// Returns the rate; beside the value of all samples, with the mean of the interval: `120/s × 2 ms`.
fn rate(row: &Row<'_>) -> Option<Piece> {
    let rate = human::rate(row.figure.rate()?);
    let mean = match row.figure.recent_samples() {
        Some((samples, true)) if !row.is_change => samples.mean,
        _ => None,
    };
    Some(match mean {
        Some(mean) => (format!("{rate} × {}", cells::sample(&row.figure, mean)), RATE),
        None => (rate, RATE),
    })
}

/// Returns all digits, since progress is to be exact, and a rounded number beside a long one.
fn number(row: &Row<'_>, number: Scalar) -> Vec<Piece> {
    let grows = row.is_change && row.stat().value().count().is_some_and(|count| count > 0);
    let sign = if grows { "+" } else { "" };
    let digits = match number {
        // The digits of 32 bits; those of 64 bits would be more.
        Scalar::Float(value) if f64::from(value).abs() < human::HUGE => value.to_string(),
        _ => plain::value(&Headline::Number(number)),
    };
    let mut pieces = vec![(cells::with_unit(&format!("{sign}{digits}"), &row.figure), BOLD)];
    let is_quantity = !matches!(row.figure.summary().role, Role::Constant | Role::Untyped);
    if let Some(rounded) = human::rounded(number.as_f64()).filter(|_| is_quantity) {
        pieces.push((format!("({rounded})"), FAINT));
    }
    pieces
}

/// Returns what is done, and how fast.
fn progress_of(row: &Row<'_>, work: &Work) -> Vec<Piece> {
    let done = cells::with_unit(&cells::done(work), &row.figure);
    let recent = work.recent_rate().filter(|recent| work.rate() != Some(*recent));
    let plain = [
        cells::bar_of(work, 10),
        cells::percent(work),
        cells::left(work),
        work.rate().map(human::rate),
        recent.map(|recent| format!("last minute {}", human::rate(recent))),
    ];
    let plain = plain.into_iter().flatten().map(|piece| (piece, PLAIN));
    [(done, BOLD)].into_iter().chain(plain).collect()
}

/// Returns the headline first, as in the plain format.
fn samples(row: &Row<'_>, headline: f64, samples: &Samples<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if samples.count > 0 {
        pieces.push((cells::sample(&row.figure, headline), BOLD));
        // The headline of an interval, and of an average, is the mean already.
        let mean = samples.mean.filter(|_| samples.recent_mean.is_some() && !row.is_change);
        let named = [
            ("mean", mean),
            ("p50", samples.quantile(0.5)),
            ("p99", samples.quantile(0.99)),
            // Quantiles tell more of the small samples.
            ("min", samples.min.filter(|_| !samples.has_quantiles())),
            ("max", samples.max),
        ];
        let named = named.into_iter().filter_map(|(name, sample)| Some((name, sample?)));
        pieces.extend(
            named.map(|(name, it)| (format!("{name} {}", cells::sample(&row.figure, it)), PLAIN)),
        );
    }
    pieces.push((format!("count {}", samples.count), PLAIN));
    pieces
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mmstats::{MmStats, Reader, Text, Timer};

    use super::*;
    use crate::show::terminal::Color;

    #[derive(MmStats)]
    struct Job {
        user: Text<64>,
        otherdb_timer: Timer,
        a_label_that_takes_more_than_half_of_the_line: Text<64>,
    }

    /// Returns the lines of the fields on a terminal of this width.
    fn printed(width: usize) -> String {
        let directory = tempfile::tempdir().unwrap();
        let job = Job::builder().directory(directory.path()).create().unwrap();
        job.user.set("小林 さくら, who has a long name");
        job.otherdb_timer.record(Duration::from_millis(2));
        job.a_label_that_takes_more_than_half_of_the_line.set("short");
        let snapshot = Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap();
        let mut terminal = Terminal::new(Color::Never);
        terminal.width = Some(width);
        let mut out = Vec::new();
        let fields = snapshot.stats().filter(|stat| stat.kind().is_some());
        let rows: Vec<_> = fields.map(Row::from).collect();
        Pretty { detail: Detail::default(), terminal }.rows(&mut out, 2, &snapshot, &rows).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lines_fit_the_terminal() {
        let expected = "  user           小林 さくら, who has a…
  otherdb_timer  2.0 ms  mean 2.0 ms
                 p50 2.0 ms  p99 2.0 ms
                 max 2.0 ms  count 1
  a_label_that_takes_more_than_half_of_the_line
                 short
";
        assert_eq!(printed(40), expected);
    }

    #[test]
    fn a_text_is_seen_on_the_narrowest_terminal() {
        assert!(printed(1).contains("小林 さくら, wh…\n"));
    }
}
