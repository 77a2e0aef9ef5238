//! The keys, and their descriptions.

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
    /// Returns the keys of an event: none if it has no function here, or was released.
    pub(super) fn of(event: KeyEvent) -> impl Iterator<Item = Self> {
        let is_pressed = event.kind != KeyEventKind::Release;
        // A key right after an escape looks like the key together with Alt.
        let follows_escape = is_pressed && event.modifiers.contains(KeyModifiers::ALT);
        let escape = follows_escape.then_some(Self::Escape);
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

/// The footer, the most important keys first: a narrow terminal shows only some.
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

/// The footer of the screen of one process.
pub(super) const PROCESS: &[(&str, &str)] = &[
    ("q", "quit"),
    ("?", "help"),
    ("Esc", "back"),
    ("↑↓", "move"),
    ("l", "threads"),
    ("/", "filter"),
    ("space", "pause"),
];

/// The footer while a filter is typed.
pub(super) const FILTER: &[(&str, &str)] =
    &[("Enter", "keep"), ("Esc", "clear"), ("↑↓", "move"), ("Ctrl-C", "quit")];

/// The help.
pub(super) const HELP: &[(&str, &str)] = &[
    ("↑ ↓  k j", "one row up, down"),
    ("PgUp PgDn", "one page up, down"),
    ("Home End", "to the first row, to the last"),
    ("Enter", "all fields of the selected process"),
    ("Esc", "clear the filter, or go back"),
    ("/", "filter as you type: processes by command, pid, path or key; fields by key"),
    ("s  r", "sort by the next column; reverse the order"),
    ("l", "show and hide the share of each thread"),
    ("d", "hide and show processes that ended"),
    ("space", "pause: keep the screen as it is"),
    ("q  Ctrl-C", "quit"),
];

/// The meaning of the columns.
pub(super) const LEGEND: &[(&str, &str)] = &[
    ("RATE/S", "increase per second in the last interval"),
    ("MEAN P50 P99", "of the last interval; faint: of all, if the interval has no samples"),
    ("HISTORY", "one column per tick: rates from zero, gauges from their minimum"),
    ("done", "counter with a constant `total`: progress and time left"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(code: KeyCode, modifiers: KeyModifiers) -> Vec<Key> {
        Key::of(KeyEvent::new(code, modifiers)).collect()
    }

    #[test]
    fn keys_are_recognized() {
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
