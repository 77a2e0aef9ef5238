#![forbid(unsafe_code)]
//! The tree that describes a struct. The derive builds it in const, so that a mistake is a compile
//! error at the token that makes it.

use super::label::{Dimension, LabelValues};
use super::{Attributes, Merge, Shape};

/// The longest name of a statistic, its prefixes included, in bytes.
pub(crate) const MAX_NAME: usize = 1024;

/// More members than this need `#[mmstats(large)]`.
const MANY: usize = 1024;

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
    Struct(&'static [&'static [Node]]),
    /// A struct that is written under one lock, a word that it begins with.
    Group {
        /// Where the struct begins.
        offset: usize,
        /// The struct.
        item: &'static Content,
    },
    /// Members that labels distinguish whose values are known at run time.
    Dynamic {
        /// How a file describes it.
        shape: Shape,
        /// The number of labels.
        labels: usize,
        /// How many bytes it takes.
        size: usize,
        /// Where the member is that stands for all labels without one. The others follow.
        other: usize,
        /// One of them.
        item: &'static Content,
    },
    /// Bytes for statistics that are declared at run time.
    RunTime {
        /// How many.
        size: usize,
    },
    /// Members that labels distinguish, one behind the other: an array, or a family. The last label
    /// changes first.
    Members {
        /// The labels.
        dimensions: &'static [Dimension],
        /// How many bytes each member takes.
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
    /// Keys in place of those of the dimensions, with commas between them.
    pub(super) key: Option<&'static str>,
    pub(super) flatten: bool,
    large: bool,
    pub(super) offset: usize,
    pub(super) content: &'static Content,
}

impl Node {
    /// Describes a field, whose name is an identifier, `offset` bytes into its struct.
    #[must_use]
    pub const fn new(name: &'static str, offset: usize, content: &'static Content) -> Self {
        let (help, unit) = ("", "");
        let (merge, key, flatten, large) = (None, None, false, false);
        Self { name, help, unit, merge, key, flatten, large, offset, content }
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

    /// Sets the keys of the labels that distinguish the items of an array, or the members of a family.
    ///
    /// # Panics
    /// If the field is none of these, has another number of labels, or a label cannot have this key.
    #[must_use]
    #[track_caller]
    pub const fn key(mut self, key: &'static str) -> Self {
        let labels = match self.content {
            Content::Members { dimensions, .. } => dimensions.len(),
            Content::Dynamic { labels, .. } => *labels,
            _ => panic!(
                "`key` has a meaning for an array or a family only: it names the label that distinguishes the items"
            ),
        };
        let mut number = 0;
        while number < labels {
            check_key(part(key, number));
            number += 1;
        }
        assert!(
            part(key, number).is_empty(),
            "`key` names more labels than there are: a key cannot hold `,`, which separates them"
        );
        self.key = Some(key);
        self
    }

    /// Allows for many members.
    ///
    /// # Panics
    /// If the field is not a family.
    #[must_use]
    #[track_caller]
    pub const fn large(mut self) -> Self {
        assert!(
            matches!(self.content, Content::Members { .. }),
            "`large` has a meaning for a family only"
        );
        self.large = true;
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
            matches!(self.content.item(), Content::Struct(_)),
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
    /// If two of the labels of its members have the same key, or if there are none, or many; or if a
    /// group is in a group.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        if let Some(Content::Group { item, .. }) = self.content.group() {
            assert!(
                !item.has_group(),
                "a group cannot hold another one: an update of the outer group covers all that is in it"
            );
            assert!(
                !item.has_dynamic(),
                "a group cannot hold a `DynFamily`: a family of groups can be a field beside it"
            );
        }
        if let Content::Dynamic { labels, item, .. } = self.content {
            self.check_dynamic(*labels, item);
        }
        let Content::Members { dimensions, stride, item } = self.content else { return self };
        assert!(
            !item.is_dynamic(),
            "a `DynFamily` in an array or a family needs a name for its own label: put it into a struct, with `#[mmstats(key = \"…\")]`"
        );
        let (mut number, mut count, mut is_array) = (0, 1_usize, dimensions.len() == 1);
        while number < dimensions.len() {
            let key = self.dimension_key(number);
            assert!(
                !key.is_empty(),
                "the label of this family has no name: write `#[mmstats(key = \"…\")]` above the field"
            );
            assert!(
                !item.has_key(key),
                "an array or a family in another one needs another label key than the outer one: write `#[mmstats(key = \"…\")]` above one of them"
            );
            let mut other = 0;
            while other < number {
                assert!(
                    !equal(key, self.dimension_key(other)),
                    "two labels of this family have the same key: write `#[mmstats(key = \"…,…\")]` above the field"
                );
                other += 1;
            }
            count = count.saturating_mul(dimensions[number].values.len());
            is_array &= matches!(dimensions[number].values, LabelValues::Numbers { .. });
            number += 1;
        }
        if !is_array && !self.large && count > MANY {
            let (mut text, mut end) = ([0; 160], 0);
            end = write(&mut text, end, "this family would have ");
            end = write_number(&mut text, end, count);
            end = write(&mut text, end, " members of ");
            end = write_number(&mut text, end, *stride);
            end = write(
                &mut text,
                end,
                " bytes, for each thread: write `#[mmstats(large)]` above it",
            );
            match std::str::from_utf8(text.split_at(end).0) {
                Ok(text) => panic!("{}", text),
                Err(_) => panic!("this family is large: write `#[mmstats(large)]` above it"),
            }
        }
        self
    }

    /// Checks a family whose labels are known at run time.
    #[track_caller]
    const fn check_dynamic(&self, labels: usize, item: &Content) {
        assert!(
            !item.has_dynamic(),
            "a `DynFamily` cannot hold another one: use a tuple as its key"
        );
        let Some(keys) = self.key else {
            panic!(
                "the label of this family has no name: write `#[mmstats(key = \"…\")]` above the field"
            )
        };
        assert!(keys.len() <= MAX_UNIT, "the keys of the labels have at most 63 bytes together");
        let mut number = 0;
        while number < labels {
            let key = part(keys, number);
            assert!(
                !item.has_key(key),
                "an array or a family in another one needs another label key than the outer one: write `#[mmstats(key = \"…\")]` above one of them"
            );
            let mut other = 0;
            while other < number {
                assert!(
                    !equal(key, part(keys, other)),
                    "two labels of this family have the same key: write `#[mmstats(key = \"…,…\")]` above the field"
                );
                other += 1;
            }
            number += 1;
        }
    }

    /// Returns the key of one of the labels of its members.
    pub(super) const fn dimension_key(&self, number: usize) -> &'static str {
        match (self.key, self.content) {
            (Some(key), _) => part(key, number),
            (None, Content::Members { dimensions, .. }) => dimensions[number].key,
            (None, _) => "",
        }
    }
}

impl Content {
    /// The content of the innermost items, if it is an array, a family or a group.
    pub(super) const fn item(&self) -> &Self {
        match self {
            Self::Members { item, .. } | Self::Group { item, .. } | Self::Dynamic { item, .. } => {
                item.item()
            }
            Self::Statistic { .. } | Self::RunTime { .. } | Self::Struct(_) => self,
        }
    }

    /// The group that it is, or that its items are.
    const fn group(&self) -> Option<&Self> {
        match self {
            Self::Members { item, .. } | Self::Dynamic { item, .. } => item.group(),
            Self::Group { .. } => Some(self),
            Self::Statistic { .. } | Self::RunTime { .. } | Self::Struct(_) => None,
        }
    }

    /// Whether it is a family whose labels are known at run time, or its items are.
    const fn is_dynamic(&self) -> bool {
        match self {
            Self::Members { item, .. } | Self::Group { item, .. } => item.is_dynamic(),
            Self::Dynamic { .. } => true,
            Self::Statistic { .. } | Self::RunTime { .. } | Self::Struct(_) => false,
        }
    }

    /// Whether there is such a family in it.
    pub(super) const fn has_dynamic(&self) -> bool {
        match self {
            Self::Statistic { .. } | Self::RunTime { .. } => false,
            Self::Dynamic { .. } => true,
            Self::Members { item, .. } | Self::Group { item, .. } => item.has_dynamic(),
            Self::Struct(parts) => {
                let mut part = 0;
                while part < parts.len() {
                    let mut index = 0;
                    while index < parts[part].len() {
                        if parts[part][index].content.has_dynamic() {
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

    /// Whether there is a group in it.
    const fn has_group(&self) -> bool {
        match self {
            Self::Statistic { .. } | Self::RunTime { .. } => false,
            Self::Group { .. } => true,
            Self::Members { item, .. } | Self::Dynamic { item, .. } => item.has_group(),
            Self::Struct(parts) => {
                let mut part = 0;
                while part < parts.len() {
                    let mut index = 0;
                    while index < parts[part].len() {
                        if parts[part][index].content.has_group() {
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

    /// Whether a label in it has this key.
    const fn has_key(&self, key: &str) -> bool {
        match self {
            Self::Statistic { .. } | Self::RunTime { .. } => false,
            Self::Members { dimensions, item, .. } => {
                let mut number = 0;
                while number < dimensions.len() {
                    if equal(dimensions[number].key, key) {
                        return true;
                    }
                    number += 1;
                }
                item.has_key(key)
            }
            Self::Group { item, .. } | Self::Dynamic { item, .. } => item.has_key(key),
            Self::Struct(parts) => {
                let mut part = 0;
                while part < parts.len() {
                    let mut index = 0;
                    while index < parts[part].len() {
                        if parts[part][index].has_key(key) {
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

impl Node {
    /// Whether a label in it has this key.
    const fn has_key(&self, key: &str) -> bool {
        let (labels, item) = match self.content {
            Content::Members { dimensions, item, .. } => (dimensions.len(), item),
            Content::Dynamic { labels, item, .. } => (*labels, item),
            content => return content.has_key(key),
        };
        let mut number = 0;
        while number < labels {
            if equal(self.dimension_key(number), key) {
                return true;
            }
            number += 1;
        }
        item.has_key(key)
    }
}

#[track_caller]
pub(super) const fn check_key(key: &str) {
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

/// Returns the part of a text after so many commas, up to the next one; nothing if there are fewer.
const fn part(text: &'static str, mut number: usize) -> &'static str {
    let mut rest = text.as_bytes();
    loop {
        let mut end = 0;
        while end < rest.len() && rest[end] != b',' {
            end += 1;
        }
        if number == 0 {
            return match std::str::from_utf8(rest.split_at(end).0) {
                Ok(part) => part,
                Err(_) => "",
            };
        }
        if end == rest.len() {
            return "";
        }
        (rest, number) = (rest.split_at(end + 1).1, number - 1);
    }
}

/// Writes a text to a buffer that has room for it, and returns where it ends.
const fn write(to: &mut [u8], mut at: usize, text: &str) -> usize {
    let (bytes, mut index) = (text.as_bytes(), 0);
    while index < bytes.len() {
        to[at] = bytes[index];
        (at, index) = (at + 1, index + 1);
    }
    at
}

const fn write_number(to: &mut [u8], mut at: usize, number: usize) -> usize {
    if number > 9 {
        at = write_number(to, at, number / 10);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a digit")]
    let digit = (number % 10) as u8;
    to[at] = b'0' + digit;
    at + 1
}
