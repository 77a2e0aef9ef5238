//! Reads the settings of Python's mmash: a Python file, which is not executed.

use std::env;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// The variable with the path of the file.
const VARIABLE: &str = "MMASH_SETTINGS";

/// The pattern in the settings that Python's mmash ships. It depends on the environment as the
/// default places do, and stands for them.
const DEFAULT_GLOB: &str = "defaults.DEFAULT_GLOB";

/// The size of the largest file that is read.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) glob: Option<String>,
}

impl Settings {
    /// Reads the file that the environment names, if there is one.
    pub(super) fn from_environment() -> Result<Self, String> {
        let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
            return Ok(Self::default());
        };
        read(Path::new(&path)).map_err(|why| format!("{VARIABLE}: {}: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        for (index, line) in text.lines().enumerate() {
            let Some((name, value)) = line.split_once('=') else { continue };
            let value = value.trim();
            let expected = |what| format!("line {}: expected {what}, found `{value}`", index + 1);
            match name.trim_end() {
                "HOST" => settings.host = Some(string(value).ok_or_else(|| expected("a string"))?),
                "PORT" => settings.port = Some(port(value).ok_or_else(|| expected("a port"))?),
                "MMSTATS_GLOB" if is_word(value, DEFAULT_GLOB) => settings.glob = None,
                "MMSTATS_GLOB" => {
                    settings.glob = Some(string(value).ok_or_else(|| expected("a string"))?);
                }
                // Others are settings of Flask.
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn read(path: &Path) -> Result<Settings, String> {
    // Opening what is no file may have an effect, or wait. It may be replaced until it is opened.
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("is not a regular file".into());
    }
    if found.len() > LARGEST {
        return Err(format!("is too large: at most {LARGEST} bytes"));
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty());
    let file = File::from(file.map_err(|error| std::io::Error::from(error).to_string())?);
    if !file.metadata().is_ok_and(|found| found.is_file()) {
        return Err("is not a regular file".into());
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    Settings::parse(&text)
}

/// Parses a string in single or double quotes, without escapes, with nothing but a comment after it.
fn string(value: &str) -> Option<String> {
    let value = value.strip_prefix(['u', 'r', 'b']).unwrap_or(value);
    let quote = value.chars().next().filter(|char| ['\'', '"'].contains(char))?;
    let (string, rest) = value[1..].split_once(quote)?;
    (!string.contains('\\') && is_comment(rest)).then(|| string.to_owned())
}

fn port(value: &str) -> Option<u16> {
    let digits = value.find(|char: char| !char.is_ascii_digit()).unwrap_or(value.len());
    let (digits, rest) = value.split_at(digits);
    digits.parse().ok().filter(|_| is_comment(rest))
}

fn is_word(value: &str, word: &str) -> bool {
    value.strip_prefix(word).is_some_and(is_comment)
}

fn is_comment(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty() || text.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read() {
        let text = "from mmstats import defaults\n\
                    # HOST = 'no'\n\
                    HOST = '0.0.0.0'\n\
                    PORT= 8080 # not 5002\n\
                    DEBUG = False\n\
                    MMSTATS_GLOB = u\"/srv/*.mmstats\"\n";
        let expected = Settings {
            host: Some("0.0.0.0".into()),
            port: Some(8080),
            glob: Some("/srv/*.mmstats".into()),
        };
        assert_eq!(Settings::parse(text), Ok(expected));
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
    }

    #[test]
    fn the_settings_of_the_original_are_read() {
        let text = "from mmstats import defaults\n\n\
                    MMSTATS_GLOB = defaults.DEFAULT_GLOB\n\
                    DEBUG = True\n\
                    HOST = '0.0.0.0'\n\
                    PORT = 5002\n";
        let expected = Settings { host: Some("0.0.0.0".into()), port: Some(5002), glob: None };
        assert_eq!(Settings::parse(text), Ok(expected));
        assert!(Settings::parse("MMSTATS_GLOB = defaults.DEFAULT_GLOB + 'x'").is_err());
    }

    #[test]
    fn expressions_are_errors() {
        for (text, expected) in [
            ("\nHOST = socket.gethostname()", "line 2: expected a string, found"),
            ("PORT = 70000", "line 1: expected a port, found `70000`"),
            ("PORT = 5000 + 2", "line 1: expected a port"),
            ("MMSTATS_GLOB = '/srv' + x", "line 1: expected a string"),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
