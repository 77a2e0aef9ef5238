//! The terminal: its width, its colours, and the escaping of text from files.

use std::borrow::Cow;
use std::io::{self, IsTerminal};

use anstream::AutoStream;
use anstyle::Style;
use clap::ValueEnum;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// When to colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// The capabilities of standard output.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    /// The width in columns; `None` without a terminal.
    pub(crate) width: Option<usize>,
    color: bool,
}

impl Terminal {
    pub(crate) fn new(color: Color) -> Self {
        Self {
            width: width(),
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
            },
        }
    }

    /// Returns the style if colours are enabled, else an empty one; both fit `{style}text{style:#}`.
    pub(crate) fn style(self, style: Style) -> Style {
        if self.color { style } else { Style::new() }
    }
}

pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(size.ws_col.into()).filter(|columns| *columns > 0)
}

/// Returns the width of the text in columns.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Cuts the text to this many columns, with `…` in place of the rest.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return text.into();
    }
    let mut used = 1; // by the `…`
    let end = text.char_indices().find(|(_, char)| {
        used += char.width().unwrap_or(0);
        used > columns
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    format!("{}…", &text[..end]).into()
}

/// Escapes control and invisible characters, as in `\u{1b}`.
///
/// A backslash is not escaped, so the original text cannot be restored.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_harmful(char) {
            escaped.extend(char.escape_default());
        } else {
            escaped.push(char);
        }
    }
    escaped.into()
}

/// Escapes a text that has several lines, except for their ends.
pub(crate) fn escaped_lines(text: &str) -> Cow<'_, str> {
    let is_harmless = |line: &str| !line.contains(is_harmful);
    if text.split('\n').all(is_harmless) {
        return text.into();
    }
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n").into()
}

/// Whether a terminal would interpret the character, or show nothing.
pub(crate) fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' // hyphenation and joining; invisible
            | '\u{200b}' | '\u{200e}' | '\u{200f}' // zero width, but not joiners; direction marks
            | '\u{2028}'..='\u{202e}' // line separators; bidi embeddings and overrides
            | '\u{2060}'..='\u{206f}' // invisible operators; bidi isolates
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // fillers
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' // byte order mark; annotations
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' // shorthand and music controls
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(escaped("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(escaped("\u{9b}2J\u{7f}\0\r\n"), "\\u{9b}2J\\u{7f}\\u{0}\\r\\n");
        assert_eq!(escaped("\u{202e}live\u{2066}\u{200b}"), "\\u{202e}live\\u{2066}\\u{200b}");
    }

    #[test]
    fn every_script_stays_as_it_is() {
        for name in [
            "Zoë",
            "Zoe\u{308}",
            "Ирина",
            "小林 さくら",
            "محمد",
            "अनुष्का",
            "🦀",
            "👩\u{200d}🔬",
            "می\u{200c}خواهم",
            "a\\b",
        ] {
            assert!(matches!(escaped(name), Cow::Borrowed(same) if same == name));
        }
    }

    #[test]
    fn cut_counts_columns() {
        assert_eq!(cut("minoru", 6), "minoru");
        assert_eq!(cut("minoru", 5), "mino…");
        assert_eq!(cut("小林さくら", 10), "小林さくら");
        assert_eq!(cut("小林さくら", 8), "小林さ…");
        assert_eq!(cut("minoru", 0), "…");
        assert_eq!(cut("", 0), "");
    }
}
