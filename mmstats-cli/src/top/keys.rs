//! Keys: which there are, and what people are told of them.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    Backspace,
    Char(char),
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
}

impl Key {
    /// The keys of an event: none if it has no meaning here, or was released.
    pub(super) fn of(event: KeyEvent) -> impl Iterator<Item = Self> {
        let is_pressed = event.kind != KeyEventKind::Release;
        // What comes right behind an escape looks like a key that is pressed with Alt.
        let is_behind = is_pressed && event.modifiers.contains(KeyModifiers::ALT);
        let escape = is_behind.then_some(Self::Escape);
        escape.into_iter().chain(is_pressed.then(|| Self::parse(event)).flatten())
    }

    fn parse(event: KeyEvent) -> Option<Self> {
        if event.modifiers.contains(KeyModifiers::CONTROL) {
            return match event.code {
                KeyCode::Char('c') => Some(Self::Interrupt),
                KeyCode::Char('z') => Some(Self::Suspend),
                KeyCode::Char('h') => Some(Self::Backspace),
                KeyCode::Char('b') => Some(Self::PageUp),
                KeyCode::Char('f') => Some(Self::PageDown),
                _ => None,
            };
        }
        Some(match event.code {
            KeyCode::Up => Self::Up,
            KeyCode::Down => Self::Down,
            KeyCode::Left => Self::Left,
            KeyCode::Right => Self::Right,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            KeyCode::Enter => Self::Enter,
            KeyCode::Esc => Self::Escape,
            KeyCode::Backspace => Self::Backspace,
            KeyCode::Char(char) => Self::Char(char),
            _ => return None,
        })
    }
}

/// In the footer, most important first, since a narrow terminal shows only the first of them.
pub(super) const PROCESSES: &[(&str, &str)] = &[
    ("q", "quit"),
    ("?", "help"),
    ("↑↓", "move"),
    ("Enter", "fields"),
    ("/", "filter"),
    ("s", "sort"),
    ("r", "reverse"),
    ("space", "pause"),
    ("d", "ended"),
    ("l", "threads"),
];

/// The same for the screen of one process.
pub(super) const PROCESS: &[(&str, &str)] = &[
    ("q", "quit"),
    ("?", "help"),
    ("Esc", "back"),
    ("↑↓", "move"),
    ("l", "threads"),
    ("/", "filter"),
    ("space", "pause"),
];

/// While a filter is typed.
pub(super) const FILTER: &[(&str, &str)] =
    &[("Enter", "keep"), ("Esc", "clear"), ("↑↓", "move"), ("Ctrl-C", "quit")];

/// All of them.
pub(super) const HELP: &[(&str, &str)] = &[
    ("↑ ↓  k j", "one row up, down"),
    ("PgUp PgDn", "one page up, down"),
    ("Home End", "to the first row, to the last"),
    ("Enter", "all fields of the selected process"),
    ("Esc", "back; where there is a filter: clear it"),
    ("/", "filter as you type: processes by command, pid, path or label; fields by label"),
    ("s  r", "sort by the next column; reverse the order"),
    ("l", "each thread's part of the fields"),
    ("d", "hide and show processes that ended"),
    ("space", "pause: the screen stands still"),
    ("q  Ctrl-C", "quit"),
];

/// What the columns mean.
pub(super) const LEGEND: &[(&str, &str)] = &[
    ("RATE/S", "what was added in the last interval, a second"),
    ("MEAN P50 P99", "of the last interval; faint: of all, where nothing ended in it"),
    ("HISTORY", "a tick a column: rates from zero, gauges between their least and most"),
    ("done", "with a constant `total` beside it: how far, and when it will be done"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(code: KeyCode, modifiers: KeyModifiers) -> Vec<Key> {
        Key::of(KeyEvent::new(code, modifiers)).collect()
    }

    #[test]
    fn keys_are_what_they_are() {
        let none = KeyModifiers::NONE;
        assert_eq!(keys(KeyCode::Char('G'), KeyModifiers::SHIFT), [Key::Char('G')]);
        assert_eq!(keys(KeyCode::Char('c'), KeyModifiers::CONTROL), [Key::Interrupt]);
        assert_eq!(keys(KeyCode::Char('x'), KeyModifiers::CONTROL), []);
        assert_eq!(keys(KeyCode::F(1), none), []);
        let released = KeyEvent::new_with_kind(KeyCode::Enter, none, KeyEventKind::Release);
        assert_eq!(Key::of(released).count(), 0);
    }

    #[test]
    fn an_escape_is_seen_however_fast_the_next_key_comes() {
        assert_eq!(keys(KeyCode::Down, KeyModifiers::ALT), [Key::Escape, Key::Down]);
    }
}
