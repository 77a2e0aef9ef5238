//! Suggestions for misspelt names.

/// The number of suggestions, at most.
const MOST: usize = 5;

/// The number of edits that a suggestion may differ by.
const EDITS: usize = 3;

/// The length in bytes up to which names are compared.
const LONGEST: usize = 256;

/// The sum of the products of the lengths of compared names, at most: it takes about 50 ms.
const WORK: usize = 10_000_000;

/// Returns `did you mean `done`?`, or the existing names if none is similar.
pub(crate) fn hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    all.dedup();
    match near(name, &all).as_slice() {
        [] if all.is_empty() => "there is no field at all".into(),
        [] => format!("there are {}", listed(&all, "and")),
        near => format!("did you mean {}?", listed(near, "or")),
    }
}

/// Returns the most similar names.
fn near<'a>(name: &str, all: &[&'a str]) -> Vec<&'a str> {
    let longest = all.iter().map(|other| other.len()).max().unwrap_or(0);
    if name.len() > LONGEST.min(longest + EDITS * char::MAX.len_utf8()) {
        return Vec::new();
    }
    let (lower, chars) = (name.to_lowercase(), name.chars().count());
    let allowed = chars.div_ceil(3).min(EDITS);
    let mut near: Vec<(usize, &str)> = Vec::new();
    let mut work = 0;
    for other in all.iter().filter(|other| other.len() <= LONGEST) {
        let part = name.len() > 2 && (other.contains(name) || is_last_part(other, name));
        // Each character that one has and the other has not is an edit.
        let differs = other.chars().count().abs_diff(chars);
        if part || differs <= allowed {
            work += name.len() * other.len();
            if work > WORK {
                break;
            }
            let edits = strsim::damerau_levenshtein(&lower, &other.to_lowercase());
            if part || edits <= allowed {
                near.push((edits, other));
            }
        }
    }
    near.sort_unstable();
    near.into_iter().take(MOST).map(|(_, other)| other).collect()
}

/// Whether only the prefixes differ, as in `web.done` and `api.done`, or one is missing.
fn is_last_part(other: &str, name: &str) -> bool {
    let last = |label: &str| label.rsplit('.').next().map(str::to_owned);
    other.contains('.') && last(other) == last(name)
}

/// Quotes a name for a message, and cuts it if it is too long for one.
pub(crate) fn quoted(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    }
}

/// Formats `` `a`, `b` or `c` ``, or the first names of many.
fn listed(names: &[&str], link: &str) -> String {
    const LISTED: usize = 12;
    let mut quoted: Vec<String> = names.iter().take(LISTED).map(|name| quoted(name)).collect();
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

    #[test]
    fn names_that_no_label_resembles_are_not_compared() {
        let labels = ["done", "missing_email"];
        assert!(near(&"missing_email".repeat(2), &labels).is_empty());
        assert_eq!(near("missing_emailing", &labels), ["missing_email"]);
        let long = "x".repeat(60_000);
        assert!(near(&long, &[&long[1..]]).is_empty());
        assert!(super::hint("x", [&*long].into_iter()).len() < 2 * LONGEST);
    }

    #[test]
    fn the_work_is_bounded() {
        let name = "x".repeat(LONGEST);
        let labels: Vec<String> =
            (0..10_000).map(|index| format!("{index:05}{}", &name[5..])).collect();
        let all: Vec<&str> = labels.iter().map(String::as_str).collect();
        // The last label resembles the name, but its turn never comes.
        let last = format!("{}9", &name[1..]);
        assert_eq!(near(&name, &[&last]), [&last]);
        assert!(near(&name, &[all, vec![&last]].concat()).is_empty());
    }
}
