#![forbid(unsafe_code)]
//! A walk over the statistics in a tree, which allocates nothing.

use std::ops::Range;
use std::ptr;

use super::{Attribute, Attributes, Content, Dimension, Field, KeyBuf, Merge, Node, Shape};
use crate::kind::{Overflow, Readable as _, Statistic};

/// A statistic, found where a walk has come to.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) shape: &'static Shape,
    attributes: &'static Attributes,
    pub(crate) at: At,
    pub(crate) size: usize,
    step: &'a Step<'a>,
}

/// A place in the outermost struct.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct At {
    pub(crate) offset: usize,
    /// Where the lock of its group lies.
    pub(crate) group: Option<usize>,
    /// Where the family lies whose members are as this one.
    pub(crate) family: Option<usize>,
}

impl At {
    fn plus(self, offset: usize) -> Self {
        Self { offset: self.offset + offset, ..self }
    }
}

/// A step from the outermost struct towards a statistic: to a field, or to an item of an array.
#[derive(Debug)]
struct Step<'a> {
    before: Option<&'a Step<'a>>,
    node: &'static Node,
    /// The labels of the item.
    item: Option<Item>,
}

/// One of the members of an array or a family.
#[derive(Debug, Clone, Copy)]
struct Item {
    dimensions: &'static [Dimension],
    index: usize,
    /// Whether the field can name the labels: it is of these members, and not of others within them.
    is_named: bool,
}

/// What says of a family whose labels are known at run time that keys had no room in it.
const OVERFLOW: &str = "overflow";
const OVERFLOW_HELP: &str = "How often a key had no room, and `other` was used in its place.";
const OVERFLOW_ATTRIBUTES: Attributes = Attributes::merged(Merge::Sum);

impl Content {
    /// Visits each statistic in a struct, in order. Of a family whose labels are known at run time, that is
    /// its overflow, and then the member for all other labels.
    pub(crate) fn visit(&'static self, visit: &mut dyn FnMut(&Leaf<'_>)) {
        self.visit_fields(At::default(), None, visit);
    }

    fn visit_fields(
        &'static self,
        at: At,
        before: Option<&Step<'_>>,
        visit: &mut dyn FnMut(&Leaf<'_>),
    ) {
        let Self::Struct(parts) = self else { return };
        for node in parts.iter().copied().flatten() {
            let step = Step { before, node, item: None };
            node.content.visit_at(at.plus(node.offset), &step, visit);
        }
    }

    fn visit_at(&'static self, at: At, step: &Step<'_>, visit: &mut dyn FnMut(&Leaf<'_>)) {
        match self {
            Self::Statistic { shape, attributes, size } => {
                visit(&Leaf { shape, attributes, at, size: *size, step });
            }
            Self::Struct(_) => self.visit_fields(at, Some(step), visit),
            Self::RunTime { .. } => {}
            Self::Group { offset, item } => {
                let group = Some(at.offset);
                item.visit_at(At { group, ..at.plus(*offset) }, step, visit);
            }
            Self::Dynamic { shape, size, other, item, .. } => {
                visit(&Leaf { shape, attributes: &OVERFLOW_ATTRIBUTES, at, size: *size, step });
                let family = Some(at.offset);
                item.visit_at(At { family, ..at.plus(*other) }, step, visit);
            }
            Self::Members { dimensions, stride, item } => {
                let count = dimensions.iter().map(|dimension| dimension.values.len()).product();
                for index in 0..count {
                    let is_named = step.item.is_none() && at.family.is_none();
                    let item_at = Some(Item { dimensions, index, is_named });
                    let step = Step { before: Some(step), node: step.node, item: item_at };
                    item.visit_at(at.plus(index * stride), &step, visit);
                }
            }
        }
    }

    /// Visits the shape of each statistic in something that holds no such family, and its offset, which
    /// begins at `offset`.
    pub(crate) fn shapes(
        &'static self,
        offset: usize,
        visit: &mut dyn FnMut(&'static Shape, usize),
    ) {
        match self {
            Self::Statistic { shape, .. } => visit(shape, offset),
            Self::Struct(parts) => {
                for node in parts.iter().copied().flatten() {
                    node.content.shapes(offset + node.offset, visit);
                }
            }
            Self::Group { offset: within, item } => item.shapes(offset + within, visit),
            Self::Members { dimensions, stride, item } => {
                let count = dimensions.iter().map(|dimension| dimension.values.len()).product();
                (0..count).for_each(|index| item.shapes(offset + index * stride, visit));
            }
            Self::Dynamic { .. } | Self::RunTime { .. } => {}
        }
    }

    /// Returns whether statistics can be declared in it at run time.
    pub(crate) fn has_run_time(&'static self) -> bool {
        let mut has = false;
        self.run_time(0, &mut |_| has = true);
        has
    }

    /// Visits the bytes for statistics that are declared at run time.
    pub(crate) fn run_time(&'static self, offset: usize, visit: &mut dyn FnMut(Range<usize>)) {
        match self {
            Self::RunTime { size } => visit(offset..offset + size),
            Self::Struct(parts) => {
                for node in parts.iter().copied().flatten() {
                    node.content.run_time(offset + node.offset, visit);
                }
            }
            _ => {}
        }
    }

    /// Visits each family whose labels are known at run time, and its offset, which begins at `offset`.
    pub(crate) fn families(
        &'static self,
        offset: usize,
        visit: &mut dyn FnMut(&'static Self, usize),
    ) {
        match self {
            Self::Dynamic { .. } => visit(self, offset),
            Self::Struct(parts) => {
                for node in parts.iter().copied().flatten() {
                    node.content.families(offset + node.offset, visit);
                }
            }
            Self::Members { dimensions, stride, item } if item.has_dynamic() => {
                let count = dimensions.iter().map(|dimension| dimension.values.len()).product();
                (0..count).for_each(|index| item.families(offset + index * stride, visit));
            }
            Self::Statistic { .. }
            | Self::RunTime { .. }
            | Self::Group { .. }
            | Self::Members { .. } => {}
        }
    }
}

impl Leaf<'_> {
    /// Whether it is the overflow of a family.
    fn is_overflow(&self) -> bool {
        self.shape.kind == Overflow::CODE
    }

    pub(crate) fn merge(&self) -> Merge {
        let merge = self.step.node.merge.filter(|_| !self.is_overflow());
        merge.unwrap_or(self.attributes.merge.default())
    }

    /// The unit; of a family, the keys of its labels with commas between them.
    pub(crate) fn unit(&self) -> &'static str {
        if self.is_overflow() {
            return self.step.node.key.unwrap_or_default();
        }
        match self.attributes.unit {
            Attribute::Open(_) => self.step.node.unit,
            Attribute::Settled(unit, _) => unit,
        }
    }

    pub(crate) fn help(&self) -> &'static str {
        if self.is_overflow() { OVERFLOW_HELP } else { self.step.node.help }
    }

    /// The statistic's name, behind a prefix, and its labels, as far as they are known.
    pub(crate) fn key(&self, prefix: &str) -> KeyBuf {
        let mut name = prefix.to_owned();
        self.step.push_name(&mut name);
        if self.is_overflow() {
            if !name.is_empty() && !name.ends_with('.') {
                name.push('.');
            }
            name.push_str(OVERFLOW);
        }
        self.step.with_labels(KeyBuf::named(name))
    }
}

impl Step<'_> {
    fn push_name(&self, name: &mut String) {
        if let Some(before) = self.before {
            before.push_name(name);
        }
        if self.item.is_none() {
            name.push_str(self.node.name);
            if matches!(self.node.content.item(), Content::Struct(_)) && !self.node.flatten {
                name.push('.');
            }
        }
    }

    fn with_labels(&self, key: KeyBuf) -> KeyBuf {
        let key = match self.before {
            Some(before) => before.with_labels(key),
            None => key,
        };
        match self.item {
            Some(item) => item.with_labels(self.node, key),
            None => key,
        }
    }
}

impl Item {
    fn with_labels(self, node: &Node, mut key: KeyBuf) -> KeyBuf {
        let mut rest = self.index;
        // The last label changes first.
        for (number, dimension) in self.dimensions.iter().enumerate().rev() {
            let count = dimension.values.len();
            let name = if self.is_named { node.dimension_key(number) } else { dimension.key };
            key = key.with(name, dimension.values.text(rest % count));
            rest /= count;
        }
        key
    }
}

/// Returns how the lanes of a statistic in a struct are merged. The schema has it at its offset.
pub(crate) fn merge_of<S: Field, F: Statistic>(stats: &S, field: &F) -> Merge {
    let offset = ptr::from_ref(field).addr().wrapping_sub(ptr::from_ref(stats).addr());
    let mut merge = F::ATTRIBUTES.merge.default();
    S::CONTENT.visit(&mut |leaf| {
        if leaf.at.offset == offset {
            merge = leaf.merge();
        }
    });
    merge
}
