#![forbid(unsafe_code)]
//! The tree that describes a struct. The derive builds it in const, so that a mistake is a compile
//! error at the token that makes it.

use super::{Attributes, Merge, Shape};

/// The longest name of a statistic, its prefixes included, in bytes.
pub(crate) const MAX_NAME: usize = 1024;

/// The longest name of a unit, in bytes.
pub(crate) const MAX_UNIT: usize = 63;

/// The names under which a file's header appears among the statistics.
pub const HEADER_FACTS: [&str; 5] = ["sys.pid", "sys.tid", "sys.uid", "sys.gid", "sys.created"];

/// The statistics in a field.
#[derive(Debug)]
pub enum Content {
    /// A single statistic.
    Statistic {
        /// How a file describes it.
        shape: Shape,
        /// What its field can set.
        attributes: Attributes,
        /// How many bytes it takes.
        size: usize,
    },
    /// A struct: its fields in order, in several parts.
    Group(&'static [&'static [Node]]),
    /// An array.
    Array {
        /// How many items it has.
        len: usize,
        /// How many bytes each takes.
        stride: usize,
        /// One of them.
        item: &'static Content,
    },
}

/// A field of a struct.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) unit: &'static str,
    pub(super) merge: Option<Merge>,
    /// The label key, if it is an array.
    pub(super) key: &'static str,
    pub(super) flatten: bool,
    pub(super) offset: usize,
    pub(super) content: &'static Content,
}

impl Node {
    /// The label key of an array that has none of its own.
    pub(super) const INDEX: &'static str = "index";

    /// Describes a field, whose name is an identifier, `offset` bytes into its struct.
    #[must_use]
    pub const fn new(name: &'static str, offset: usize, content: &'static Content) -> Self {
        let (help, unit) = ("", "");
        Self { name, help, unit, merge: None, key: Self::INDEX, flatten: false, offset, content }
    }

    /// Sets the help text.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Sets the unit.
    ///
    /// # Panics
    /// If the field has no unit, or this is not a valid name of one.
    #[must_use]
    #[track_caller]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        match self.content.item() {
            Content::Statistic { attributes, .. } => attributes.unit.check(),
            _ => {
                panic!("`unit` has no meaning for a struct: write it above the struct's own fields")
            }
        }
        assert!(!unit.is_empty(), "a unit cannot be empty: leave `unit` out");
        assert!(unit.len() <= MAX_UNIT, "a unit has at most 63 bytes");
        assert!(!has_control(unit), "a unit cannot hold a control character");
        self.unit = unit;
        self
    }

    /// Sets how lanes are merged.
    ///
    /// # Panics
    /// If the field is not a gauge.
    #[must_use]
    #[track_caller]
    pub const fn merge(mut self, merge: Merge) -> Self {
        match self.content.item() {
            Content::Statistic { attributes, .. } => attributes.merge.check(),
            _ => panic!("`merge` has a meaning for a `Gauge` only"),
        }
        self.merge = Some(merge);
        self
    }

    /// Sets the key of the label that distinguishes the items of an array.
    ///
    /// # Panics
    /// If the field is not an array, or a label cannot have this key.
    #[must_use]
    #[track_caller]
    pub const fn key(mut self, key: &'static str) -> Self {
        assert!(
            matches!(self.content, Content::Array { .. }),
            "`key` has a meaning for an array only: it names the label that distinguishes the items"
        );
        assert!(!key.is_empty(), "a label's key cannot be empty");
        assert!(!has_control(key), "a label's key cannot hold a control character");
        let (taken, mut index) = (b" {}=,\"\\", 0);
        while index < taken.len() {
            assert!(
                !has_byte(key, taken[index]),
                "a label's key cannot hold a blank, a brace, `=`, `,`, `\"` or `\\`"
            );
            index += 1;
        }
        self.key = key;
        self
    }

    /// Sets another name.
    ///
    /// # Panics
    /// If a statistic cannot have this name.
    #[must_use]
    #[track_caller]
    pub const fn named(mut self, name: &'static str) -> Self {
        assert!(
            !name.is_empty(),
            "a name cannot be empty: leave `name` out to take the field's own"
        );
        let (facts, mut fact): (&[&str], _) = (&HEADER_FACTS, 0);
        while fact < facts.len() {
            assert!(
                facts[fact].len() != name.len() || !equal(facts[fact], name),
                "every file has a statistic of this name: choose another one"
            );
            fact += 1;
        }
        check_name(name);
        self.name = name;
        self
    }

    /// Replaces the field's name by a prefix of the names in it.
    ///
    /// # Panics
    /// If the field is not a struct, or names cannot begin with this prefix.
    #[must_use]
    #[track_caller]
    pub const fn flattened(mut self, prefix: &'static str) -> Self {
        assert!(
            matches!(self.content.item(), Content::Group(_)),
            "`flatten` has a meaning for a struct of statistics only"
        );
        check_name(prefix);
        self.name = prefix;
        self.flatten = true;
        self
    }

    /// Checks a field that has all its attributes.
    ///
    /// # Panics
    /// If it is an array in which an array has the same label key.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        if let Content::Array { item, .. } = self.content {
            assert!(
                !item.has_key(Node::INDEX, self.key),
                "an array in an array needs another label key than the outer one: write `#[mmstats(key = \"…\")]` above one of them"
            );
        }
        self
    }
}

impl Content {
    /// The content of the innermost items, if it is an array.
    pub(super) const fn item(&self) -> &Self {
        match self {
            Self::Array { item, .. } => item.item(),
            _ => self,
        }
    }

    /// Whether an array in it has this label key; `own` is that of the content itself.
    const fn has_key(&self, own: &str, key: &str) -> bool {
        match self {
            Self::Statistic { .. } => false,
            Self::Array { item, .. } => equal(own, key) || item.has_key(Node::INDEX, key),
            Self::Group(parts) => {
                let mut part = 0;
                while part < parts.len() {
                    let mut index = 0;
                    while index < parts[part].len() {
                        let node = &parts[part][index];
                        if node.content.has_key(node.key, key) {
                            return true;
                        }
                        index += 1;
                    }
                    part += 1;
                }
                false
            }
        }
    }
}

#[track_caller]
const fn check_name(name: &str) {
    assert!(name.len() <= MAX_NAME, "a name has at most 1,024 bytes, its prefixes included");
    assert!(!has_control(name), "a name cannot hold a control character");
    assert!(!has_byte(name, b'{'), "a name cannot hold `{{`, which starts labels");
}

/// As [`char::is_control`], which is not const for texts.
const fn has_control(text: &str) -> bool {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        if byte < b' ' || byte == 0x7f || (byte == 0xc2 && bytes[at + 1] < 0xa0) {
            return true;
        }
        at += 1;
    }
    false
}

const fn has_byte(text: &str, byte: u8) -> bool {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while at < bytes.len() && bytes[at] != byte {
        at += 1;
    }
    at < bytes.len()
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b, mut at) = (a.as_bytes(), b.as_bytes(), 0);
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}
