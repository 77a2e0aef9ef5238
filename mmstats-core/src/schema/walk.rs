#![forbid(unsafe_code)]
//! A walk over the statistics in a tree, which allocates nothing.

use std::ptr;

use super::{Attribute, Attributes, Content, Dimension, Field, KeyBuf, Merge, Node, Shape};
use crate::kind::Statistic;

/// A statistic, found where a walk has come to.
#[derive(Debug)]
pub(crate) struct Leaf<'a> {
    pub(crate) shape: &'static Shape,
    attributes: &'static Attributes,
    /// Where it lies in the outermost struct.
    pub(crate) offset: usize,
    pub(crate) size: usize,
    /// Where the lock of its group lies.
    pub(crate) group: Option<usize>,
    step: &'a Step<'a>,
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

impl Content {
    /// Visits each statistic in a struct, in order.
    pub(crate) fn visit(&'static self, visit: &mut dyn FnMut(&Leaf<'_>)) {
        self.visit_fields(0, None, None, visit);
    }

    fn visit_fields(
        &'static self,
        offset: usize,
        group: Option<usize>,
        before: Option<&Step<'_>>,
        visit: &mut dyn FnMut(&Leaf<'_>),
    ) {
        let Self::Struct(parts) = self else { return };
        for node in parts.iter().copied().flatten() {
            let step = Step { before, node, item: None };
            node.content.visit_at(offset + node.offset, group, &step, visit);
        }
    }

    fn visit_at(
        &'static self,
        offset: usize,
        group: Option<usize>,
        step: &Step<'_>,
        visit: &mut dyn FnMut(&Leaf<'_>),
    ) {
        match self {
            Self::Statistic { shape, attributes, size } => {
                visit(&Leaf { shape, attributes, offset, size: *size, group, step });
            }
            Self::Struct(_) => self.visit_fields(offset, group, Some(step), visit),
            Self::Group { offset: within, item } => {
                item.visit_at(offset + within, Some(offset), step, visit);
            }
            Self::Members { dimensions, stride, item } => {
                let count = dimensions.iter().map(|dimension| dimension.values.len()).product();
                for index in 0..count {
                    let is_named = step.item.is_none();
                    let at = Some(Item { dimensions, index, is_named });
                    let step = Step { before: Some(step), node: step.node, item: at };
                    item.visit_at(offset + index * stride, group, &step, visit);
                }
            }
        }
    }
}

impl Leaf<'_> {
    pub(crate) fn merge(&self) -> Merge {
        self.step.node.merge.unwrap_or(self.attributes.merge.default())
    }

    pub(crate) fn unit(&self) -> &'static str {
        match self.attributes.unit {
            Attribute::Open(_) => self.step.node.unit,
            Attribute::Settled(unit, _) => unit,
        }
    }

    pub(crate) fn help(&self) -> &'static str {
        self.step.node.help
    }

    /// The statistic's name, behind a prefix, and its labels.
    pub(crate) fn key(&self, prefix: &str) -> KeyBuf {
        let mut name = prefix.to_owned();
        self.step.push_name(&mut name);
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
        if leaf.offset == offset {
            merge = leaf.merge();
        }
    });
    merge
}
