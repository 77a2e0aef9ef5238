//! Full disks of file systems that copy on write: a writer must survive them.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use mmstats::{
    Counter, DeclareErrorKind, DynFamily, Mapped, MmStats, Reader, Registry, RunTime, Timer, Value,
};
use mmstats_testing::{Child, role, say, skipped, unshare, wrapped};
use rustix::fs::{IFlags, ioctl_ficlone, ioctl_getflags, syncfs};
use tempfile::tempdir;

/// Its lane has several pages.
#[derive(MmStats)]
struct Stats {
    done: [Counter; 4096],
}

/// Runs the child on a new file system of this kind, if one can be mounted here.
fn on_file_system(test: &str, mkfs: &str, mib: u64, role: &str) {
    let directory = tempdir().unwrap();
    let image = directory.path().join("image");
    let place = directory.path().join("place");
    fs::create_dir(&place).unwrap();
    File::create(&image).and_then(|image| image.set_len(mib << 20)).unwrap();
    let made = Command::new(mkfs).arg("-q").arg(&image).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return skipped(test, &format!("{mkfs} cannot make a file system"));
    }
    let mount = format!("mount -o loop {} {}", image.display(), place.display());
    with_mount(test, &mount, &place, role);
}

/// Runs the child after mounting something there, if that is possible here.
fn with_mount(test: &str, mount: &str, place: &Path, role: &str) {
    let may = |[unshare, flags]: [&str; 2]| {
        let mut tried = Command::new(unshare);
        let tried = tried.args([flags, "sh", "-c", mount]).stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    let Some([unshare, flags]) = unshare("-m").filter(|words| may(*words)) else {
        return skipped(test, "no file system in a file can be mounted");
    };
    let script = format!("{mount} && exec \"$0\" \"$@\"");
    let wrapper = [unshare, flags, "sh", "-c", &script];
    let mut child = Child::spawn(&mut wrapped(&wrapper, role, place));
    assert_eq!(child.hear(), "done");
    child.end_well();
}

/// Fills the disk, until not one more byte is free.
fn fill(directory: &Path) {
    let mut size = 1 << 20;
    while size > 0
        && let Ok(mut file) = File::create(directory.join(format!("filler-{size}")))
    {
        while file.write_all(&vec![1; size]).and_then(|()| file.sync_data()).is_ok() {}
        size /= 16;
    }
    syncfs(File::open(directory).unwrap().as_fd()).unwrap();
}

/// Stores to each page after it was written back, several times.
fn count(stats: &Mapped<Stats>) {
    for round in 1..=5 {
        let _ = stats.flush();
        stats.done.iter().for_each(Counter::inc);
        let snapshot = Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap();
        assert_eq!(snapshot.get(r#"done{index="4095"}"#), Some(&Value::Counter(round)));
    }
}

#[test]
fn child_fills_btrfs() {
    let Some(directory) = role("child_fills_btrfs") else { return };
    let stats = Stats::builder().directory(&directory).file("w.mmstats").create().unwrap();
    fill(&directory);
    count(&stats);
    let file = File::open(stats.path().unwrap()).unwrap();
    assert!(ioctl_getflags(&file).unwrap().contains(IFlags::NOCOW));
    say("done");
}

#[test]
fn a_full_btrfs_does_not_kill_its_writer() {
    let test = "a_full_btrfs_does_not_kill_its_writer";
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut numbers = release.split(['.', '-']).map_while(|number| number.parse::<u32>().ok());
    if (numbers.next(), numbers.next()) < (Some(6), Some(18)) {
        return skipped(test, "older kernels than 6.18 may fail to store in place on a full disk");
    }
    on_file_system(test, "mkfs.btrfs", 128, "child_fills_btrfs");
}

#[test]
fn child_fills_xfs() {
    let Some(directory) = role("child_fills_xfs") else { return };
    let stats = Stats::builder().directory(&directory).file("w.mmstats").create().unwrap();
    stats.flush().unwrap();
    // As `cp` does.
    let copy = File::create(directory.join("copy")).unwrap();
    ioctl_ficlone(&copy, File::open(stats.path().unwrap()).unwrap()).unwrap();
    // Shared pages get room of their own with the next flush, while there is some.
    stats.flush().unwrap();
    fill(&directory);
    count(&stats);
    say("done");
}

#[test]
fn a_full_xfs_does_not_kill_a_writer_whose_file_was_copied() {
    let test = "a_full_xfs_does_not_kill_a_writer_whose_file_was_copied";
    on_file_system(test, "mkfs.xfs", 320, "child_fills_xfs");
}

// A family makes room for a member when its key is first seen.

#[derive(MmStats)]
struct Tenants {
    done: Counter,
    #[mmstats(key = "tenant")]
    tenants: DynFamily<[Counter; 4096], 64>,
}

#[test]
fn child_has_no_room_for_members() {
    let Some(directory) = role("child_has_no_room_for_members") else { return };
    let stats = Tenants::builder().directory(&directory).file("w.mmstats").create().unwrap();
    let first = stats.tenants.of("first");
    fill(&directory);
    // A page for each eighth of a member may be left, at most.
    let key = |number: u32| format!("tenant {number}");
    for round in 1..=2 {
        first.iter().for_each(Counter::inc);
        for number in 0..64 {
            stats.tenants.of(&key(number)).iter().for_each(Counter::inc);
        }
        stats.done.inc();
        let _ = stats.flush();
        let snapshot = Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap();
        let count = |key: &str| snapshot.get(key).and_then(Value::as_u64).unwrap_or(0);
        let last = |tenant: &str| count(&format!(r#"tenants{{index="4095",tenant="{tenant}"}}"#));
        assert_eq!((count("done"), last("first")), (round, round));
        let members: u64 = (0..64).map(|number| last(&key(number))).sum();
        assert_eq!(members + last("other"), 64 * round, "nothing is lost");
        assert_eq!(count("tenants.overflow"), last("other"), "and nothing is silent");
        assert!(last("other") >= 56 * round, "there was hardly any room");
    }
    say("done");
}

#[test]
fn a_family_that_finds_no_room_for_a_member_says_so() {
    let test = "a_family_that_finds_no_room_for_a_member_says_so";
    let role = "child_has_no_room_for_members";
    on_file_system(test, "mkfs.ext4", 32, role);
    on_file_system(test, "mkfs.xfs", 320, role);
    let directory = tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=8m none {}", directory.path().display());
    with_mount(test, &mount, directory.path(), role);
}

// A registry makes room for a page of statistics when a thread first uses one.

#[test]
fn child_has_no_room_for_what_it_declares() {
    let Some(directory) = role("child_has_no_room_for_what_it_declares") else { return };
    let file = RunTime::builder().directory(&directory).file("w.mmstats").create().unwrap();
    let registry = Registry::from(file);
    let declare = |number: u32| registry.declare::<Pages>(&format!("timer {number}")).register();
    let timers: Vec<_> = (0..8).map(|number| declare(number).unwrap()).collect();
    timers[0].record(Duration::from_millis(1));
    fill(&directory);
    for timer in &timers {
        timer.record(Duration::from_millis(1));
    }
    let _ = registry.flush();
    let snapshot = Reader::open(registry.path().unwrap()).unwrap().snapshot().unwrap();
    let count = |key: &str| match snapshot.get(key) {
        Some(Value::Timer(timing)) => timing.count(),
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(count("timer 0"), 2);
    let counted: u64 = (1..8).map(|number| count(&format!("timer {number}"))).sum();
    let lost = snapshot.get("registry.overflow").and_then(Value::as_u64).unwrap();
    assert_eq!(counted + lost, 7);
    assert!(lost >= 5, "{lost}");
    // Records that have no room are an error.
    let more: Vec<_> = (8..100).map_while(|number| declare(number).err()).collect();
    assert!(more.iter().all(|error| matches!(error.kind(), DeclareErrorKind::Io(_))), "{more:?}");
    say("done");
}

/// A timer of several pages.
type Pages = Timer<4096>;

#[test]
fn a_registry_that_finds_no_room_says_so() {
    let test = "a_registry_that_finds_no_room_says_so";
    let role = "child_has_no_room_for_what_it_declares";
    on_file_system(test, "mkfs.ext4", 32, role);
    on_file_system(test, "mkfs.xfs", 320, role);
    let directory = tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=8m none {}", directory.path().display());
    with_mount(test, &mount, directory.path(), role);
}
