//! Controls a real browser, Chromium, through the `WebDriver` protocol.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http;

/// Longer than anything takes on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Keys, as `WebDriver` encodes them.
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const LEFT: &str = "\u{e012}";

/// A window of the browser.
pub(crate) struct Browser {
    driver: Child,
    host: String,
    session: String,
    /// Deleted on drop.
    profile: TempDir,
}

impl Browser {
    /// Opens a window; `None` if the browser or its driver is not installed.
    pub(crate) fn open() -> Option<Self> {
        let missing = |name: &str| {
            let found = Command::new(name).arg("--version").output();
            !found.is_ok_and(|found| found.status.success())
        };
        if missing("chromium") || missing("chromedriver") {
            return None;
        }
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(driver.stdout.take().unwrap());
        let port = loop {
            let mut line = String::new();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "chromedriver ended");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        // A closed pipe would end it at its next line.
        thread::spawn(move || said.read_to_end(&mut Vec::new()));
        let profile = tempfile::tempdir().unwrap();
        let mut browser =
            Self { driver, host: format!("127.0.0.1:{port}"), session: String::new(), profile };
        let profile = format!("--user-data-dir={}", browser.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1200,900",
            &profile,
        ];
        let options = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.ask("POST", "", &options);
        browser.session = format!("/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let request = format!("{method} /session{}{path}", self.session);
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let response = http::ask(&self.host, &request, "", &body);
        assert_eq!(response.status, 200, "{request}: {response:?}");
        response.json()["value"].take()
    }

    pub(crate) fn go(&self, url: &str) {
        self.ask("POST", "/url", &json!({"url": url}));
    }

    /// Runs a script, and returns its result.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Waits until the expression is true.
    pub(crate) fn wait(&self, expression: &str) {
        let since = Instant::now();
        while self.run(&format!("return Boolean({expression})")) != json!(true) {
            if since.elapsed() > PATIENCE {
                let text = self.run("return document.body.innerText");
                panic!("never {expression}, but\n{}", text.as_str().unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn element(&self, selector: &str) -> String {
        let found = json!({"using": "css selector", "value": selector});
        let found = self.ask("POST", "/element", &found);
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.ask("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the focused element.
    pub(crate) fn press(&self, keys: &str) {
        let element = self.ask("GET", "/element/active", &Value::Null);
        let element = element.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        self.ask("POST", &format!("/element/{element}/value"), &json!({"text": keys}));
    }

    /// Returns the errors of scripts and of the content security policy.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.ask("POST", "/se/log", &json!({"type": "browser"}));
        let lines = log.as_array().unwrap().iter();
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !thread::panicking() {
            self.ask("DELETE", "", &Value::Null);
        }
        // This also ends the browser that it started.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
