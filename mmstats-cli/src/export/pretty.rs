//! For people at a terminal: units, percentiles, colours, and what became of the writer.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use mmstats_core::{Kind, Scalar, Snapshot, Stat, State, Timing, Value};

use super::plain::{self, scalar, unknown};
use super::{Detail, Export, File, Row, Show, label_column};
use crate::files::disk::is_on_disk;
use crate::show::human;
use crate::show::terminal::{Terminal, columns, cut, escaped};

pub(super) struct Pretty {
    pub(super) detail: Detail,
    pub(super) terminal: Terminal,
}

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RATE: Style = AnsiColor::Cyan.on_default();
const NOTABLE: Style = AnsiColor::Yellow.on_default();

/// Where there is no terminal that says how wide it is.
const WIDEST_LABEL: usize = 255;

/// However long the labels, a text gets so many columns.
const MIN_TEXT: usize = 16;

impl Export for Pretty {
    fn file(&mut self, out: &mut dyn Write, file: &File<'_>) -> io::Result<()> {
        let snapshot = file.snapshot;
        let path = snapshot.path().to_string_lossy();
        write!(out, "==> ")?;
        self.piece(out, &(escaped(&path).into(), BOLD))?;
        write!(out, "  ")?;
        self.piece(out, &(snapshot.state().to_string(), style_of(snapshot.state())))?;
        for fact in facts(snapshot) {
            write!(out, ", {fact}")?;
        }
        writeln!(out)?;
        let rows = file.rows();
        for note in notes(file, &rows) {
            write!(out, "    ")?;
            self.piece(out, &(note, NOTABLE))?;
            writeln!(out)?;
        }
        self.rows(out, 2, snapshot.state(), &rows)?;
        for lane in snapshot.lanes().iter().filter(|_| self.detail.lanes) {
            let free = if lane.is_claimed() { "" } else { ", whose thread ended" };
            writeln!(out, "  lane {}{free}", lane.tid())?;
            let rows: Vec<_> = lane.stats().map(Row::from).collect();
            self.rows(out, 4, snapshot.state(), &rows)?;
        }
        writeln!(out)
    }
}

/// A part of a line that is not broken in two.
type Piece = (String, Style);

impl Pretty {
    fn rows(
        &self,
        out: &mut dyn Write,
        indent: usize,
        writer: State,
        rows: &[Row<'_>],
    ) -> io::Result<()> {
        let widths = rows.iter().map(|row| columns(&escaped(row.stat.label())));
        // Half of each line is for values; labels that are wider have theirs below.
        let widest = self.terminal.width.map_or(WIDEST_LABEL, |width| width / 2);
        let column = label_column(widths, widest);
        for row in rows {
            let label = escaped(row.stat.label());
            write!(out, "{:indent$}{label}", "")?;
            match column.checked_sub(columns(&label)) {
                Some(padding) => write!(out, "{:padding$}", "")?,
                None => write!(out, "\n{:indent$}{:column$}", "", "")?,
            }
            self.pieces(out, indent + column, &pieces(row, writer))?;
            for line in row.stat.help().lines().filter(|_| self.detail.help) {
                write!(out, "{:1$}", "", indent + column + 2)?;
                self.piece(out, &(escaped(line).into(), FAINT))?;
                writeln!(out)?;
            }
        }
        Ok(())
    }

    /// The rest of a line from `start` on; what does not fit goes below.
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

/// Who writes the file, and since when.
fn facts(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    let writer = snapshot.writer();
    let command = writer.command.as_deref().map(|command| escaped(command).into_owned());
    let pid = writer.pid.map(|pid| format!("pid {pid}"));
    let age = snapshot.age().map(|age| format!("{} old", human::duration(age)));
    [command, pid, age].into_iter().flatten()
}

fn notes(file: &File<'_>, rows: &[Row<'_>]) -> Vec<String> {
    let snapshot = file.snapshot;
    let mut notes = Vec::new();
    if let Some(interval) = &file.interval
        && !matches!(interval.show, Show::Rates)
    {
        let time = interval.elapsed.map_or("an unknown time".into(), human::duration);
        let what = if rows.is_empty() { "nothing changed" } else { "what changed" };
        notes.push(format!("{what} in {time}"));
    }
    let lost = snapshot.lanes_lost();
    if lost > 0 {
        notes.push(format!("{lost} threads are missing: the file could not be extended"));
    }
    if snapshot.writer().checkpoint {
        let age = snapshot
            .taken()
            .elapsed()
            .map_or("the future".into(), |age| format!("{} ago", human::duration(age)));
        notes.push(format!("a checkpoint: what was {age}, when its writer flushed"));
    } else if snapshot.state() == State::Live && is_on_disk(snapshot.path()) {
        let stall = "on a disk: the kernel may stall its writer while it writes pages back";
        notes.push(stall.into());
    }
    notes
}

/// The value, and what is known beside it.
fn pieces(row: &Row<'_>, state: State) -> Vec<Piece> {
    let stat = &row.stat;
    let mut pieces = match stat.value() {
        Value::Counter(count) => number(row, Scalar::Unsigned(*count)),
        Value::UpDown(count) => number(row, Scalar::Signed(*count)),
        Value::Number(scalar) => number(row, *scalar),
        Value::Text(text) => vec![(escaped(text).into(), BOLD)],
        Value::Average(mean) => vec![
            (with_unit(human::mean(mean.mean()), stat), BOLD),
            (format!("count {}", mean.count), PLAIN),
        ],
        Value::MovingAverage(window) => vec![
            (with_unit(human::mean(window.mean()), stat), BOLD),
            (format!("count {}", window.count), PLAIN),
        ],
        Value::Timer(timing) => times(timing, row, state),
        Value::Unknown { kind } => vec![(unknown(*kind), FAINT)],
        other => vec![(format!("{other:?}"), FAINT)],
    };
    if !matches!(stat.value(), Value::Timer(_)) {
        pieces.extend(rate(row));
    }
    if let Some(before) = row.before.filter(|before| before.count().is_none()) {
        pieces.push((format!("was {}", plain::value(before)), FAINT));
    }
    if stat.is_torn() {
        pieces.push(("(torn)".into(), NOTABLE));
    }
    pieces
}

/// `120/s`; beside the value of all, the mean of those that came.
fn rate(row: &Row<'_>) -> Option<Piece> {
    let (count, elapsed) = row.rate?;
    let rate = human::rate(count, elapsed)?;
    let mean = match row.beside {
        Some(Value::Timer(timing)) if timing.count() > 0 => human::duration(timing.mean()),
        Some(Value::Average(mean)) if mean.count > 0 => {
            with_unit(human::mean(mean.mean()), &row.stat)
        }
        _ => return Some((rate, RATE)),
    };
    Some((format!("{rate} × {mean}"), RATE))
}

/// Formats a number exactly, and if it is long and a quantity, also rounded.
fn number(row: &Row<'_>, number: Scalar) -> Vec<Piece> {
    let stat = &row.stat;
    let digits = match number {
        count if row.is_change && stat.value().count().is_some_and(|count| count > 0) => {
            format!("+{}", scalar(count))
        }
        // The digits of 32 bits; those of 64 bits would be more.
        Scalar::Float(value) if f64::from(value).abs() < human::HUGE => value.to_string(),
        other => scalar(other),
    };
    let mut pieces = vec![(with_unit(digits, stat), BOLD)];
    let quantity = stat.kind().is_some_and(|kind| kind != Kind::Constant);
    if let Some(rounded) = human::rounded(number.as_f64()).filter(|_| quantity) {
        pieces.push((format!("({rounded})"), FAINT));
    }
    pieces
}

fn with_unit(number: String, stat: &Stat<'_>) -> String {
    match stat.unit() {
        "" => number,
        unit => format!("{number} {}", escaped(unit)),
    }
}

/// The moving average first, as in the plain format.
fn times(timing: &Timing, row: &Row<'_>, state: State) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if timing.count() > 0 {
        pieces.push((human::duration(timing.moving_average()), BOLD));
        let named = [
            ("mean", timing.mean()),
            ("p50", timing.quantile(0.5)),
            ("p99", timing.quantile(0.99)),
            ("max", timing.max()),
        ];
        let named = named.map(|(name, time)| (format!("{name} {}", human::duration(time)), PLAIN));
        // Of an interval, there is no other mean than that which stands first.
        pieces.extend(named.into_iter().skip(usize::from(row.is_change)));
    }
    pieces.push((format!("count {}", timing.count()), PLAIN));
    pieces.extend(rate(row));
    if let Some(age) = timing.running_for() {
        let (running, age) = (timing.running(), human::duration(age));
        let running = match state {
            // When it died is not known: only when this began.
            State::Dead => format!("running: {running} when it died, begun {age} ago"),
            _ => format!("running: {running}, for {age}"),
        };
        pieces.push((running, NOTABLE));
    }
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

    /// What is printed of the fields on a terminal of this width.
    fn printed(width: usize) -> String {
        let directory = tempfile::tempdir().unwrap();
        let job = Job::builder().path(directory.path()).create().unwrap();
        job.user.set("小林 さくら, who has a long name");
        job.otherdb_timer.record(Duration::from_millis(2));
        job.a_label_that_takes_more_than_half_of_the_line.set("short");
        let snapshot = Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap();
        let mut terminal = Terminal::new(Color::Never);
        terminal.width = Some(width);
        let mut out = Vec::new();
        let fields = snapshot.stats().filter(|stat| stat.kind().is_some());
        let rows: Vec<_> = fields.map(Row::from).collect();
        Pretty { detail: Detail::default(), terminal }
            .rows(&mut out, 2, State::Live, &rows)
            .unwrap();
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
