//! The original, Python's mmstats 0.8, in a separate process that times itself.

use std::cell::Cell;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use crate::measure::{Operation, Rank::Peer};

/// Reads numbers. For each one it runs that many operations, and prints how many nanoseconds they
/// took and how many have been done in total.
const SCRIPT: &str = r"
import sys, time, mmstats

class Stats(mmstats.MmStats):
    done = mmstats.CounterField()
    request = mmstats.TimerField()

stats = Stats(path=sys.argv[2])

def incr(times):
    for _ in xrange(times):
        stats.done.incr()

def timer(times):
    for _ in xrange(times):
        with stats.request:
            pass

total = 0
for line in iter(sys.stdin.readline, ''):
    times = int(line)
    start = time.time()
    locals()[sys.argv[1]](times)
    took = time.time() - start
    total = stats.done.value if sys.argv[1] == 'incr' else total + times
    print '%d %d' % (took * 1e9, total)
    sys.stdout.flush()
";

/// The directory for the files, if the package is installed.
#[derive(Default)]
pub(super) struct Interpreter(Option<PathBuf>);

impl Interpreter {
    /// Searches for the package as `PATH` and `PYTHONPATH` say.
    pub(super) fn find(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let import = Command::new("python2.7").args(["-c", "import mmstats"]).output();
        let import = import.map_err(|error| format!("python2.7: {error}"))?;
        if !import.status.success() {
            return Err("`python2.7 -c 'import mmstats'` fails".into());
        }
        Ok(Self(Some(directory.to_owned())))
    }

    pub(super) fn incr(&self) -> Option<Operation> {
        self.operation("Python mmstats 0.8, incr()", "incr")
    }

    pub(super) fn timer(&self) -> Option<Operation> {
        let timer = self.operation("Python mmstats 0.8, with timer", "timer");
        timer.map(|timer| timer.note("last 100"))
    }

    fn operation(&self, name: &'static str, function: &str) -> Option<Operation> {
        let mut worker = Worker::start(self.0.as_deref()?, function).ok()?;
        let total = Rc::new(Cell::new(0));
        let done = total.clone();
        let operation = Operation::elsewhere(Peer, name, move |times| {
            let (ns, done) = worker.repeat(times).unwrap_or_else(|error| panic!("{name}: {error}"));
            total.set(done);
            Duration::from_nanos(ns.max(1))
        });
        Some(operation.counted(move || done.get()))
    }
}

struct Worker {
    process: Child,
    tasks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    fn start(directory: &Path, function: &str) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new("python2.7")
            .args(["-c", SCRIPT, function])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let tasks = process.stdin.take().ok_or("no standard input")?;
        let answers = BufReader::new(process.stdout.take().ok_or("no standard output")?);
        Ok(Self { process, tasks, answers })
    }

    fn repeat(&mut self, times: u32) -> Result<(u64, u64), Box<dyn Error>> {
        writeln!(self.tasks, "{times}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let (ns, total) = answer.trim().split_once(' ').ok_or("the answer is not two numbers")?;
        Ok((ns.parse()?, total.parse()?))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
