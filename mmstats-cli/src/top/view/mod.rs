//! Draws the model. Text from files is escaped here.

mod canvas;
mod heading;
mod help;
mod process;
mod processes;
mod table;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::keys;
use super::model::{Model, Screen};
use crate::show::terminal::{columns, escaped};
use canvas::{Canvas, NOTABLE, REVERSED};

/// Draws the whole screen.
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
        Screen::Process(_) => process::draw(model, &mut canvas),
    }
}

/// Draws the keys that have a function here, or the filter that is being typed.
fn footer(model: &Model, canvas: &mut Canvas<'_, '_>) {
    let (keys, filter) = match &model.screen {
        Screen::Processes => (keys::PROCESSES, &model.filter),
        Screen::Process(fields) => (keys::PROCESS, &fields.filter),
    };
    let mut spans = Vec::new();
    let mut used = 0;
    if model.editing {
        // Shows the end of a filter that is too long.
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
