//! The state of a writer: its lock and its process must agree, since anyone who may read a file can
//! lock it, and not everyone can see the process.

use std::fs::{self, File};
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Command;

use mmstats::__private_0_1::format::Header;
use mmstats::{Claim, Counter, MmStats, Reader, State, Value};
use mmstats_testing::{
    Child, again, names, own_pid_namespace, role, say, skipped, skipped_in_container,
    wait_for_parent, wrapped,
};
use tempfile::tempdir;

#[derive(MmStats)]
struct Job {
    done: Counter,
}

fn create(directory: &Path) -> Result<mmstats::Mapped<Job>, mmstats::CreateError> {
    Job::builder().directory(directory).file("job.mmstats").create()
}

fn state(path: &Path) -> State {
    Reader::open(path).unwrap().snapshot().unwrap().state()
}

/// Returns `dead`, `alive`, `moved` or `unknown`.
fn claim(path: &Path) -> &'static str {
    match Reader::open(path).unwrap().claim().unwrap() {
        Claim::Dead(_) => "dead",
        Claim::Alive => "alive",
        Claim::Moved => "moved",
        _ => "unknown",
    }
}

#[test]
fn child_counts() {
    let Some(directory) = role("child_counts") else { return };
    let job = create(&directory).unwrap();
    job.done.add(3);
    say("ready");
    wait_for_parent();
    // No destructor runs.
    std::process::exit(0);
}

#[test]
fn a_lock_of_a_stranger_does_not_keep_a_dead_file_alive() {
    for exclusive in [true, false] {
        let directory = tempdir().unwrap();
        let path = directory.path().join("job.mmstats");
        let mut child = Child::spawn(&mut again("child_counts", directory.path()));
        assert_eq!(child.hear(), "ready");
        // What `flock` does for a user who may only read the file.
        let stranger = File::open(&path).unwrap();
        assert!(stranger.try_lock().is_err());
        assert_eq!((state(&path), claim(&path)), (State::Live, "alive"));
        child.kill();
        if exclusive {
            stranger.lock().unwrap();
        } else {
            stranger.lock_shared().unwrap();
        }

        assert_eq!((state(&path), claim(&path)), (State::Dead, "dead"));
        let job = create(directory.path()).expect("the name is free");
        job.done.add(8);
        let snapshot = Reader::open(&path).unwrap().snapshot().unwrap();
        assert_eq!(
            (snapshot.state(), snapshot.get("done")),
            (State::Live, Some(&Value::Counter(8)))
        );
        assert!(create(directory.path()).is_err(), "it is in use");
        assert_eq!(names(directory.path()), ["job.mmstats"]);
    }
}

#[test]
fn a_dead_file_that_a_stranger_locks_can_be_removed() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("job.mmstats");
    let mut child = Child::spawn(&mut again("child_counts", directory.path()));
    assert_eq!(child.hear(), "ready");
    child.kill();
    let stranger = File::open(&path).unwrap();
    stranger.lock().unwrap();
    let Claim::Dead(remains) = Reader::open(&path).unwrap().claim().unwrap() else { panic!() };
    assert!(remains.remove().unwrap());
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn a_file_of_a_process_out_of_sight_is_kept_if_its_lock_cannot_be_seen() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("job.mmstats");
    let mut child = Child::spawn(&mut again("child_counts", directory.path()));
    assert_eq!(child.hear(), "ready");
    child.kill();
    let overwrite = |at: usize, value: &[u8]| {
        let file = File::options().write(true).open(&path).unwrap();
        file.write_all_at(value, at as u64).unwrap();
    };
    let (boot, namespace) = (offset_of!(Header, boot_id), offset_of!(Header, pid_namespace));
    let original = fs::read(&path).unwrap();
    // Another pid namespace: the free lock of the same inode is conclusive, and that of a copy not.
    overwrite(namespace, &1u64.to_le_bytes());
    assert_eq!((state(&path), claim(&path)), (State::Dead, "dead"));
    let copy = directory.path().join("copy.mmstats");
    fs::copy(&path, &copy).unwrap();
    assert_eq!((state(&copy), claim(&copy)), (State::Unknown, "unknown"));
    // Another boot, which may be that of another machine: the file is younger than this boot.
    overwrite(boot, &[7; 16]);
    assert_eq!((state(&path), claim(&path)), (State::Unknown, "unknown"));
    // The lock of a stranger proves nothing there, and nothing is risked.
    let stranger = File::open(&path).unwrap();
    stranger.lock().unwrap();
    assert_eq!((state(&path), claim(&path)), (State::Live, "alive"));
    drop(stranger);
    // A header that was zeroed names no process.
    overwrite(boot, &[0; 24]);
    assert_eq!(state(&path), State::Unknown);
    overwrite(0, &original);
    assert_eq!(state(&path), State::Dead);
}

#[test]
fn child_reports_the_state() {
    let Some(directory) = role("child_reports_the_state") else { return };
    say(state(&directory.join("job.mmstats")));
}

/// Returns the state that a child sees from a pid namespace of its own.
fn state_inside(wrapper: &[&str], directory: &Path) -> String {
    let mut child = Child::spawn(&mut wrapped(wrapper, "child_reports_the_state", directory));
    child.hear()
}

#[test]
fn the_state_is_the_same_from_another_pid_namespace() {
    let test = "the_state_is_the_same_from_another_pid_namespace";
    let Some(wrapper) = own_pid_namespace(test) else { return };
    let directory = tempdir().unwrap();
    let path = directory.path().join("job.mmstats");
    let mut child = Child::spawn(&mut again("child_counts", directory.path()));
    assert_eq!(child.hear(), "ready");
    assert_eq!(state_inside(&wrapper, directory.path()), "live");
    child.kill();
    assert_eq!(state_inside(&wrapper, directory.path()), "dead");
    fs::copy(&path, directory.path().join("copy")).unwrap();
    fs::rename(directory.path().join("copy"), &path).unwrap();
    assert_eq!(state_inside(&wrapper, directory.path()), "unknown");
    assert_eq!(state(&path), State::Dead);
}

#[test]
fn child_reads_its_own_file() {
    let Some(directory) = role("child_reads_its_own_file") else { return };
    let _job = create(&directory).unwrap();
    say(state(&directory.join("job.mmstats")));
}

#[test]
fn a_writer_in_a_container_with_the_proc_of_its_host_is_live_for_itself() {
    let test = "a_writer_in_a_container_with_the_proc_of_its_host_is_live_for_itself";
    let Some(wrapper) = own_pid_namespace(test) else { return };
    let directory = tempdir().unwrap();
    let mut command = wrapped(&wrapper, "child_reads_its_own_file", directory.path());
    assert_eq!(Child::spawn(&mut command).hear(), "live");
}

#[test]
fn a_writer_on_an_overlay_is_unknown_to_those_who_see_what_is_below() {
    let test = "a_writer_on_an_overlay_is_unknown_to_those_who_see_what_is_below";
    let directory = tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["lower", "upper", "work", "merged"] {
        fs::create_dir(at(name)).unwrap();
    }
    let script = "cd \"$0\" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work \
                  merged && shift 0 && exec \"$@\"";
    let root = directory.path().to_str().unwrap();
    let wrapper = ["unshare", "-mpf", "sh", "-c", script, root];
    let tried = Command::new(wrapper[0]).args(&wrapper[1..]).arg("true").output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return skipped(test, "no overlay may be mounted");
    }
    let mut child = Child::spawn(&mut wrapped(&wrapper, "child_counts", &at("merged")));
    assert_eq!(child.hear(), "ready");
    let below = at("upper/job.mmstats");
    // Its lock is free here, and its process is in another pid namespace.
    assert_eq!((state(&below), claim(&below)), (State::Unknown, "unknown"));
    child.end_well();
}

// Version 1, which has no lock.

/// Writes a file of version 1, of the process with this pid.
fn write_version_1(path: &Path, pid: u32) {
    let field = |label: &str, code: &str, value: &[u8]| {
        let size = |text: &str| u16::try_from(text.len()).unwrap().to_le_bytes();
        [&size(label), label.as_bytes(), &size(code), code.as_bytes(), &[255], value].concat()
    };
    let created = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let bytes = [
        vec![1],
        field("sys.pid", "I", &pid.to_le_bytes()),
        field("sys.created", "d", &created.to_le_bytes()),
        vec![0; 64],
    ];
    fs::write(path, bytes.concat()).unwrap();
}

#[test]
fn child_writes_version_1() {
    let Some(directory) = role("child_writes_version_1") else { return };
    let own = std::process::id();
    write_version_1(&directory.join("job.mmstats"), own);
    say(own);
    wait_for_parent();
}

#[test]
fn a_version_1_writer_in_another_pid_namespace_is_unknown_and_kept() {
    let test = "a_version_1_writer_in_another_pid_namespace_is_unknown_and_kept";
    // With so many processes before it that its pid is that of no process here.
    let script = "echo 4000000 > /proc/sys/kernel/ns_last_pid; exec 3<&0; \"$@\" <&3 & wait";
    let wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh"];
    let script_works = "echo 4000000 > /proc/sys/kernel/ns_last_pid";
    let tried = Command::new(wrapper[0]).args(&wrapper[1..6]).arg(script_works).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return skipped(test, "no pid namespace may be made, or no pid be chosen");
    }
    let directory = tempdir().unwrap();
    let path = directory.path().join("job.mmstats");
    let mut command = wrapped(&wrapper, "child_writes_version_1", directory.path());
    let mut child = Child::spawn(&mut command);
    let pid = child.hear();
    if fs::exists(format!("/proc/{pid}")).unwrap() {
        return skipped(test, "its pid is in use here as well");
    }
    // A claim looks at all processes anew. Without it, a reader that has just looked may overlook a
    // new writer for a second.
    assert_eq!((claim(&path), state(&path)), ("unknown", State::Unknown));
    drop(child);
}

#[test]
fn a_version_1_file_is_dead_if_no_process_of_the_machine_has_its_pid() {
    let test = "a_version_1_file_is_dead_if_no_process_of_the_machine_has_its_pid";
    let directory = tempdir().unwrap();
    let path = directory.path().join("job.mmstats");
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    write_version_1(&path, child.id());
    if skipped_in_container(test) {
        assert_eq!((state(&path), claim(&path)), (State::Unknown, "unknown"));
        return;
    }
    assert_eq!((state(&path), claim(&path)), (State::Dead, "dead"));
}
