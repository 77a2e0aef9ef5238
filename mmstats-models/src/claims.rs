//! Threads claim, count without a lock, and give up; no count is lost.

use loom::cell::Cell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::{Relaxed, SeqCst};
use loom::thread;

use super::ownership::Ownership;

/// A lane whose count is not atomic: loom objects to two threads that use it at once.
struct Lane {
    owner: Ownership,
    count: Cell<u32>,
}

fn count(lane: &Lane) {
    lane.count.set(lane.count.get() + 1);
}

fn lane() -> Arc<Lane> {
    Arc::new(Lane { owner: Ownership::default(), count: Cell::new(0) })
}

#[test]
fn a_lane_has_one_owner_at_a_time_who_sees_all_counts() {
    loom::model(|| {
        let lane = lane();
        let uses = |lane: Arc<Lane>, tid| {
            move || {
                let claimed = lane.owner.claim(tid);
                if claimed {
                    count(&lane);
                    lane.owner.complete();
                    assert!(lane.owner.confirm(tid));
                    count(&lane);
                    lane.owner.release();
                }
                u32::from(claimed)
            }
        };
        let threads = [1, 2].map(|tid| thread::spawn(uses(lane.clone(), tid)));
        let claims: u32 = threads.map(|thread| thread.join().unwrap()).iter().sum();
        assert!(claims >= 1);
        assert_eq!(lane.count.get(), 2 * claims);
    });
}

#[test]
fn a_lane_that_was_left_goes_to_one_thread() {
    loom::model(|| {
        let lane = lane();
        assert!(lane.owner.claim(7));
        lane.owner.complete();
        // Thread 7 has ended. A thread with the same id starts while another looks for a lane.
        let started = Arc::new(AtomicBool::new(false));
        let left = |lane: Arc<Lane>, started: Arc<AtomicBool>, tid| {
            move || {
                let claimed = lane.owner.claim_left(tid, |_| started.load(SeqCst));
                if claimed {
                    count(&lane);
                    lane.owner.complete();
                }
                claimed
            }
        };
        let other = thread::spawn(left(lane.clone(), started.clone(), 1));
        started.store(true, SeqCst);
        let same = lane.owner.confirm(7);
        if same {
            count(&lane);
            // It ends at once, in order.
            lane.owner.release();
        }
        let other = other.join().unwrap();
        assert!(!(same && other), "both own it");
        assert_eq!(lane.count.get(), 1);
    });
}

#[test]
fn who_takes_a_lane_over_sees_how_it_was_prepared() {
    loom::model(|| {
        let lane = lane();
        let ended = Arc::new(AtomicBool::new(false));
        let leaves = {
            let (lane, ended) = (lane.clone(), ended.clone());
            move || {
                assert!(lane.owner.claim(7));
                count(&lane);
                lane.owner.complete();
                ended.store(true, Relaxed);
            }
        };
        let leaves = thread::spawn(leaves);
        if lane.owner.claim_left(1, |_| !ended.load(Relaxed)) {
            count(&lane);
            assert_eq!(lane.count.get(), 2);
        }
        leaves.join().unwrap();
    });
}
