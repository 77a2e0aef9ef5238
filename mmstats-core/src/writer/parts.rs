#![forbid(unsafe_code)]
//! The parts of a lane that have memory from the start. What is known at run time only has none until
//! then.

use std::iter;
use std::ops::Range;

use crate::format::lane::LANE_HEADER_SIZE;
use crate::schema::Content;

/// Fewer pages than this are not worth a hole, which costs system calls.
const LEAST: usize = 4;

/// The parts of a lane outside of its holes, in order. The last one reaches the end of the lane.
#[derive(Debug, Clone)]
pub(super) struct Parts(Vec<Range<usize>>);

impl Parts {
    /// All of a lane of `len` bytes.
    pub(super) fn whole(len: usize) -> Self {
        Self(iter::once(0..len).collect())
    }

    /// A lane of `len` bytes, in pages of `page` bytes.
    pub(super) fn of(content: &'static Content, len: usize, page: usize) -> Self {
        let mut holes = Vec::new();
        let mut add = |bytes: Range<usize>| {
            let start = bytes.start.next_multiple_of(page);
            // The last page of the lane is always there: it gives the file its length.
            let end = (bytes.end / page * page).min(len - page);
            if start + LEAST * page <= end {
                holes.push(start..end);
            }
        };
        content.families(LANE_HEADER_SIZE, &mut |family, at| {
            if let Content::Dynamic { shape, other, size, .. } = family {
                // `other` itself is always there.
                add(at + other + shape.buckets as usize..at + size);
            }
        });
        content.run_time(LANE_HEADER_SIZE, &mut add);
        holes.sort_by_key(|hole| hole.start);
        let mut parts = Vec::new();
        let mut start = 0;
        for hole in holes {
            parts.push(start..hole.start);
            start = hole.end;
        }
        parts.push(start..len);
        Self(parts)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> {
        self.0.iter().cloned()
    }

    /// What lies between them.
    pub(super) fn holes(&self) -> impl Iterator<Item = Range<usize>> {
        self.0.windows(2).map(|pair| pair[0].end..pair[1].start)
    }
}
