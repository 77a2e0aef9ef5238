//! A key is its canonical text, whatever text it was made of.

use mmstats::{Key, KeyBuf};

/// Texts that look like keys, and some that almost do.
const TEXTS: [(&str, &str, usize); 22] = [
    ("done", "done", 0),
    ("", "", 0),
    (r#"done{a="1"}"#, "done", 1),
    (r#"done{b="2",a="1"}"#, "done", 2),
    (r#"done{ b="2" , a="1" }"#, "done", 2),
    (r#"done{a="",b="\\\"\n"}"#, "done", 2),
    (r#"done{a="{b=\"1\"}"}"#, "done", 1),
    (r#"disk{1}{a="1"}"#, "disk{1}", 1),
    (r#"done{ключ="значение"}"#, "done", 1),
    ("done{a=\"\n\"}", "done{a=\"\n\"}", 0),
    ("done{}", "done{}", 0),
    ("done{", "done{", 0),
    ("done}", "done}", 0),
    (r#"done{a="1"} "#, r#"done{a="1"} "#, 0),
    (r#"done{a="1",}"#, r#"done{a="1",}"#, 0),
    (r#"done{a="1",a="2"}"#, r#"done{a="1",a="2"}"#, 0),
    (r#"done{a="1"b="2"}"#, r#"done{a="1"b="2"}"#, 0),
    ("done{a=1}", "done{a=1}", 0),
    (r#"done{="1"}"#, r#"done{="1"}"#, 0),
    (r#"done{a="\t"}"#, r#"done{a="\t"}"#, 0),
    (r#"done{a="\"}"#, r#"done{a="\"}"#, 0),
    (r#"{a="1"}"#, r#"{a="1"}"#, 0),
];

#[test]
fn every_text_is_a_key() {
    for (text, name, labels) in TEXTS {
        let key = KeyBuf::new(text);
        assert_eq!(key.as_key().name(), name, "{text}");
        assert_eq!(key.as_key().labels().count(), labels, "{text}");
        // What it is made of makes it again.
        assert_eq!(Key::new(key.as_str()), key.as_key(), "{text}");
        assert_eq!(KeyBuf::new(key.as_str()), key, "{text}");
        assert_eq!(text.parse(), Ok(key));
    }
}

#[test]
fn canonical_text_is_borrowed_as_it_is() {
    for (text, ..) in TEXTS {
        let key = Key::new(text);
        assert_eq!((key.as_str(), key.to_string().as_str()), (text, text));
        // In another order they are no labels yet.
        let canonical = KeyBuf::new(text);
        let expected = if canonical.as_str() == text { canonical.as_key().name() } else { text };
        assert_eq!(key.name(), expected);
    }
}

#[test]
fn labels_come_back_as_they_were_given() {
    let values = ["", "ok", "\\", "\"", "\n", "\\n", r#"",b=""#, "{}", "é", "\u{1b}[31m"];
    for name in ["done", "disk{1}", "a b", "x{y=\""] {
        let mut key = KeyBuf::new(name);
        for (index, value) in values.iter().enumerate() {
            key = key.with(&format!("k{index}"), value);
        }
        let borrowed = Key::new(key.as_str());
        assert_eq!(borrowed.name(), name);
        for (index, value) in values.iter().enumerate() {
            assert_eq!(borrowed.label(&format!("k{index}")).as_deref(), Some(*value), "{key}");
        }
        assert_eq!(borrowed.label("k"), None);
        assert_eq!(KeyBuf::from(borrowed), key);
    }
}

#[test]
fn a_label_is_replaced_by_one_with_the_same_key() {
    let key = KeyBuf::new("done").with("b", "1").with("a", "2").with("b", "3");
    assert_eq!(key.as_str(), r#"done{a="2",b="3"}"#);
    let odd = KeyBuf::new("done").with("", "1").with("a=\"b\"", "2").with("\n", "3");
    assert_eq!(odd.as_str(), r#"done{_="3",a__b_="2"}"#);
}
