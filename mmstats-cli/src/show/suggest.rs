//! Suggestions for misspelt names.

/// The number of suggestions, at most.
const MOST: usize = 5;

/// Returns `did you mean `done`?`, or the existing names if none is similar.
pub(crate) fn hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut near: Vec<(usize, &str)> = Vec::new();
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    all.dedup();
    for other in &all {
        let edits = strsim::damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
        let part = name.len() > 2 && (other.contains(name) || is_last_part(other, name));
        if part || edits <= name.chars().count().div_ceil(3).min(3) {
            near.push((edits, other));
        }
    }
    near.sort_unstable();
    near.truncate(MOST);
    match near.as_slice() {
        [] if all.is_empty() => "there is no field at all".into(),
        [] => format!("there are {}", listed(&all, "and")),
        near => {
            let names: Vec<&str> = near.iter().map(|(_, other)| *other).collect();
            format!("did you mean {}?", listed(&names, "or"))
        }
    }
}

/// Whether only the prefixes differ, as in `web.done` and `api.done`, or one is missing.
fn is_last_part(other: &str, name: &str) -> bool {
    let last = |label: &str| label.rsplit('.').next().map(str::to_owned);
    other.contains('.') && last(other) == last(name)
}

/// Formats `` `a`, `b` or `c` ``, or the first names of many.
fn listed(names: &[&str], link: &str) -> String {
    const LISTED: usize = 12;
    let mut quoted: Vec<String> =
        names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let last = match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => Some(format!("{more} more")),
        _ if quoted.len() > 1 => quoted.pop(),
        _ => None,
    };
    let first = quoted.join(", ");
    last.map_or(first.clone(), |last| format!("{first} {link} {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_named() {
        let labels = ["done", "missing_email", "web.requests", "web.done", "sys.pid"];
        let hint = |name| hint(name, labels.into_iter());
        assert_eq!(hint("doen"), "did you mean `done`?");
        assert_eq!(hint("Done"), "did you mean `done`?");
        assert_eq!(hint("requests"), "did you mean `web.requests`?");
        assert_eq!(hint("api.done"), "did you mean `web.done`?");
        assert_eq!(
            hint("x"),
            "there are `done`, `missing_email`, `sys.pid`, `web.done` and `web.requests`"
        );
    }

    #[test]
    fn of_many_some_are_listed() {
        let labels: Vec<String> = (10..40).map(|index| format!("label_{index}")).collect();
        let hint = hint("x", labels.iter().map(String::as_str));
        assert!(hint.ends_with("`label_20`, `label_21` and 18 more"), "{hint}");
        assert_eq!(super::hint("x", std::iter::empty()), "there is no field at all");
    }
}
