//! A web server, as its statistics see it: by route and status, by tenant, and by what plug-ins declare.
//!
//! It makes up requests on four threads for as long as you want.
//!
//! # Run it
//! ```sh
//! cargo run --release --example web -- 60
//! ```
//! It runs for 60 seconds. In another terminal, watch it (`mmstats top`), or print what Prometheus would
//! scrape (`slurpstats --format prometheus`).
//!
//! # Expected output
//! ```text
//! /dev/shm/mmstats-0/web-4280-4280.mmstats
//! /dev/shm/mmstats-0/web-plugins-4280.mmstats
//! 48211 requests, 1204 failed; acme 12053; 2 of 5 tenants had no room, 19284 times
//! ```

#![allow(clippy::incompatible_msrv, reason = "an example may use a newer Rust than the library")]

use std::env;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use mmstats::{
    Counter, DynFamily, Family, Group, Histogram, Label, Mapped, MmStats, Registry, RunTime, Timer,
    UpDown,
};

#[derive(Clone, Copy, Label)]
enum Method {
    Get,
    Post,
}

#[derive(Clone, Copy, Label)]
enum Status {
    Ok,
    Failed,
}

/// What is known of each route.
#[derive(MmStats)]
struct Route {
    /// Requests that were answered.
    requests: Counter,
    /// Time from a request to its answer.
    latency: Timer,
}

/// A transfer is counted as a whole.
#[derive(MmStats)]
struct Transfer {
    count: Counter,
    #[mmstats(unit = "bytes")]
    volume: Counter,
}

#[derive(MmStats)]
struct Web {
    /// Requests being answered.
    in_flight: UpDown,
    routes: Family<(Method, Status), Route>,
    /// Requests by who sent them.
    #[mmstats(key = "tenant")]
    tenants: DynFamily<Counter, 3>,
    /// Sizes of answers.
    #[mmstats(unit = "bytes")]
    answer: Histogram,
    transfers: Group<Transfer>,
}

const TENANTS: [&str; 5] = ["acme", "globex", "initech", "umbrella", "hooli"];

/// Answers the request with this number.
fn answer(web: &Web, number: u64) {
    web.in_flight.inc();
    let method = if number % 3 == 0 { Method::Post } else { Method::Get };
    let status = if number % 40 == 0 { Status::Failed } else { Status::Ok };
    let route = &web.routes[(method, status)];
    route.latency.time(|| thread::sleep(Duration::from_micros(100 + number % 7 * 50)));
    route.requests.inc();
    let size = 200 + number * 7919 % 20_000;
    web.answer.record(size);
    web.transfers.update(|transfers| {
        transfers.count.inc();
        transfers.volume.add(size);
    });
    let tenant = usize::try_from(number).map_or("", |number| TENANTS[number % TENANTS.len()]);
    web.tenants.of(tenant).inc();
    web.in_flight.dec();
}

fn serve(web: &Mapped<Web>, registry: &Registry, until: Instant) -> Result<(), Box<dyn Error>> {
    let looked_up = registry.counter("looked_up").label("plugin", "geo").register()?;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let web: &Web = web;
                for number in (0..).take_while(|_| Instant::now() < until) {
                    answer(web, number);
                    looked_up.inc();
                }
            });
        }
    });
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let seconds: f64 = env::args().nth(1).map_or(Ok(1.0), |seconds| seconds.parse())?;
    let web = Web::create()?;
    let plugins = RunTime::builder().file("web-plugins-{PID}.mmstats").create()?;
    println!("{web}\n{plugins}");
    serve(&web, &plugins.into(), Instant::now() + Duration::from_secs_f64(seconds))?;

    let count = |method, status| web.total(|web| &web.routes[(method, status)].requests);
    let failed = count(Method::Get, Status::Failed) + count(Method::Post, Status::Failed);
    let answered = count(Method::Get, Status::Ok) + count(Method::Post, Status::Ok);
    let tenants = web.family(|web| &web.tenants);
    let acme = tenants.total("acme", |requests| requests).unwrap_or(0);
    let (known, lost) = (tenants.keys().len(), tenants.overflow());
    println!(
        "{} requests, {failed} failed; acme {acme}; {} of {} tenants had no room, {lost} times",
        failed + answered,
        TENANTS.len() - known,
        TENANTS.len(),
    );
    let transfers = web.group(|web| &web.transfers);
    assert_eq!(transfers.total(|transfers| &transfers.count), failed + answered);
    Ok(())
}
