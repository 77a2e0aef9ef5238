//! The default directories: a chain, of which the first one that is safe and has room is taken.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use mmstats::{Counter, Detached, MmStats, default_globs};
use mmstats_testing::{Child, role, say, skipped, unshare, wrapped};
use tempfile::tempdir;

#[derive(MmStats)]
struct Stats {
    done: Counter,
}

#[test]
fn child_says_where_it_writes() {
    let Some(_) = role("child_says_where_it_writes") else { return };
    let builder = Stats::builder().file("w.mmstats");
    let warned = builder.on_warning(|warning| say(format_args!("warning: {warning}")));
    let stats = warned.create_or_detached();
    stats.done.inc();
    say(format_args!("writes {stats}"));
    if let Some(path) = stats.path() {
        let found = fs::metadata(path.parent().unwrap()).unwrap();
        say(format_args!("mode {:o} of {}", found.mode() & 0o7777, found.uid()));
        let globs = default_globs();
        let directory = path.parent().unwrap();
        let parent = directory.parent().unwrap();
        let looks = globs.contains(&format!("{}/*.mmstats", directory.display()))
            || globs.contains(&format!("{}/mmstats-*/*.mmstats", parent.display()))
            || globs.contains(&format!("{}/*/*.mmstats", parent.display()));
        say(if looks { "tools look there" } else { "no tool looks there" });
    } else {
        assert!(matches!(stats.detached(), Some(Detached::Failed(_))));
        say("-");
        say("-");
    }
}

const NOBODY: u32 = 65534;
const DYNAMIC: u32 = 61234;

/// A user's process, alone in its namespaces, where `/tmp`, `/run` and `/dev/shm` are empty.
struct Alone<'a> {
    test: &'a str,
    uid: u32,
    /// Shell commands of root, before the process starts.
    prepare: &'a str,
    /// `RUNTIME_DIRECTORY`.
    runtime: &'a str,
}

impl Alone<'_> {
    /// Returns its warnings, and where it writes; `None` if such a process cannot be started here.
    fn says(&self) -> Option<(Vec<String>, String)> {
        let directory = tempdir().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // Not below `/tmp`, which it does not see.
        let binary = std::env::current_exe().unwrap();
        let root = rustix::process::geteuid().is_root();
        let reachable = !binary.starts_with("/tmp") && root;
        let Some([unshare, flags]) = unshare("-m").filter(|_| reachable) else {
            skipped(self.test, "only root can start a user's process in a namespace of its own");
            return None;
        };
        let mounts = ["/tmp", "/run", "/dev/shm"].map(|place| {
            let mode = if place == "/run" { "755" } else { "1777" };
            format!("mount -t tmpfs -o mode={mode} none {place} && ")
        });
        let script = format!(
            "{}{}exec setpriv --reuid {uid} --regid {uid} --clear-groups \"$0\" \"$@\"",
            mounts.concat(),
            self.prepare,
            uid = self.uid,
        );
        let wrapper = [unshare, flags, "sh", "-c", &script];
        let mut command = wrapped(&wrapper, "child_says_where_it_writes", directory.path());
        command.env_remove("TMPDIR");
        if !self.runtime.is_empty() {
            command.env("RUNTIME_DIRECTORY", self.runtime);
        }
        let mut child = Child::spawn(&mut command);
        let mut warnings = Vec::new();
        let written = loop {
            let said = child.hear();
            match said.strip_prefix("writes ") {
                Some(written) => break written.to_owned(),
                None => warnings.push(said),
            }
        };
        let (mode, tools) = (child.hear(), child.hear());
        child.end_well();
        if Path::new(&written).is_absolute() {
            assert!(mode.starts_with("mode 755 of "), "{mode}");
            assert_eq!(tools, "tools look there", "{written}");
        }
        Some((warnings, written))
    }

    /// Asserts where it writes, without a warning.
    fn writes_to(&self, expected: &str) {
        if let Some((warnings, written)) = self.says() {
            assert_eq!((warnings, written.as_str()), (Vec::new(), expected));
        }
    }

    /// Asserts that it writes elsewhere than in its directory in `/tmp`, with a warning.
    fn passes_over_tmp(&self, because: &str) {
        let Some((warnings, written)) = self.says() else { return };
        let unsafe_directory = format!("/tmp/mmstats-{NOBODY}: is not safe to write to: {because}");
        assert_eq!(
            warnings,
            [format!("warning: not in the default directory: {unsafe_directory}")]
        );
        assert_eq!(written, format!("/dev/shm/mmstats-{NOBODY}/w.mmstats"));
    }
}

fn alone<'a>(test: &'a str, uid: u32, prepare: &'a str) -> Alone<'a> {
    Alone { test, uid, prepare, runtime: "" }
}

// The order.

#[test]
fn root_and_services_write_to_shared_memory() {
    for uid in [0, 999, DYNAMIC] {
        let alone = alone("root_and_services_write_to_shared_memory", uid, "");
        alone.writes_to(&format!("/dev/shm/mmstats-{uid}/w.mmstats"));
    }
}

#[test]
fn others_write_to_the_temporary_directory() {
    for uid in [1000, NOBODY] {
        let alone = alone("others_write_to_the_temporary_directory", uid, "");
        alone.writes_to(&format!("/tmp/mmstats-{uid}/w.mmstats"));
    }
}

#[test]
fn an_existing_directory_of_this_user_is_used() {
    let prepare = "install -d -o 65534 /tmp/mmstats-65534 && ";
    let alone = alone("an_existing_directory_of_this_user_is_used", NOBODY, prepare);
    alone.writes_to("/tmp/mmstats-65534/w.mmstats");
}

#[test]
fn a_service_writes_to_its_runtime_directory() {
    let test = "a_service_writes_to_its_runtime_directory";
    let prepare = "install -d -o 61234 /run/web /run/web-2 && ";
    for runtime in ["/run/web", "/run/web:/run/web-2", "/run/missing:/run/web"] {
        let alone = Alone { runtime, ..alone(test, DYNAMIC, prepare) };
        alone.writes_to("/run/web/w.mmstats");
    }
    // A service of a user, whose runtime directory is below that user's.
    let prepare = "install -d -o 1000 /run/user/1000/web && ";
    let alone = Alone { runtime: "/run/user/1000/web", ..alone(test, 1000, prepare) };
    alone.writes_to("/run/user/1000/web/w.mmstats");
}

#[test]
fn the_runtime_directory_of_another_user_is_not_used() {
    let test = "the_runtime_directory_of_another_user_is_not_used";
    let prepare = "install -d /run/web && ";
    let other = Alone { runtime: "/run/web", ..alone(test, NOBODY, prepare) };
    other.writes_to("/tmp/mmstats-65534/w.mmstats");
    let prepare = "install -d -o 65534 /run/web && ";
    let root = Alone { runtime: "/run/web", ..alone(test, 0, prepare) };
    if let Some((warnings, written)) = root.says() {
        let expected = "warning: not in the default directory: /run/web: is not safe to write to: \
                        it belongs to another user";
        assert_eq!(
            (warnings, written.as_str()),
            (vec![expected.to_owned()], "/dev/shm/mmstats-0/w.mmstats")
        );
    }
}

// Fall-backs.

#[test]
fn the_next_directory_is_used_where_nothing_can_be_written() {
    let test = "the_next_directory_is_used_where_nothing_can_be_written";
    let shm = "/dev/shm/mmstats-65534/w.mmstats";
    alone(test, NOBODY, "mount -o remount,ro /tmp && ").writes_to(shm);
    // The directory exists, and only the file cannot be created.
    let prepare = "install -d -o 65534 /tmp/mmstats-65534 && mount -o remount,ro /tmp && ";
    alone(test, NOBODY, prepare).writes_to(shm);
    let prepare = "mount -o remount,size=4k /tmp && ";
    alone(test, NOBODY, prepare).writes_to(shm);
    alone(test, 0, "mount -o remount,ro /dev/shm && ").writes_to("/tmp/mmstats-0/w.mmstats");
    alone(test, 0, "umount /dev/shm && mount --bind /proc/self/fdinfo /dev && ")
        .writes_to("/tmp/mmstats-0/w.mmstats");
}

#[test]
fn without_any_directory_the_error_names_all() {
    let prepare = "mount -o remount,ro /tmp && mount -o remount,ro /dev/shm && ";
    let test = "without_any_directory_the_error_names_all";
    let failed = "cannot create this directory: Read-only file system (os error 30)";
    let failed = format!("/tmp/mmstats-65534: {failed}; /dev/shm/mmstats-65534: {failed}");
    if let Some((warnings, written)) = alone(test, NOBODY, prepare).says() {
        let warning = format!("warning: no statistics file, counting in memory: {failed}");
        assert_eq!((warnings, written), (vec![warning], format!("no file: {failed}")));
    }
}

// Squatted directories.

#[test]
fn a_default_directory_that_is_a_symlink_is_passed_over() {
    let prepare = "install -d -o 65534 /tmp/other && ln -s other /tmp/mmstats-65534 && ";
    let test = "a_default_directory_that_is_a_symlink_is_passed_over";
    alone(test, NOBODY, prepare).passes_over_tmp("it is a symbolic link");
}

#[test]
fn a_default_directory_of_another_user_is_passed_over() {
    let test = "a_default_directory_of_another_user_is_passed_over";
    let prepare = "install -d -o 1000 -m 777 /tmp/mmstats-65534 && ";
    alone(test, NOBODY, prepare).passes_over_tmp("it belongs to another user");
}

#[test]
fn a_default_directory_that_others_can_write_to_is_passed_over() {
    let test = "a_default_directory_that_others_can_write_to_is_passed_over";
    for mode in ["777", "770", "757", "1777"] {
        let prepare = format!("install -d -o 65534 -m {mode} /tmp/mmstats-65534 && ");
        alone(test, NOBODY, &prepare).passes_over_tmp("others can write to it");
    }
}

#[test]
fn a_default_directory_that_is_a_file_is_passed_over() {
    let test = "a_default_directory_that_is_a_file_is_passed_over";
    let prepare = "install -o 65534 /dev/null /tmp/mmstats-65534 && ";
    alone(test, NOBODY, prepare).passes_over_tmp("it is not a directory");
}
