#![forbid(unsafe_code)]
//! The placeholders `{CMD}`, `{PID}` and `{TID}` in file names and paths.

use std::path::{self, PathBuf};

use crate::error::{CreateError, CreateErrorKind};
use crate::process;

/// Replaces the placeholders by the values of this process and thread.
pub(crate) fn expand(template: &str) -> Result<String, CreateErrorKind> {
    let mut expanded = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let at = template.len() - rest.len() + brace;
        expanded.push_str(&rest[..brace]);
        let inner = rest[brace..].strip_prefix('{').ok_or(CreateErrorKind::UnmatchedBrace(at))?;
        let (name, after) = inner.split_once('}').ok_or(CreateErrorKind::UnmatchedBrace(at))?;
        match name {
            "CMD" => expanded.push_str(&process::command()),
            "PID" => expanded.push_str(&std::process::id().to_string()),
            "TID" => expanded.push_str(&process::tid().to_string()),
            _ => return Err(CreateErrorKind::UnknownPlaceholder(name.to_owned())),
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// Replaces the placeholders of a path, and makes it absolute: the program may change its directory.
pub(crate) fn expand_path(path: PathBuf) -> Result<PathBuf, CreateError> {
    // The placeholders of a path that is not UTF-8 cannot be found.
    let expanded = match path.to_str().map(expand) {
        Some(Ok(expanded)) => expanded.into(),
        Some(Err(kind)) => return Err(CreateError::new(path, kind)),
        None => path,
    };
    path::absolute(&expanded).map_err(|error| {
        let doing = "find the current directory";
        CreateError::new(expanded, CreateErrorKind::Io { doing, error })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced() {
        let pid = std::process::id();
        assert_eq!(expand("web-{PID}.mmstats").unwrap(), format!("web-{pid}.mmstats"));
        assert_eq!(expand("{PID}{PID}").unwrap(), format!("{pid}{pid}"));
        assert_eq!(expand("plain").unwrap(), "plain");
    }

    #[test]
    fn mistakes_are_named() {
        let message = |template| expand(template).unwrap_err().to_string();
        assert!(message("a-{pid}").starts_with("unknown placeholder `{pid}`"));
        assert!(message("é{PID").starts_with("byte 2:"));
        assert!(message("a}").starts_with("byte 1:"));
    }
}
