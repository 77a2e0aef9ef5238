//! The time left of simulated jobs.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a simulation is not exact"
)]

use super::*;

const SECOND: u64 = 1_000_000_000;

/// Runs a job of `total` items that take `ns` each on average, in a time of its own, and returns
/// the time that was left in truth and the estimate, of each second.
fn simulated(total: u64, mut ns: impl FnMut(f64, u64) -> f64) -> Vec<(f64, f64)> {
    let job = Progress::default();
    let mut random = 7u64;
    let mut uniform = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 11) as f64 / (1u64 << 53) as f64
    };
    job.total.store(total, Relaxed);
    job.begin(SECOND);
    let (mut now, mut looked) = (SECOND as f64, 1);
    let mut looks = Vec::new();
    for done in 1..=total {
        now += ns(uniform(), done);
        job.done.store(done, Relaxed);
        if done >= job.look_at.load(Relaxed) {
            job.note(now as u64);
        }
        while (looked + 1) * SECOND <= now as u64 {
            looked += 1;
            let left = job.read(looked * SECOND).left();
            looks.push((looked as f64, left.map_or(f64::NAN, |left| left.as_secs_f64())));
        }
    }
    let end = now / SECOND as f64;
    looks.into_iter().map(|(at, left)| (end - at, left)).collect()
}

/// A job of steady rate whose items are as uneven as those of a Poisson process, with bursts.
fn uneven(uniform: f64, done: u64) -> f64 {
    let burst = if (done / 40).is_multiple_of(2) { 0.4 } else { 1.6 };
    -(1.0 - uniform).ln() * burst * 0.5 * SECOND as f64
}

#[test]
fn the_time_left_of_a_steady_job_stays_near_the_truth() {
    let looks = simulated(4_800, uneven); // 40 minutes
    let after_two_minutes = &looks[120..];
    for (truth, left) in after_two_minutes.iter().filter(|(truth, _)| *truth > 180.0) {
        let ratio = left / truth;
        assert!((0.75..1.35).contains(&ratio), "{truth:.0} s are left, and not {left} s");
    }
    // From one second to the next, it never jumps.
    for pair in after_two_minutes.windows(2).filter(|pair| pair[0].0 > 60.0) {
        let ratio = pair[1].1 / pair[0].1;
        assert!((0.8..1.25).contains(&ratio), "{} s, and then {} s", pair[0].1, pair[1].1);
    }
}

#[test]
fn the_time_left_follows_a_job_that_became_slower() {
    // An hour at 100 a second, then 1 a second.
    let fast = 360_000;
    let total = fast + 3_600;
    let looks = simulated(total, |_, done| SECOND as f64 * if done <= fast { 0.01 } else { 1.0 });
    // 40 minutes later. The mean since the start would say 14 s.
    let (truth, left) = looks.iter().find(|(truth, _)| *truth <= 1_200.0).unwrap();
    assert!((0.9..1.2).contains(&(left / truth)), "{truth} s are left, and not {left} s");
}

#[test]
fn a_job_that_stalls_is_not_forgotten() {
    let job = Progress::default();
    job.total.store(200, Relaxed);
    job.begin(SECOND);
    for second in 1..=100 {
        job.done.store(second, Relaxed);
        job.note((1 + second) * SECOND);
    }
    let left = |at: u64| job.read((1 + at) * SECOND).left().unwrap().as_secs();
    assert_eq!((left(100), left(150)), (100, 150));
    assert_eq!(job.read(301 * SECOND).recent_rate(), Some(0.0));
    assert!(left(300) >= 300);
}

#[test]
fn marks_reach_back_for_more_than_an_hour() {
    let looks = simulated(20_000, |_, _| SECOND as f64);
    assert!(
        looks[10..]
            .iter()
            .all(|(truth, left)| (0.99..1.26).contains(&(left / truth)) || *truth < 10.0)
    );
}
