//! What is opened: regular files only, after a look, and through no link of another user.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{chown, lchown, symlink};
use std::path::Path;

use mmstats::{Counter, MmStats, ReadErrorKind, Reader, Value};
use mmstats_testing::skipped;
use rustix::fs::inotify;
use tempfile::tempdir;

#[derive(MmStats)]
struct Job {
    done: Counter,
}

const NOBODY: u32 = 65_534;

fn done(path: &Path) -> Result<u64, ReadErrorKind> {
    match Reader::open(path).and_then(|reader| reader.snapshot()) {
        Ok(snapshot) => Ok(snapshot.get("done").and_then(Value::as_u64).unwrap()),
        Err(error) => Err(match error.kind() {
            ReadErrorKind::Symlink => ReadErrorKind::Symlink,
            ReadErrorKind::NotAFile => ReadErrorKind::NotAFile,
            other => panic!("{other}"),
        }),
    }
}

#[test]
fn a_pipe_is_looked_at_and_not_opened() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("fifo.mmstats");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from(0o600)).unwrap();
    let flags = inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC;
    let watch = inotify::init(flags).unwrap();
    inotify::add_watch(&watch, &path, inotify::WatchFlags::OPEN).unwrap();
    assert!(matches!(done(&path), Err(ReadErrorKind::NotAFile)));
    let opened = rustix::io::read(&watch, &mut [0u8; 256]);
    assert_eq!(opened, Err(rustix::io::Errno::AGAIN), "somebody opened it");
}

#[test]
fn a_device_is_refused() {
    for device in ["/dev/null", "/dev/zero", "/dev/tty"] {
        if fs::exists(device).unwrap() {
            assert!(matches!(done(Path::new(device)), Err(ReadErrorKind::NotAFile)), "{device}");
        }
    }
}

#[test]
fn links_of_this_user_are_followed_and_those_of_others_are_not() {
    let test = "links_of_this_user_are_followed_and_those_of_others_are_not";
    let directory = tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let job = Job::builder().directory(directory.path()).file("job.mmstats").create().unwrap();
    job.done.add(7);
    symlink("job.mmstats", at("link.mmstats")).unwrap();
    symlink(at("link.mmstats"), at("chain.mmstats")).unwrap();
    fs::create_dir(at("theirs")).unwrap();
    symlink("../link.mmstats", at("theirs/up.mmstats")).unwrap();
    for path in ["link.mmstats", "chain.mmstats", "theirs/up.mmstats"] {
        assert_eq!(done(&at(path)).unwrap(), 7, "{path}");
    }
    symlink("loop.mmstats", at("loop.mmstats")).unwrap();
    let error = Reader::open(at("loop.mmstats")).unwrap_err().to_string();
    assert!(error.contains("Too many levels of symbolic links"), "{error}");
    // The file of another program that this one has open, as with a process substitution.
    let open = fs::File::open(at("job.mmstats")).unwrap();
    assert_eq!(done(format!("/proc/self/fd/{}", open.as_raw_fd()).as_ref()).unwrap(), 7);

    if !rustix::process::geteuid().is_root() {
        return skipped(test, "only root can give files to others");
    }
    // Another user's link, in a directory of this user such as the temporary directory.
    lchown(at("link.mmstats"), Some(NOBODY), None).unwrap();
    // A link of this user in another user's directory.
    chown(at("theirs"), Some(NOBODY), None).unwrap();
    for path in ["link.mmstats", "chain.mmstats", "theirs/up.mmstats"] {
        assert!(matches!(done(&at(path)), Err(ReadErrorKind::Symlink)), "{path}");
    }
    assert_eq!(
        Reader::open(at("link.mmstats")).unwrap_err().kind().to_string(),
        "is a symbolic link of another user, which is not followed: name the file itself"
    );
}
