//! What the original is configured with: a file of Python, of which the assignments of constants
//! are read.

use std::env;
use std::ffi::OsString;
use std::fs;

/// Names the file.
const VARIABLE: &str = "MMASH_SETTINGS";

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) glob: Option<String>,
}

impl Settings {
    /// Those of the file that the environment names; none if it names none.
    pub(super) fn from_environment() -> Result<Self, String> {
        let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
            return Ok(Self::default());
        };
        read(&path).map_err(|why| format!("{}, of {VARIABLE}: {why}", path.display()))
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
                "MMSTATS_GLOB" => {
                    settings.glob = Some(string(value).ok_or_else(|| expected("a string"))?);
                }
                // Others mean something to Flask only.
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn read(path: &OsString) -> Result<Settings, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    Settings::parse(&text)
}

/// One in single or double quotes, without escapes, and what is behind it a comment.
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
    fn what_has_to_be_run_is_an_error() {
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
