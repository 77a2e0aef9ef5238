//! Hostile files of another user beside good ones: each costs one line on standard error.

mod tool;

use std::fs::{self, File};
use std::mem::offset_of;
use std::os::unix::fs::{FileExt as _, symlink};

use mmstats::__private_0_1::format::Header;
use mmstats::{Counter, MmStats};
use tool::{Dir, Outcome, as_nobody};

#[derive(MmStats)]
struct Job {
    done: Counter,
}

/// Creates a file of a few kilobytes that claims `record_size` bytes for each of its fields, and
/// has them all, as holes.
fn create_sparse(dir: &Dir, name: &str, record_size: u32) {
    drop(dir.create::<Job>(name));
    let file = File::options().write(true).open(dir.path(name)).unwrap();
    let at = offset_of!(Header, record_size) as u64;
    file.write_all_at(&record_size.to_le_bytes(), at).unwrap();
    file.set_len(1 << 33).unwrap();
}

/// What limits the address space, and then runs a tool.
const LIMITED: [&str; 3] = ["sh", "-c", "ulimit -v 1048576; exec \"$0\" \"$@\""];

#[test]
fn files_that_claim_gigabytes_are_refused_beside_good_ones() {
    let dir = Dir::of_mmstats();
    let job = dir.create::<Job>("good.mmstats");
    job.done.add(1047);
    create_sparse(&dir, "a.mmstats", 3 << 30);
    create_sparse(&dir, "z.mmstats", u32::MAX);
    for (arguments, code, shown) in [
        (&["slurp", "."][..], 2, "1047"),
        (&["slurp", "--format", "json", "."], 2, "1047"),
        (&["clean", "--dry-run", "."], 2, "Would remove 0  -  1 alive"),
        (&["poll", "-d", "0.01", "-n", "1", "done", "."], 2, "1047"),
        (&["check", "done", "."], 3, "UNKNOWN"),
    ] {
        let outcome = Outcome::of(&mut dir.wrapped(&LIMITED, arguments));
        assert_eq!(outcome.code, code, "{arguments:?} {outcome:?}");
        assert!(outcome.out.contains(shown), "{arguments:?} {outcome:?}");
        let all = outcome.out + &outcome.err;
        for name in ["a.mmstats", "z.mmstats"] {
            let refused =
                all.contains(&format!("{name}: byte 52: expected a record of 64 to 1024"));
            assert!(refused || arguments[0] == "check", "{arguments:?} {all}");
        }
    }
}

#[test]
fn nothing_of_a_file_that_a_link_of_another_user_leads_to_is_shown() {
    let test = "nothing_of_a_file_that_a_link_of_another_user_leads_to_is_shown";
    let dir = Dir::of_mmstats();
    fs::write(dir.path("secret"), "password").unwrap();
    symlink("secret", dir.path("own.mmstats")).unwrap();
    let own = dir.run(&["slurp", "own.mmstats"]);
    let expected = "byte 0: expected a statistics file (version 1 or 2), found another file";
    assert_eq!(own.err, format!("mmstats: own.mmstats: {expected}\n"));
    if as_nobody().is_none() {
        return mmstats_testing::skipped(test, "only root can give files to others");
    }
    std::os::unix::fs::lchown(dir.path("own.mmstats"), Some(65_534), None).unwrap();
    let theirs = dir.run(&["slurp", "own.mmstats"]);
    assert_eq!(theirs.code, 2);
    assert!(theirs.err.contains("own.mmstats: is a symbolic link of another user"), "{theirs:?}");
}
