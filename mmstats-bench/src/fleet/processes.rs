//! Processes: the writers of a fleet, the tools that read it, and what they take of a processor.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

use super::service::Kinds;

/// A process can map some 65,000 pieces of memory, and each file takes two.
const FILES_A_WRITER: usize = 2500;

/// Many files, of processes that write them as long as this lives.
pub(crate) struct Fleet {
    directory: TempDir,
    /// Each writer, and what it ends with.
    writers: Vec<(Child, Option<ChildStdin>)>,
}

impl Fleet {
    /// All files are there when this returns; all of their statistics change each `every`.
    pub(crate) fn start(
        files: usize,
        kinds: Kinds,
        every: Duration,
    ) -> Result<Self, Box<dyn Error>> {
        let mut fleet = Self { directory: tempfile::tempdir_in("/dev/shm")?, writers: Vec::new() };
        let mut left = files;
        while left > 0 {
            let files = left.min(FILES_A_WRITER);
            left -= files;
            fleet.add(files, kinds, every)?;
        }
        Ok(fleet)
    }

    fn add(&mut self, files: usize, kinds: Kinds, every: Duration) -> Result<(), Box<dyn Error>> {
        let mut child = Command::new(env::current_exe()?)
            .arg("fleet-writer")
            .arg(self.path())
            .args([files.to_string(), format!("{kinds:?}").to_lowercase()])
            .arg(every.as_millis().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().map(BufReader::new);
        self.writers.push((child, input));
        let mut line = String::new();
        output.ok_or("no output")?.read_line(&mut line)?;
        if line == "ready\n" { Ok(()) } else { Err("a writer failed".into()) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for (writer, input) in &mut self.writers {
            drop(input.take());
            let _ = writer.wait();
        }
    }
}

/// The tools, as they are released.
pub(crate) struct Tools {
    directory: PathBuf,
}

impl Tools {
    /// Builds them beside this program.
    pub(crate) fn build() -> Result<Self, Box<dyn Error>> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let own = env::current_exe()?;
        let directory = own.parent().ok_or("this program is nowhere")?.to_owned();
        let target = directory.parent().ok_or("this program is nowhere")?;
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--release", "--package", "mmstats-cli"])
            .args(["--manifest-path", manifest, "--target-dir"])
            .arg(target)
            .status()?;
        let directory = target.join("release");
        if built.success() { Ok(Self { directory }) } else { Err("the tools do not build".into()) }
    }

    fn command(&self, name: &str) -> Command {
        Command::new(self.directory.join(name))
    }

    /// What `slurpstats` takes for all files, in seconds of a processor.
    pub(crate) fn slurp(&self, directory: &Path, format: &str) -> Result<f64, Box<dyn Error>> {
        let mut slurp = self.command("slurpstats");
        let mut child =
            slurp.args(["--format", format]).arg(directory).stdout(Stdio::null()).spawn()?;
        // Not waited for yet, so that what it took can still be asked for.
        waitid(WaitId::Pid(pid(&child)?), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        let taken = processor_seconds(&child)?;
        if child.wait()?.success() { Ok(taken) } else { Err("`slurpstats` failed".into()) }
    }

    /// What `pollstats` takes for a line, of which it prints one a second if it can, once it has
    /// begun.
    pub(crate) fn poll(
        &self,
        directory: &Path,
        fields: &str,
        time: Duration,
    ) -> Result<f64, Box<dyn Error>> {
        let mut child =
            self.command("pollstats").arg(fields).arg(directory).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(output).lines();
        // A header, and the first look.
        let begun = lines.nth(1).is_some();
        let lines = thread::spawn(move || lines.count());
        let seconds = watch(&mut child, time)?;
        let lines = lines.join().map_err(|_| "a thread panicked")?;
        if begun && lines > 0 {
            Ok(seconds / f64::from(u32::try_from(lines)?))
        } else {
            Err("`pollstats` failed".into())
        }
    }

    /// What `mmstats top` takes a second on a screen of 200 columns and 50 lines, once it has
    /// begun.
    pub(crate) fn top(&self, directory: &Path, time: Duration) -> Result<f64, Box<dyn Error>> {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&screen)?;
        unlockpt(&screen)?;
        let size = Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&screen, size)?;
        let name = ptsname(&screen, Vec::new())?.into_string()?;
        let terminal = fs::File::options().read(true).write(true).open(name)?;
        let mut child = self
            .command("mmstats")
            .arg("top")
            .arg(directory)
            .env("TERM", "xterm-256color")
            .stdin(terminal.try_clone()?)
            .stdout(terminal)
            .spawn()?;
        let mut screen = fs::File::from(screen);
        thread::spawn(move || {
            let mut seen = [0; 4096];
            while screen.read(&mut seen).is_ok_and(|read| read > 0) {}
        });
        // Until it has opened all files, and the first intervals are over.
        thread::sleep(Duration::from_secs(5));
        Ok(watch(&mut child, time)? / time.as_secs_f64())
    }
}

/// What a process takes in so much time, after which it is ended.
fn watch(child: &mut Child, time: Duration) -> Result<f64, Box<dyn Error>> {
    let before = processor_seconds(child);
    thread::sleep(time);
    let after = processor_seconds(child);
    kill_process(pid(child)?, Signal::TERM)?;
    child.wait()?;
    Ok(after? - before?)
}

fn pid(child: &Child) -> Result<Pid, Box<dyn Error>> {
    Pid::from_raw(child.id().try_into()?).ok_or_else(|| "no pid".into())
}

/// What all threads of a process took of a processor so far, also of one that has ended and was
/// not waited for.
fn processor_seconds(child: &Child) -> io::Result<f64> {
    let tasks = fs::read_dir(format!("/proc/{}/task", child.id()))?;
    let mut seconds = 0.0;
    for task in tasks {
        // The first number is the time in nanoseconds: `Documentation/scheduler/sched-stats`.
        let stat = fs::read_to_string(task?.path().join("schedstat"))?;
        let ns = stat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok());
        seconds += ns.ok_or(io::ErrorKind::InvalidData)? / 1e9;
    }
    Ok(seconds)
}
