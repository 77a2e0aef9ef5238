//! Names of fields in the syntax of Munin.

use std::collections::{HashMap, HashSet};

/// Returns a name for each label, different for different labels.
///
/// A name does not depend on the order, and depends on other labels only where these would have the
/// same name: so a graph keeps its history when a program gets another statistic.
pub(super) fn names<'a>(labels: &[&'a str]) -> HashMap<&'a str, String> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    let mut uses: HashMap<String, usize> = HashMap::new();
    for label in &labels {
        *uses.entry(plain(label)).or_default() += 1;
    }
    // Labels that are names keep them.
    let (names, others): (Vec<_>, Vec<_>) =
        labels.into_iter().partition(|label| plain(label) == *label);
    let mut taken: HashSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut all: HashMap<_, _> = names.into_iter().map(|name| (name, name.to_owned())).collect();
    for label in others {
        let mut name = plain(label);
        if uses[&name] > 1 {
            name = format!("{name}_{:08x}", hash(label));
        }
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        all.insert(label, name);
    }
    all
}

/// Returns a name that matches `^[A-Za-z_][A-Za-z0-9_]*$`, and is not `root`, which Munin reserves.
pub(super) fn plain(label: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let name: String = label.chars().map(plain).collect();
    let is_name = name != "root" && !name.starts_with(|char: char| char.is_ascii_digit());
    if is_name && !name.is_empty() { name } else { format!("_{name}") }
}

/// Hashes with FNV-1a, which is the same in every version and on every machine.
fn hash(label: &str) -> u32 {
    label.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_munin_takes() {
        for (label, name) in [
            ("done", "done"),
            ("web.users done", "web_users_done"),
            ("2xx", "_2xx"),
            ("größe", "gr__e"),
            ("root", "_root"),
            ("", "_"),
            ("_x", "_x"),
        ] {
            assert_eq!(plain(label), name);
        }
    }

    #[test]
    fn names_differ_as_labels_do() {
        let labels = ["a.b", "a_b", "a b", "c.d", "root", "_root", "größe", "grüße"];
        let found = names(&labels);
        assert_eq!(found["a_b"], "a_b");
        assert_eq!(found["c.d"], "c_d");
        assert_eq!(found["_root"], "_root");
        assert_eq!(found["a.b"], format!("a_b_{:08x}", hash("a.b")));
        let different: HashSet<_> = found.values().collect();
        assert_eq!(different.len(), labels.len());
        assert!(found.values().all(|name| plain(name) == *name));
    }

    #[test]
    fn names_do_not_depend_on_the_order() {
        let mut labels = ["a.b", "a_b", "a b", "c.d"];
        let found = names(&labels);
        labels.reverse();
        assert_eq!(names(&labels), found);
        assert_eq!(names(&["c.d", "new", "a.b", "a b"])["a.b"], found["a.b"]);
    }
}
