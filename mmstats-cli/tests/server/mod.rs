//! A server of `mmash`, and what it answers.
#![allow(dead_code, reason = "no test needs all of it")]

use std::fs;
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http::{self, Response};
use crate::tool::{Dir, Running};

/// A server of the files in a directory; killed when dropped.
pub(crate) struct Server {
    running: Option<Running>,
    pub(crate) host: String,
}

impl Server {
    pub(crate) fn start(dir: &Dir, arguments: &[&str]) -> Self {
        Self::spawn(&mut dir.command(&[&["--port", "0"], arguments].concat()))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut running = Running::spawn(command);
        let line = running.line();
        let host = line.trim_end().strip_prefix("http://").and_then(|url| url.strip_suffix('/'));
        let host = host.unwrap_or_else(|| panic!("no address: {line}")).to_owned();
        Self { running: Some(running), host }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.running.as_ref().expect("it runs").pid()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        http::ask(&self.host, &format!("GET {path}"), "", "")
    }

    pub(crate) fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {response:?}");
        assert_eq!(response.header("content-type"), Some("application/json"));
        response.json()
    }

    /// Asks until the answer is as wanted.
    pub(crate) fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..10_000 {
            let found = self.json(path);
            if wanted(&found) {
                return found;
            }
        }
        panic!("{path} is still {}", self.json(path));
    }

    /// Sends the signal, and returns the exit status and standard error.
    pub(crate) fn signal(mut self, signal: Signal) -> (ExitStatus, String) {
        self.send(signal).expect("it runs").end()
    }

    fn send(&mut self, signal: Signal) -> Option<Running> {
        let running = self.running.take()?;
        let pid = Pid::from_raw(running.pid().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        Some(running)
    }

    /// Returns the number of statistics files that it has open.
    pub(crate) fn open_files(&self) -> usize {
        self.open(|name| name.ends_with(".mmstats"))
    }

    /// Returns the number of sockets that it has open, its signals and its address included.
    pub(crate) fn open_sockets(&self) -> usize {
        self.open(|name| name.starts_with("socket:"))
    }

    fn open(&self, is_meant: impl Fn(&str) -> bool) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        let names = open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        names.filter(|name| name.to_str().is_some_and(&is_meant)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.send(Signal::KILL) {
            running.end();
        }
    }
}
