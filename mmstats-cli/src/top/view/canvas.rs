//! The screen line by line, and the styles of all text.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::show::terminal::{columns, cut};

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
pub(super) const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
pub(super) const NOTABLE: Style = Style::new().fg(Color::Yellow);
pub(super) const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);
pub(super) const TITLES: Style = Style::new().add_modifier(Modifier::BOLD).fg(Color::Cyan);

/// The part of the screen that is still empty.
pub(super) struct Canvas<'a, 'b> {
    pub(super) frame: &'a mut Frame<'b>,
    pub(super) width: usize,
    pub(super) top: u16,
    pub(super) bottom: u16,
}

impl Canvas<'_, '_> {
    /// Returns the number of empty lines.
    pub(super) fn height(&self) -> usize {
        self.bottom.saturating_sub(self.top).into()
    }

    /// Draws the next line, if there is room for it.
    pub(super) fn line(&mut self, line: impl Into<Line<'static>>) {
        if self.top < self.bottom {
            self.put(self.top, &line.into());
            self.top += 1;
        }
    }

    /// Draws the last line, if there is room for it.
    pub(super) fn last(&mut self, line: impl Into<Line<'static>>) {
        if self.top < self.bottom {
            self.bottom -= 1;
            self.put(self.bottom, &line.into());
        }
    }

    /// Draws the pieces that fit the next line, the first ones first.
    pub(super) fn pieces(&mut self, pieces: impl IntoIterator<Item = Span<'static>>) {
        const GAP: usize = 2;
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut used = 0;
        for piece in pieces.into_iter().filter(|piece| !piece.content.is_empty()) {
            let gap = if used > 0 { GAP } else { 0 };
            let room = self.width.saturating_sub(used + gap);
            if used > 0 && columns(&piece.content) > room {
                break;
            }
            spans.push(Span::raw(" ".repeat(gap)));
            let text = cut(&piece.content, room).into_owned();
            used += gap + columns(&text);
            spans.push(Span::styled(text, piece.style));
        }
        self.line(Line::from(spans));
    }

    pub(super) fn rule(&self) -> Line<'static> {
        Line::styled("─".repeat(self.width), FAINT)
    }

    fn put(&mut self, row: u16, line: &Line<'static>) {
        let area = Rect { y: row, height: 1, ..self.frame.area() };
        self.frame.render_widget(line, area);
    }
}
