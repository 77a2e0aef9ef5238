#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The longest text of a statistic's labels, in bytes.
pub(crate) const MAX_LABELS: usize = 1024;

/// The name and the labels of a statistic, which together identify it within a file.
///
/// Borrowed from its canonical text, `name{key="value",…}`: the labels are sorted by key, no key
/// occurs twice, `\`, `"` and line feeds in values are escaped as `\\`, `\"` and `\n`, and there
/// are no braces without labels. Keys compare by this text.
///
/// # Examples
/// ```
/// use mmstats::Key;
///
/// let key = Key::new(r#"web.requests{method="get",status="ok"}"#);
/// assert_eq!(key.name(), "web.requests");
/// assert_eq!(key.label("status").as_deref(), Some("ok"));
/// assert_eq!(key.labels().count(), 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a> {
    text: &'a str,
    name_len: usize,
}

impl<'a> Key<'a> {
    /// Takes a text apart. Text that is not the canonical text of a key is a name without labels.
    ///
    /// To accept labels in any order, parse a [`KeyBuf`].
    ///
    /// # Examples
    /// ```
    /// use mmstats::Key;
    ///
    /// let text = r#"disk{1}{device="sda"}"#;
    /// assert_eq!(Key::new(text).name(), "disk{1}");
    /// assert_eq!(Key::new("disk{1}").name(), "disk{1}");
    /// ```
    pub fn new(text: &'a str) -> Self {
        let canonical =
            |name_len: &usize| check_labels(&text[name_len + 1..text.len() - 1]).is_ok();
        let name_len = braces(text).find(canonical).unwrap_or(text.len());
        Self { text, name_len }
    }

    /// A canonical text, of which the first `name_len` bytes are the name.
    pub(crate) fn from_parts(text: &'a str, name_len: usize) -> Self {
        Self { text, name_len }
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Returns the name, without the labels.
    pub fn name(&self) -> &'a str {
        &self.text[..self.name_len]
    }

    /// Returns the labels, sorted by key.
    ///
    /// # Examples
    /// ```
    /// use mmstats::Key;
    ///
    /// let key = Key::new(r#"jobs{queue="\"night\"",shard="3"}"#);
    /// let labels: Vec<_> = key.labels().collect();
    /// assert_eq!(labels, [("queue", r#""night""#.into()), ("shard", "3".into())]);
    /// ```
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + Clone + use<'a> {
        let labels = self.text.get(self.name_len + 1..).unwrap_or("");
        let mut rest = labels.strip_suffix('}').unwrap_or(labels);
        std::iter::from_fn(move || {
            let (label, after) = Label::parse(rest).ok()?;
            rest = after.strip_prefix(',').unwrap_or(after);
            Some((label.key, unescaped(label.value)))
        })
    }

    /// Returns the value of the label with this key.
    pub fn label(&self, key: &str) -> Option<Cow<'a, str>> {
        self.labels().find(|(found, _)| *found == key).map(|(_, value)| value)
    }
}

impl AsRef<str> for Key<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

/// An owned [`Key`].
///
/// # Examples
/// ```
/// use mmstats::KeyBuf;
///
/// let key = KeyBuf::new("web.requests").with("status", "ok").with("method", "get");
/// assert_eq!(key.to_string(), r#"web.requests{method="get",status="ok"}"#);
///
/// // As people write it: labels in any order.
/// assert_eq!(key, KeyBuf::from(r#"web.requests{status="ok", method="get"}"#));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyBuf {
    /// Canonical.
    text: String,
    name_len: usize,
}

impl KeyBuf {
    /// Makes a key of a name, which may have labels after it already.
    ///
    /// Labels may be in any order, with blanks around them. Text with braces that do not hold
    /// labels is a name, like any other.
    ///
    /// # Examples
    /// ```
    /// use mmstats::KeyBuf;
    ///
    /// assert_eq!(KeyBuf::new("jobs").as_str(), "jobs");
    /// assert_eq!(KeyBuf::new(r#"jobs{b="2",a="1"}"#).as_str(), r#"jobs{a="1",b="2"}"#);
    /// assert_eq!(KeyBuf::new("jobs{").as_key().name(), "jobs{");
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        let text = name.into();
        for name_len in braces(&text) {
            if let Some(labels) = parsed(&text[name_len + 1..text.len() - 1]) {
                return Self::of(&text[..name_len], &labels);
            }
        }
        Self::named(text)
    }

    /// All of the text is the name.
    pub(crate) fn named(name: String) -> Self {
        Self { name_len: name.len(), text: name }
    }

    /// Adds a label, or replaces the one with the same key.
    ///
    /// A character that a label's key cannot have (a blank, a control character, or one of
    /// `{`, `}`, `=`, `,`, `"`, `\`) becomes `_`.
    ///
    /// # Examples
    /// ```
    /// use mmstats::KeyBuf;
    ///
    /// let key = KeyBuf::new("hits").with("shard", "3").with("the page", "a \"b\"");
    /// assert_eq!(key.as_str(), r#"hits{shard="3",the_page="a \"b\""}"#);
    /// ```
    #[must_use]
    pub fn with(self, key: &str, value: impl AsRef<str>) -> Self {
        let fit = |char| if is_key_char(char) { char } else { '_' };
        let key: String = if key.is_empty() { "_".into() } else { key.chars().map(fit).collect() };
        let mut labels: Vec<_> = self.as_key().labels().filter(|(old, _)| *old != key).collect();
        labels.push((&key, value.as_ref().into()));
        labels.sort_unstable();
        Self::of(&self.text[..self.name_len], &labels)
    }

    /// Returns the key, borrowed.
    pub fn as_key(&self) -> Key<'_> {
        Key { text: &self.text, name_len: self.name_len }
    }

    /// Returns the canonical text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// With labels that are sorted, and whose keys differ.
    fn of(name: &str, labels: &[(&str, Cow<'_, str>)]) -> Self {
        let mut text = name.to_owned();
        for (index, (key, value)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            text.push_str(key);
            text.push_str("=\"");
            for char in value.chars() {
                match char {
                    '\\' => text.push_str(r"\\"),
                    '"' => text.push_str(r#"\""#),
                    '\n' => text.push_str(r"\n"),
                    char => text.push(char),
                }
            }
            text.push('"');
        }
        if !labels.is_empty() {
            text.push('}');
        }
        Self { text, name_len: name.len() }
    }
}

impl FromStr for KeyBuf {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl From<&str> for KeyBuf {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Key<'_>> for KeyBuf {
    fn from(key: Key<'_>) -> Self {
        Self { text: key.text.to_owned(), name_len: key.name_len }
    }
}

impl AsRef<str> for KeyBuf {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for KeyBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for KeyBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// A label as it is written, its value still escaped.
struct Label<'a> {
    key: &'a str,
    value: &'a str,
}

/// Where labels are not as they should be, and what was expected there.
pub(crate) type Malformed = (usize, &'static str);

impl<'a> Label<'a> {
    /// Parses the label at the start of a text, and returns what follows it.
    fn parse(text: &'a str) -> Result<(Self, &'a str), Malformed> {
        let key_len = text.find(|char| !is_key_char(char)).unwrap_or(text.len());
        if key_len == 0 {
            return Err((0, "the key of a label"));
        }
        let (key, rest) = text.split_at(key_len);
        let start = key_len + 2;
        let Some(rest) = rest.strip_prefix("=\"") else {
            return Err((key_len, "`=\"` after the key of a label"));
        };
        let mut chars = rest.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => return Ok((Self { key, value: &rest[..at] }, &rest[at + 1..])),
                '\n' => return Err((start + at, "`\\n` for a line feed")),
                '\\' if !matches!(chars.next(), Some((_, '\\' | '"' | 'n'))) => {
                    return Err((start + at, "`\\\\`, `\\\"` or `\\n`"));
                }
                _ => {}
            }
        }
        Err((text.len(), "`\"` after the value of a label"))
    }
}

/// Checks that the text between a key's braces is canonical.
pub(crate) fn check_labels(labels: &str) -> Result<(), Malformed> {
    let (mut rest, mut before) = (labels, "");
    loop {
        let at = labels.len() - rest.len();
        let (label, after) = Label::parse(rest).map_err(|(more, what)| (at + more, what))?;
        if label.key <= before {
            return Err((at, "labels sorted by key, each key once"));
        }
        before = label.key;
        if after.is_empty() {
            return Ok(());
        }
        let comma = (labels.len() - after.len(), "`,` between two labels");
        rest = after.strip_prefix(',').ok_or(comma)?;
    }
}

/// Labels as people write them, sorted; `None` if the text is something else.
fn parsed(text: &str) -> Option<Vec<(&str, Cow<'_, str>)>> {
    let mut labels = Vec::new();
    let mut rest = text.trim();
    loop {
        let (label, after) = Label::parse(rest).ok()?;
        labels.push((label.key, unescaped(label.value)));
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
    labels.sort_unstable();
    let differ = labels.windows(2).all(|pair| pair[0].0 != pair[1].0);
    differ.then_some(labels)
}

/// Returns where labels may begin, in a text that ends as labels do.
fn braces(text: &str) -> impl Iterator<Item = usize> {
    let text = if text.ends_with('}') { text } else { "" };
    text.match_indices('{').map(|(at, _)| at).filter(|at| *at > 0)
}

fn is_key_char(char: char) -> bool {
    !matches!(char, '{' | '}' | '=' | ',' | '"' | '\\')
        && !char.is_whitespace()
        && !char.is_control()
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return value.into();
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        text.push(match char {
            '\\' => {
                chars.next().map_or('\\', |escaped| if escaped == 'n' { '\n' } else { escaped })
            }
            char => char,
        });
    }
    text.into()
}
