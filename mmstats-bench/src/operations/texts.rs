//! Setting a text.

use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use super::family::Family;
use super::{Bench, forever};
use crate::measure::{
    Operation,
    Rank::{Limit, Ours, Peer},
};

const TEXT: &str = "Ελένη Παπαδοπούλου <eleni@example.org>, Athens.";
const WORDS: usize = 8;
const _: () = assert!(TEXT.len() == WORDS * size_of::<u64>());

pub(super) fn family(bench: &Bench) -> Family {
    let mut operations = vec![limit(bench), ours(bench), arc_swap(), mutex()];
    operations.extend(bench.pcp.and_then(|mmv| mmv.set_string(TEXT)));
    let about = "Each text has 64 bytes. From the second thread on, mmstats stores when it was \
                 set, as for a gauge.";
    Family::new("Texts", about, operations)
}

fn limit(bench: &Bench) -> Operation {
    let page = bench.page;
    Operation::prepared(Limit, "a bare copy of 64 bytes", move || {
        let words = &page.line()[8..];
        move || {
            let (text, _) = black_box(TEXT).as_bytes().as_chunks();
            for (word, bytes) in black_box(words).iter().zip(text) {
                word.store(u64::from_le_bytes(*bytes), Relaxed);
            }
        }
    })
}

fn ours(bench: &Bench) -> Operation {
    let stats = bench.stats;
    Operation::prepared(Ours, "mmstats Text::set, on a lane", move || {
        let lane = &**stats;
        move || black_box(lane).user.set(black_box(TEXT))
    })
}

fn arc_swap() -> Operation {
    let text = forever(ArcSwap::<String>::default());
    Operation::shared(Peer, "ArcSwap<String>::store", move || {
        black_box(text).store(Arc::new(black_box(TEXT).to_owned()));
    })
}

fn mutex() -> Operation {
    let text = forever(Mutex::new(String::new()));
    Operation::shared(Peer, "Mutex<String>, cleared and filled", move || {
        if let Ok(mut text) = black_box(text).lock() {
            text.clear();
            text.push_str(black_box(TEXT));
        }
    })
}
