//! The lanes of a handle are freed only when no thread that ends, or forks, is visiting them.

use std::ptr::NonNull;

use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;

use super::visits::Visited;

/// Lanes: loom objects to a visitor that reads them while they are freed, or after that.
struct Lanes(Cell<u32>);

impl Lanes {
    /// They are never freed: loom, and not the allocator, watches over their use.
    fn leaked(number: u32) -> NonNull<Self> {
        NonNull::from(Box::leak(Box::new(Self(Cell::new(number)))))
    }
}

fn publish(entry: &Visited<Lanes>, lanes: NonNull<Lanes>) {
    // SAFETY: they are leaked.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        entry.publish(lanes);
    }
}

#[test]
fn nobody_visits_what_is_freed() {
    loom::model(|| {
        let entry = Arc::new(Visited::nothing());
        let first = Lanes::leaked(1);
        publish(&entry, first);
        let visitor = {
            let entry = entry.clone();
            thread::spawn(move || {
                let mut seen = 0;
                entry.visit(|lanes| seen = lanes.0.get());
                seen
            })
        };
        entry.withdraw();
        let left = !entry.is_visited();
        if left {
            // SAFETY: it is leaked.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe { first.as_ref() }.0.set(99);
            // The next handle takes the entry.
            publish(&entry, Lanes::leaked(2));
        }
        let seen = visitor.join().expect("the visitor does not panic");
        assert!(seen <= 2, "it visited what was freed");
    });
}

#[test]
fn a_visit_ends_before_what_follows_it() {
    loom::model(|| {
        let entry = Arc::new(Visited::nothing());
        let lanes = Lanes::leaked(0);
        publish(&entry, lanes);
        let visitors = [(); 2].map(|()| {
            let entry = entry.clone();
            thread::spawn(move || entry.visit(|lanes| assert_eq!(lanes.0.get(), 0)))
        });
        entry.withdraw();
        if !entry.is_visited() {
            // SAFETY: it is leaked.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe { lanes.as_ref() }.0.set(1);
        }
        for visitor in visitors {
            visitor.join().expect("no visitor panics");
        }
    });
}
