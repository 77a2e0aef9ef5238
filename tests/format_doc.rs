//! `docs/format.md` is normative: its tables agree with the code.

use std::mem::offset_of;

use mmstats::__private_0_1::format::extension::Extension;
use mmstats::__private_0_1::format::header::{Header, StateWord, VitalsBytes};
use mmstats::__private_0_1::format::{FieldRecord, LaneHeader, limits};
use mmstats::{Kind, Merge, ScalarType};

/// The rows of the table under a heading, their cells without backticks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let document = include_str!("../docs/format.md");
    let section = document
        .split_once(&format!("# {heading}\n"))
        .unwrap_or_else(|| panic!("docs/format.md has no heading `{heading}`"))
        .1;
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().replace('`', "")).collect()
        })
        .collect::<Vec<Vec<String>>>();
    assert!(!rows.is_empty(), "no table under `{heading}`");
    rows
}

fn row(cells: &[&dyn ToString]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

/// Checks that the first columns of a table are these, row by row.
fn assert_table(heading: &str, expected: &[Vec<String>]) {
    let table = table(heading);
    let found: Vec<_> = table.iter().zip(expected).map(|(f, e)| f[..e.len()].to_vec()).collect();
    assert_eq!(found, expected, "under `{heading}`");
    assert_eq!(table.len(), expected.len(), "rows under `{heading}`");
}

/// Offset, size and name of each member of a struct.
macro_rules! layout {
    ($type:ident { $($member:ident),* $(,)? }) => {{
        fn size<T, M>(_: impl Fn(&T) -> &M) -> usize {
            size_of::<M>()
        }
        // Names every member, or does not compile.
        let _ = |all: $type| { let $type { $($member: _),* } = all; };
        vec![$(row(&[
            &offset_of!($type, $member),
            &size(|all: &$type| &all.$member),
            &stringify!($member),
        ])),*]
    }};
}

#[test]
fn header() {
    assert_table(
        "2 Header",
        &layout!(Header {
            magic,
            minor,
            reserved_1,
            page_size,
            flags,
            schema_digest,
            file_id,
            header_size,
            record_size,
            records_offset,
            record_count,
            lane_header_size,
            strings_offset,
            strings_size,
            extension_offset,
            lanes_offset,
            lane_stride,
            lane_body_size,
            created_realtime_ns,
            created_boottime_ns,
            pid,
            tid,
            process_start_ticks,
            pid_namespace,
            boot_id,
            uid,
            gid,
            command_size,
            prefix_size,
            prefix_offset,
            command,
            vitals,
            panic_note_offset,
            panic_note_size,
            device,
            inode,
            reserved_2,
        }),
    );
}

#[test]
fn vitals() {
    assert_table(
        "2.1 Vitals",
        &layout!(VitalsBytes {
            state,
            lanes,
            lanes_lost,
            flushed_realtime_ns,
            anchor_clock_ns,
            anchor_boottime_ns,
            reserved,
        }),
    );
}

#[test]
fn field_record() {
    assert_table(
        "3.1 Field record",
        &layout!(FieldRecord {
            name_offset,
            name_size,
            unit_size,
            unit_offset,
            help_offset,
            help_size,
            kind,
            scalar,
            merge,
            offset,
            size,
            flags,
            capacity,
            buckets,
            bucket_bits,
            reserved_1,
            labels_size,
            group,
            family,
            reserved_2,
        }),
    );
}

#[test]
fn extension() {
    assert_table(
        "3.5 Statistics that are declared at run time",
        &layout!(Extension {
            kind,
            records,
            strings_size,
            records_offset,
            record_capacity,
            strings_offset,
            strings_capacity,
            reserved,
        }),
    );
}

#[test]
fn lane_header() {
    assert_table(
        "4.1 Lane header",
        &layout!(LaneHeader { state, tid, claimed_at_ns, claims, reserved }),
    );
}

#[test]
fn codes() {
    let states = (0..).map_while(|code| StateWord::from_code(code).map(|state| (code, state)));
    let states: Vec<_> = states.map(|(code, state)| row(&[&code, &format!("{state:?}")])).collect();
    assert_table("2.2 The state of a writer", &states);

    let kinds = (1..).map_while(|code| Kind::from_code(code).map(|kind| (code, kind)));
    let kinds: Vec<_> = kinds.map(|(code, kind)| row(&[&code, &format!("{kind:?}")])).collect();
    assert_table("3.2 Kinds", &kinds);

    let scalars = (0..).map_while(|code| ScalarType::from_code(code).map(|scalar| (code, scalar)));
    let scalars: Vec<_> = scalars
        .map(|(code, scalar)| row(&[&code, &format!("{scalar:?}"), &scalar.size()]))
        .collect();
    assert_table("3.3 Types of values", &scalars);

    let merges = (1..).map_while(|code| Merge::from_code(code).map(|merge| (code, merge)));
    let merges: Vec<_> = merges.map(|(code, merge)| row(&[&code, &format!("{merge:?}")])).collect();
    assert_table("3.4 How lanes are merged", &merges);
}

#[test]
fn limits() {
    let limits = limits::ALL.iter().map(|(name, limit)| row(&[name, limit]));
    assert_table("7 Limits", &limits.collect::<Vec<_>>());
}

#[test]
fn kinds() {
    for heading in [
        "5.1 Gauge",
        "5.2 Text",
        "5.3 Average",
        "5.4 MovingAverage",
        "5.5 Timer",
        "5.6 Progress",
        "5.7 Histogram",
        "5.8 Overflow",
    ] {
        let (_, name) = heading.split_once(' ').unwrap();
        let mut kinds = (1..).map_while(Kind::from_code);
        let kind = kinds.find(|kind| format!("{kind:?}") == name).unwrap();
        let parts = kind
            .parts()
            .iter()
            .map(|part| row(&[&format!("{}{}", part.offset, part.plus), &part.size, &part.name]));
        assert_table(heading, &parts.collect::<Vec<_>>());
    }
}
