//! Files that appear, change, are replaced, end and disappear while they are followed.

use std::fs::{self, File, OpenOptions};
use std::mem;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats::{
    Counter, Event, FollowId, Follower, Listing, Mapped, MmStats, Sighting, Snapshot, State, Value,
};
use mmstats_testing::{Child, again, role, say, wait_for_parent};
use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

/// A directory and its follower.
struct Place {
    directory: TempDir,
    follower: Follower,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempdir().unwrap(), follower: Follower::new() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn create(&self, name: &str, done: u64) -> Mapped<Stats> {
        create(self.directory.path(), name, done)
    }

    fn listing(&self) -> Listing {
        Listing::of_directories([self.directory.path()])
    }

    fn look(&mut self) -> Vec<Sighting> {
        self.follower.look(self.listing())
    }

    /// Takes the sighting of a single file.
    fn look_at_one(&mut self) -> Sighting {
        only(self.look())
    }

    /// Writes a version 1 file in place.
    fn write_v1(&self, name: &str, pid: u32, created: SystemTime, done: u64) {
        fs::write(self.at(name), version_1(pid, created, done)).unwrap();
    }

    /// Creates a version 1 file that this process has mapped.
    fn map_v1(&self, name: &str, created: SystemTime, done: u64) -> PathBuf {
        // The mapping of a version 2 file stays when the content is overwritten.
        mem::forget(self.create(name, 0));
        let path = self.at(name);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all_at(&version_1(process::id(), created, done), 0).unwrap();
        path
    }
}

fn create(directory: &Path, filename: &str, done: u64) -> Mapped<Stats> {
    let stats = Stats::builder().directory(directory).file(filename).create().unwrap();
    stats.done.add(done);
    stats
}

/// Returns a version 1 file, as Python's mmstats writes it.
fn version_1(pid: u32, created: SystemTime, done: u64) -> Vec<u8> {
    let field = |label: &str, code: &str, value: &[u8]| {
        let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
        [&size(label), label.as_bytes(), &size(code), code.as_bytes(), value].concat()
    };
    let constant = |value: [u8; 8]| [&[255][..], &value].concat();
    let counter = |value: [u8; 8]| [&[0][..], &[0; 8], &value].concat();
    let created = created.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let pid = field("sys.pid", "Q", &constant(u64::from(pid).to_le_bytes()));
    let created = field("sys.created", "d", &constant(created.to_le_bytes()));
    [vec![1], pid, created, field("done", "Q", &counter(done.to_le_bytes())), vec![0, 0]].concat()
}

/// Returns the pid of a process that has ended.
fn dead_pid() -> u32 {
    let mut child = process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn only(mut sightings: Vec<Sighting>) -> Sighting {
    assert_eq!(sightings.len(), 1, "{sightings:?}");
    sightings.remove(0)
}

fn done(snapshot: &Snapshot) -> u64 {
    snapshot.get("done").and_then(Value::as_u64).expect("a count")
}

fn change(sighting: &Sighting) -> Option<u64> {
    let change = sighting.change()?;
    Some(change.get("done")?.count()?.try_into().unwrap())
}

fn name(sighting: &Sighting) -> &str {
    sighting.path().file_name().unwrap().to_str().unwrap()
}

type Summary<'a> = (&'a str, Event, Option<u64>, Option<u64>);

/// Returns names, events, counts and changes.
fn summary(sightings: &[Sighting]) -> Vec<Summary<'_>> {
    let total = |sighting: &Sighting| sighting.snapshot().map(|snapshot| done(snapshot));
    let line = |of| (name(of), of.event(), total(of), change(of));
    sightings.iter().map(line).collect()
}

#[test]
fn files_appear_change_and_disappear() {
    let mut place = Place::new();
    assert!(place.look().is_empty());
    let b = place.create("b.mmstats", 1);
    let b_id = {
        let sighting = place.look_at_one();
        assert_eq!(summary(&[sighting]), [("b.mmstats", Event::Appeared, Some(1), Some(1))]);
        place.look_at_one().id()
    };
    let a = place.create("a.mmstats", 2);
    b.done.inc();
    let sightings = place.look();
    assert_eq!(
        summary(&sightings),
        [
            ("a.mmstats", Event::Appeared, Some(2), Some(2)),
            ("b.mmstats", Event::Known, Some(2), Some(1))
        ]
    );
    assert_eq!(sightings[1].id(), b_id);
    assert_ne!(sightings[0].id(), b_id);
    assert_eq!(done(sightings[1].before().unwrap()), 1);
    b.remove().unwrap();
    a.remove().unwrap();
    assert!(place.look().iter().all(|sighting| sighting.event() == Event::Gone));
    assert!(place.look().is_empty());
}

#[test]
fn the_first_look_shows_no_change() {
    let mut place = Place::new();
    let stats = place.create("w.mmstats", 7);
    place.write_v1("one.mmstats", process::id(), SystemTime::now(), 3);
    let expected = [
        ("one.mmstats", Event::Appeared, Some(3), None),
        ("w.mmstats", Event::Appeared, Some(7), None),
    ];
    assert_eq!(summary(&place.look()), expected);
    stats.done.add(2);
    let expected = [
        ("one.mmstats", Event::Known, Some(3), Some(0)),
        ("w.mmstats", Event::Known, Some(9), Some(2)),
    ];
    assert_eq!(summary(&place.look()), expected);
}

#[test]
fn an_old_file_that_is_moved_in_has_no_change() {
    let mut place = Place::new();
    let elsewhere = tempdir().unwrap();
    let old = elsewhere.path().join("old.mmstats");
    fs::copy("tests/data/v2/0.1.0-all-fields.mmstats", &old).unwrap();
    place.look();
    fs::rename(&old, place.at("old.mmstats")).unwrap();
    let sighting = place.look_at_one();
    assert_eq!(sighting.event(), Event::Appeared);
    assert!(sighting.change().is_none());
    assert!(place.look_at_one().change().is_some());
}

#[test]
fn a_file_with_several_names_is_reported_once() {
    let mut place = Place::new();
    let stats = place.create("b.mmstats", 1);
    fs::hard_link(place.at("b.mmstats"), place.at("c.mmstats")).unwrap();
    symlink(place.at("b.mmstats"), place.at("d.mmstats")).unwrap();
    let listing = || place.listing().and(Listing::of([place.at("b.mmstats")]));
    let id = only(place.follower.look(listing())).id();
    // It keeps its id under another name.
    fs::remove_file(place.at("d.mmstats")).unwrap();
    fs::remove_file(place.at("b.mmstats")).unwrap();
    stats.done.inc();
    let sighting = place.look_at_one();
    assert_eq!(sighting.id(), id);
    assert_eq!(sighting.snapshot().unwrap().path(), place.at("c.mmstats"));
    assert_eq!(summary(&[sighting]), [("c.mmstats", Event::Known, Some(2), Some(1))]);
}

#[test]
fn child_writes() {
    let Some(directory) = role("child_writes") else {
        return;
    };
    let _stats = create(&directory, "w.mmstats", 7);
    say("ready");
    wait_for_parent();
}

#[test]
fn a_restarted_writer_has_a_new_file() {
    let mut place = Place::new();
    place.look();
    let mut ids: Vec<FollowId> = Vec::new();
    for round in 0..3 {
        let mut child = Child::spawn(&mut again("child_writes", place.directory.path()));
        child.hear();
        let mut sightings = place.look();
        let new = sightings.pop().unwrap();
        let event = if round == 0 { Event::Appeared } else { Event::Replaced };
        assert_eq!((new.event(), change(&new)), (event, Some(7)));
        assert!(new.before().is_none() && !new.ended());
        if round > 0 {
            let old = only(sightings);
            assert_eq!((old.event(), old.id()), (Event::Gone, ids[round - 1]));
            assert_eq!(change(&old), Some(0));
        }
        child.kill();
        let dead = place.look_at_one();
        assert_eq!((dead.event(), dead.id(), change(&dead)), (Event::Known, new.id(), Some(0)));
        assert!(dead.ended());
        assert!(!place.look_at_one().ended());
        ids.push(new.id());
    }
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

#[test]
fn a_file_that_appears_and_ends_between_two_looks_has_ended() {
    let mut place = Place::new();
    place.look();
    drop(place.create("w.mmstats", 5));
    let sighting = place.look_at_one();
    assert!(sighting.ended());
    assert_eq!(change(&sighting), Some(5));
}

#[test]
fn a_version_1_file_that_is_written_anew_is_a_new_file() {
    if mmstats_testing::skipped_in_container("a_version_1_file_that_is_written_anew_is_a_new_file")
    {
        return;
    }
    let mut place = Place::new();
    let (dead, now) = (dead_pid(), SystemTime::now());
    place.write_v1("script.mmstats", dead, now, 40);
    let first = place.look_at_one();
    assert_eq!(first.snapshot().unwrap().state(), State::Dead);
    // Overwritten in place.
    place.write_v1("script.mmstats", process::id(), now, 3);
    let sightings = place.look();
    assert_eq!(
        summary(&sightings),
        [
            ("script.mmstats", Event::Gone, Some(40), None),
            ("script.mmstats", Event::Replaced, Some(3), Some(3))
        ]
    );
    assert_eq!(sightings[0].id(), first.id());
    assert_ne!(sightings[1].id(), first.id());
    place.write_v1("script.mmstats", process::id(), now, 9);
    let expected = [("script.mmstats", Event::Known, Some(9), Some(6))];
    assert_eq!(summary(&place.look()), expected);
    // Replaced by another file.
    place.write_v1("new", process::id(), SystemTime::now(), 2);
    fs::rename(place.at("new"), place.at("script.mmstats")).unwrap();
    assert_eq!(
        summary(&place.look()),
        [
            ("script.mmstats", Event::Gone, Some(9), Some(0)),
            ("script.mmstats", Event::Replaced, Some(2), Some(2))
        ]
    );
}

#[test]
fn a_checkpoint_and_its_successor_are_one_file() {
    let mut place = Place::new();
    let live = tempdir().unwrap();
    let builder = Stats::builder().directory(live.path()).file("w.mmstats");
    let stats = builder.checkpoint_to(place.directory.path()).create().unwrap();
    stats.done.add(1);
    stats.flush().unwrap();
    for limit in [usize::MAX, 0] {
        place.follower = Follower::new().keep_open(limit);
        let first = place.look_at_one();
        let before = done(first.snapshot().unwrap());
        stats.done.add(4);
        stats.flush().unwrap();
        let next = place.look_at_one();
        assert_eq!((next.event(), next.id()), (Event::Known, first.id()));
        assert_eq!((done(next.snapshot().unwrap()), change(&next)), (before + 4, Some(4)));
        assert_eq!(change(&place.look_at_one()), Some(0));
    }
}

#[test]
fn files_of_several_threads_of_a_version_1_program_are_distinguished() {
    let mut place = Place::new();
    // The program stores this in all its files.
    let declared = SystemTime::now() - Duration::from_millis(500);
    let one = place.map_v1("1.mmstats", declared, 40);
    let one_id = place.look_at_one().id();
    let other = place.map_v1("2.mmstats", declared, 20);
    let sightings = place.look();
    assert_eq!(
        summary(&sightings),
        [
            ("1.mmstats", Event::Known, Some(40), Some(0)),
            ("2.mmstats", Event::Appeared, Some(20), Some(20))
        ]
    );
    assert_eq!(sightings[0].id(), one_id);
    let [first, second] = [0, 1].map(|at| sightings[at].snapshot().unwrap().clone());
    assert!(!first.is_same_file(&second));
    // Each is as old as its file.
    if let Ok(born) = fs::metadata(&other).unwrap().created() {
        assert_eq!((first.state(), second.state()), (State::Live, State::Live));
        assert_eq!(second.writer().created(), Some(born));
        assert!(second.age().unwrap() < SystemTime::now().duration_since(declared).unwrap());
    }
    let file = OpenOptions::new().write(true).open(&other).unwrap();
    file.write_all_at(&version_1(process::id(), declared, 60), 0).unwrap();
    let expected = [
        ("1.mmstats", Event::Known, Some(40), Some(0)),
        ("2.mmstats", Event::Known, Some(60), Some(40)),
    ];
    assert_eq!(summary(&place.look()), expected);

    // A copy is none of them: it is as old as its original, and nothing in it is new.
    fs::copy(&one, place.at("3.mmstats")).unwrap();
    let copy = place.look().pop().unwrap();
    assert_eq!((copy.event(), change(&copy)), (Event::Appeared, None));
    let copy = copy.snapshot().unwrap();
    let difference = declared.duration_since(copy.writer().created().unwrap());
    let difference = difference.unwrap_or_else(|error| error.duration());
    assert!(difference < Duration::from_millis(1));
    assert!(copy.is_same_file(&first));
}

#[test]
fn a_deleted_file_is_read_a_last_time() {
    let mut place = Place::new();
    let stats = place.create("w.mmstats", 1);
    place.look();
    stats.done.add(4);
    fs::remove_file(place.at("w.mmstats")).unwrap();
    stats.done.add(2);
    assert_eq!(summary(&place.look()), [("w.mmstats", Event::Gone, Some(7), Some(6))]);
    assert!(place.look().is_empty());

    // Without an open file, only the last snapshot is known.
    place.follower = Follower::new().keep_open(0);
    let stats = place.create("w.mmstats", 1);
    place.look();
    stats.done.add(4);
    stats.remove().unwrap();
    assert_eq!(summary(&place.look()), [("w.mmstats", Event::Gone, Some(1), None)]);
    assert!(place.look().is_empty());
}

#[test]
fn an_ended_file_is_read_again_only_if_somebody_writes_to_it() {
    let mut place = Place::new();
    let stats = place.create("w.mmstats", 7);
    place.look();
    stats.done.inc();
    drop(stats);
    let ended = place.look_at_one();
    assert!(ended.ended());
    assert_eq!(change(&ended), Some(1));
    for _ in 0..3 {
        let again = place.look_at_one();
        assert!(Arc::ptr_eq(again.snapshot().unwrap(), ended.snapshot().unwrap()));
        assert_eq!((again.id(), change(&again), again.ended()), (ended.id(), Some(0), false));
        assert!(again.change().unwrap().elapsed().unwrap() > Duration::ZERO);
    }
    // Its modification is noticed.
    let path = place.at("w.mmstats");
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_mins(1)).unwrap();
    let again = place.look_at_one();
    assert!(!Arc::ptr_eq(again.snapshot().unwrap(), ended.snapshot().unwrap()));
    assert_eq!(again.id(), ended.id());
    // Another file copied over it is noticed.
    let elsewhere = Place::new();
    drop(elsewhere.create("other.mmstats", 3));
    fs::copy(elsewhere.at("other.mmstats"), &path).unwrap();
    let sightings = place.look();
    assert_eq!(
        summary(&sightings),
        [
            ("w.mmstats", Event::Gone, Some(8), None),
            ("w.mmstats", Event::Replaced, Some(3), Some(3))
        ]
    );
}

#[test]
fn an_incomplete_listing_loses_nothing() {
    let mut place = Place::new();
    let stats = place.create("a.mmstats", 1);
    let ended = place.create("b.mmstats", 2);
    place.look();
    drop(ended);
    let ids: Vec<_> = place.look().iter().map(Sighting::id).collect();
    stats.done.add(3);
    let none = || Listing::default().incomplete();
    let expected = [
        ("a.mmstats", Event::Known, Some(4), Some(3)),
        ("b.mmstats", Event::Known, Some(2), Some(0)),
    ];
    assert_eq!(summary(&place.follower.look(none())), expected);
    stats.done.add(5);
    let new = place.create("c.mmstats", 6);
    assert_eq!(summary(&place.follower.look(none()))[0].3, Some(5));
    let sightings = place.look();
    assert_eq!(
        summary(&sightings),
        [
            ("a.mmstats", Event::Known, Some(9), Some(0)),
            ("b.mmstats", Event::Known, Some(2), Some(0)),
            ("c.mmstats", Event::Appeared, Some(6), Some(6))
        ]
    );
    assert!(ids.iter().copied().eq(sightings[..2].iter().map(Sighting::id)));
    // A deletion is reported when a listing proves it, with all counts.
    new.done.inc();
    fs::remove_file(place.at("c.mmstats")).unwrap();
    let partial = Listing::found([place.at("a.mmstats")]).incomplete();
    let sightings = place.follower.look(partial);
    assert_eq!(summary(&sightings)[2], ("c.mmstats", Event::Known, Some(7), Some(1)));
    new.done.add(2);
    assert_eq!(summary(&place.look())[2], ("c.mmstats", Event::Gone, Some(9), Some(2)));
    assert_eq!(place.look().len(), 2);
}

#[test]
fn a_directory_that_cannot_be_listed_makes_the_listing_incomplete() {
    let mut place = Place::new();
    let stats = place.create("w.mmstats", 1);
    place.look();
    let aside = place.at("aside");
    fs::create_dir(&aside).unwrap();
    fs::rename(place.at("w.mmstats"), aside.join("w.mmstats")).unwrap();
    let listing = Listing::of_directories([place.at("aside/w.mmstats")]);
    assert!(!listing.is_complete());
    let error = listing.errors()[0].to_string();
    assert!(error.contains("w.mmstats: cannot list it: "), "{error}");
    stats.done.inc();
    let expected = [("w.mmstats", Event::Known, Some(2), Some(1))];
    assert_eq!(summary(&place.follower.look(listing)), expected);
    assert!(Listing::of_directories([place.at("missing")]).is_complete());
}

#[test]
fn a_file_that_cannot_be_read_once_makes_up_for_it() {
    let mut place = Place::new();
    let now = SystemTime::now();
    place.write_v1("one.mmstats", process::id(), now, 10);
    place.look();
    place.write_v1("one.mmstats", process::id(), now, 14);
    let id = place.look_at_one().id();
    fs::write(place.at("one.mmstats"), "").unwrap();
    let failed = place.look_at_one();
    assert_eq!((failed.id(), failed.event(), change(&failed)), (id, Event::Known, None));
    assert!(failed.error().unwrap().to_string().contains("one.mmstats"));
    assert_eq!(done(failed.snapshot().unwrap()), 14);
    place.write_v1("one.mmstats", process::id(), now, 19);
    let read = place.look_at_one();
    assert!(read.error().is_none());
    assert_eq!((read.id(), done(read.before().unwrap()), change(&read)), (id, 14, Some(5)));
}

#[test]
fn a_new_file_that_cannot_be_read_at_first_counts_from_its_creation() {
    let mut place = Place::new();
    place.look();
    fs::write(place.at("one.mmstats"), "").unwrap();
    let first = place.look_at_one();
    assert_eq!((first.event(), first.snapshot().is_none()), (Event::Appeared, true));
    assert!(first.error().is_some());
    place.look();
    place.write_v1("one.mmstats", process::id(), SystemTime::now(), 3);
    let read = place.look_at_one();
    assert_eq!((read.id(), read.event(), change(&read)), (first.id(), Event::Known, Some(3)));
}

#[test]
fn an_expected_file_that_does_not_exist_is_an_error() {
    let mut place = Place::new();
    let path = place.at("w.mmstats");
    let mut look = |listing| place.follower.look(listing);
    let missing = only(look(Listing::of([&path, &path])));
    assert!(missing.error().unwrap().is_not_found());
    assert_eq!((missing.path(), missing.event()), (&*path, Event::Appeared));
    let again = only(look(Listing::of([&path])));
    assert_eq!((again.id(), again.event()), (missing.id(), Event::Known));
    assert!(look(Listing::found([&path])).is_empty());
    let stats = create(path.parent().unwrap(), "w.mmstats", 1);
    let found = only(look(Listing::of([&path])));
    assert_eq!((found.event(), change(&found)), (Event::Appeared, Some(1)));
    stats.remove().unwrap();
    let gone = only(look(Listing::of([&path])));
    assert_eq!((gone.event(), gone.id()), (Event::Gone, found.id()));
    assert!(only(look(Listing::of([&path]))).error().is_some());
}

#[test]
fn more_files_than_may_stay_open_are_all_followed() {
    let mut place = Place::new();
    place.follower = Follower::new().keep_open(50);
    let name = |number| format!("{number:02}.mmstats");
    let all: Vec<_> = (0..80).map(|number| place.create(&name(number), number)).collect();
    let ids: Vec<_> = place.look().iter().map(Sighting::id).collect();
    assert_eq!(ids.len(), 80);
    for _ in 0..3 {
        for (number, stats) in (1..).zip(&all) {
            stats.done.add(number);
        }
        let sightings = place.look();
        assert!(sightings.iter().map(Sighting::id).eq(ids.iter().copied()));
        assert!(sightings.iter().map(change).eq((1..=80).map(Some)));
    }
}

#[test]
fn child_has_few_open_files() {
    let Some(directory) = role("child_has_few_open_files") else {
        return;
    };
    let now = SystemTime::now();
    let count_to = |done| {
        for number in 0..80 {
            let content = version_1(process::id(), now, done);
            fs::write(directory.join(format!("{number}.mmstats")), content).unwrap();
        }
    };
    // The first limit leaves no file open. At the second one the process needs more files itself
    // than the follower expects, and the system refuses to open one.
    for (limit, others) in [(50, 0), (200, 130)] {
        let limit = Some(limit);
        setrlimit(Resource::Nofile, Rlimit { current: limit, maximum: Some(1024) }).unwrap();
        let _others: Vec<_> = (0..others).map(|_| File::open("/dev/null").unwrap()).collect();
        let mut follower = Follower::new();
        for done in 1..5 {
            count_to(done);
            let sightings = follower.look(Listing::of_directories([&directory]));
            let errors: Vec<_> = sightings.iter().filter_map(Sighting::error).collect();
            assert!(errors.is_empty(), "{errors:?}");
            assert_eq!(sightings.len(), 80);
            let expected = (done > 1).then_some(1);
            assert!(sightings.iter().all(|sighting| change(sighting) == expected));
        }
    }
}

#[test]
fn the_limit_on_open_files_hides_no_file() {
    let directory = tempdir().unwrap();
    Child::spawn(&mut again("child_has_few_open_files", directory.path())).end_well();
}

#[test]
fn a_bad_file_does_not_hide_the_others() {
    let mut place = Place::new();
    let _a = place.create("a.mmstats", 1);
    let _c = place.create("c.mmstats", 3);
    let bad = place.at("b.mmstats");
    fs::write(&bad, "no statistics").unwrap();
    fs::create_dir(place.at("d.mmstats")).unwrap();
    let mut check = |expected: &str| {
        let sightings = place.follower.look(Listing::of_directories([place.directory.path()]));
        let names: Vec<_> = sightings.iter().map(name).collect();
        assert_eq!(names, ["a.mmstats", "b.mmstats", "c.mmstats", "d.mmstats"]);
        let failed: Vec<_> = sightings.iter().map(|of| of.error().is_some()).collect();
        assert_eq!(failed, [false, true, false, true]);
        let error = sightings[1].error().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check("found another file");
    // It is read again each time.
    fs::write(&bad, "").unwrap();
    check("an empty file");
    fs::remove_file(&bad).unwrap();
    fs::remove_dir(place.at("d.mmstats")).unwrap();
    let _b = place.create("b.mmstats", 2);
    // Files that were never readable are not reported as gone.
    let expected = [
        ("a.mmstats", Event::Known, Some(1), Some(0)),
        ("b.mmstats", Event::Appeared, Some(2), Some(2)),
        ("c.mmstats", Event::Known, Some(3), Some(0)),
    ];
    assert_eq!(summary(&place.look()), expected);
}

#[test]
fn a_file_that_shrinks_is_bad_until_it_is_whole_again() {
    let mut place = Place::new();
    drop(place.create("w.mmstats", 1));
    let id = place.look_at_one().id();
    let path = place.at("w.mmstats");
    let whole = fs::read(&path).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
    assert!(place.look_at_one().error().is_some());
    fs::write(&path, whole).unwrap();
    let whole = place.look_at_one();
    assert_eq!((whole.id(), whole.error().is_none(), change(&whole)), (id, true, Some(0)));
}

#[test]
fn only_statistics_files_of_a_directory_are_listed() {
    let mut place = Place::new();
    let _stats = place.create("w.mmstats", 1);
    for name in [".w.mmstats.0123456789abcdef.tmp", "w.mmstats~", "mmstats", "readme"] {
        fs::write(place.at(name), "no statistics").unwrap();
    }
    assert_eq!(name(&place.look_at_one()), "w.mmstats");
}

#[test]
fn a_directory_may_appear_later_and_be_given_twice() {
    let place = Place::new();
    let (one, other) = (place.at("one"), place.at("other"));
    let mut follower = Follower::new();
    let mut look = || follower.look(Listing::of_directories([&one, &other, &one]));
    assert!(look().is_empty());
    fs::create_dir(&other).unwrap();
    let _second = create(&other, "w.mmstats", 2);
    assert_eq!(summary(&look()), [("w.mmstats", Event::Appeared, Some(2), Some(2))]);
    fs::create_dir(&one).unwrap();
    let _first = create(&one, "w.mmstats", 1);
    let expected = [
        ("w.mmstats", Event::Appeared, Some(1), Some(1)),
        ("w.mmstats", Event::Known, Some(2), Some(0)),
    ];
    assert_eq!(summary(&look()), expected);
    fs::remove_dir_all(&other).unwrap();
    let expected = [
        ("w.mmstats", Event::Known, Some(1), Some(0)),
        ("w.mmstats", Event::Gone, Some(2), Some(0)),
    ];
    assert_eq!(summary(&look()), expected);
}
