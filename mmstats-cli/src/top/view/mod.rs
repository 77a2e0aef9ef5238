//! From the model to the screen. What files say is escaped on its way here.

pub(crate) mod fields;
mod help;
mod processes;
mod row;
#[cfg(test)]
mod tests;

use mmstats_core::State;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::keys;
use super::model::{Model, Screen};
use super::track::Track;
use crate::show::human;
use crate::show::terminal::{columns, cut, escaped};

const PLAIN: Style = Style::new();
const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
const NOTABLE: Style = Style::new().fg(Color::Yellow);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);
const TITLES: Style = Style::new().add_modifier(Modifier::BOLD).fg(Color::Cyan);

/// Draws everything.
pub(super) fn draw(model: &mut Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.height == 0 || area.width == 0 {
        return;
    }
    let mut canvas = Canvas { width: area.width.into(), top: 0, bottom: area.height, frame };
    if model.help {
        help::draw(&mut canvas);
        return;
    }
    footer(model, &mut canvas);
    if let Some(notice) = model.notices.first() {
        let more = match model.notices.len() {
            1 => String::new(),
            all => format!(" (and {} more)", all - 1),
        };
        canvas.last(Line::styled(format!("{}{more}", escaped(notice)), NOTABLE));
    }
    match model.screen {
        Screen::Processes => processes::draw(model, &mut canvas),
        Screen::Process(_) => fields::draw(model, &mut canvas),
    }
}

/// The part of the screen that nothing was drawn to yet.
struct Canvas<'a, 'b> {
    frame: &'a mut Frame<'b>,
    width: usize,
    top: u16,
    bottom: u16,
}

impl Canvas<'_, '_> {
    /// How many lines are left.
    fn height(&self) -> usize {
        self.bottom.saturating_sub(self.top).into()
    }

    /// Draws the next line, if there is room for it.
    fn line(&mut self, line: impl Into<Line<'static>>) {
        if self.top < self.bottom {
            self.put(self.top, &line.into());
            self.top += 1;
        }
    }

    /// Draws the last line.
    fn last(&mut self, line: impl Into<Line<'static>>) {
        if self.top < self.bottom {
            self.bottom -= 1;
            self.put(self.bottom, &line.into());
        }
    }

    fn put(&mut self, row: u16, line: &Line<'static>) {
        let area = Rect { y: row, height: 1, ..self.frame.area() };
        self.frame.render_widget(line, area);
    }
}

/// A line of pieces, of which the first ones are shown that fit.
fn pieces(pieces: Vec<Span<'static>>, width: usize) -> Line<'static> {
    const GAP: usize = 2;
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        if piece.content.is_empty() {
            continue;
        }
        let gap = if used > 0 { GAP } else { 0 };
        let room = width.saturating_sub(used + gap);
        if used > 0 && columns(&piece.content) > room {
            break;
        }
        spans.push(Span::raw(" ".repeat(gap)));
        let text = cut(&piece.content, room).into_owned();
        used += gap + columns(&text);
        spans.push(Span::styled(text, piece.style));
    }
    Line::from(spans)
}

fn style_of(state: State) -> Style {
    match state {
        State::Live => Style::new().fg(Color::Green),
        State::Closed => Style::new().fg(Color::Blue),
        State::Panicked | State::Dead => BOLD.fg(Color::Red),
        _ => NOTABLE,
    }
}

/// Which process this is.
fn heading(model: &Model, track: &Track) -> Vec<Span<'static>> {
    let age = track.age(model.now).map(|age| format!("{} old", human::duration(age)));
    vec![
        Span::styled(escaped(track.command()).into_owned(), BOLD),
        Span::raw(track.pid().map(|pid| format!("pid {pid}")).unwrap_or_default()),
        state(track),
        Span::raw(age.unwrap_or_default()),
    ]
}

fn state(track: &Track) -> Span<'static> {
    match track.state() {
        Some(state) => Span::styled(state.to_string(), style_of(state)),
        None => Span::styled("unreadable", NOTABLE),
    }
}

fn paused(model: &Model) -> Span<'static> {
    Span::styled(if model.paused { " PAUSED " } else { "" }, REVERSED.add_modifier(Modifier::BOLD))
}

fn filter(filter: &str) -> Span<'static> {
    let text = if filter.is_empty() { String::new() } else { format!("filter: {filter}") };
    Span::styled(escaped(&text).into_owned(), NOTABLE)
}

/// The keys that do something here; or what is typed into the filter.
fn footer(model: &Model, canvas: &mut Canvas<'_, '_>) {
    let (keys, filter) = match &model.screen {
        Screen::Processes => (keys::PROCESSES, &model.filter),
        Screen::Process(fields) => (keys::PROCESS, &fields.filter),
    };
    let mut spans = Vec::new();
    let mut used = 0;
    if model.editing {
        // Its end is what is seen of one that is too long.
        let mut shown = escaped(filter).into_owned();
        while columns(&shown) + 2 > canvas.width && !shown.is_empty() {
            shown.remove(0);
        }
        let prompt = format!("/{shown}");
        used = columns(&prompt) + 3;
        let cursor = u16::try_from(columns(&prompt)).unwrap_or(0);
        let row = canvas.bottom.saturating_sub(1);
        canvas.frame.set_cursor_position((cursor.min(canvas.frame.area().width - 1), row));
        spans.push(Span::raw(format!("{prompt}   ")));
    }
    for (key, action) in if model.editing { keys::FILTER } else { keys } {
        let width = columns(key) + 1 + columns(action) + 2;
        if used + width > canvas.width + 2 {
            break;
        }
        used += width;
        spans.push(Span::styled((*key).to_owned(), REVERSED));
        spans.push(Span::raw(format!(" {action}  ")));
    }
    canvas.last(Line::from(spans));
}
