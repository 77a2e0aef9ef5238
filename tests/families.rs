//! A family has a member for each value of its labels, at the cost of a plain field.

use std::thread;

use mmstats::{
    Constant, Counter, Family, Gauge, Label, Mapped, MmStats, Number, Reader, Snapshot, Timer,
    Value,
};
use tempfile::TempDir;

#[derive(Debug, PartialEq, Label)]
enum Method {
    Get,
    Post,
}

#[derive(Debug, PartialEq, Label)]
#[label(key = "code")]
enum Status {
    Ok,
    NotFound,
    #[label("5xx \"server\"\n")]
    Failed,
}

#[derive(MmStats)]
struct Route {
    requests: Counter,
    latency: Timer<4>,
    /// By whether the answer was in the cache.
    #[mmstats(key = "hit")]
    cached: Family<bool, Counter>,
}

#[derive(MmStats)]
struct Web {
    /// Responses.
    responses: Family<Status, Counter>,
    #[mmstats(key = "verb,status")]
    routes: Family<(Method, Status), Route>,
    #[mmstats(unit = "bytes", merge = "max", initial = 7)]
    most: Family<Number<3, 2>, Gauge<u64>>,
    #[mmstats(key = "shard")]
    shards: [Family<Method, Counter>; 2],
    #[mmstats(key = "a,b,c,d")]
    all: Family<(bool, bool, bool, bool), Counter>,
    #[mmstats(large, key = "from,to")]
    pairs: Family<(Number<0, 64>, Number<0, 32>), Counter>,
    #[mmstats(initial = 80)]
    ports: Family<Method, Constant<u16>>,
    #[mmstats(flatten, prefix = "by_")]
    each: Family<Method, Pool>,
}

#[derive(MmStats)]
struct Pool {
    idle: Counter,
}

fn created() -> (TempDir, Mapped<Web>) {
    let directory = tempfile::tempdir().unwrap();
    let web = Web::builder().directory(&directory).create().unwrap();
    (directory, web)
}

fn snapshot(web: &Mapped<Web>) -> Snapshot {
    Reader::open(web.path().unwrap()).unwrap().snapshot().unwrap()
}

#[test]
fn each_member_has_its_labels() {
    let (_directory, web) = created();
    web.responses[Status::NotFound].add(2);
    web.responses[Status::Failed].inc();
    web.routes[(Method::Post, Status::Ok)].requests.add(5);
    web.routes[(Method::Post, Status::Ok)].cached[true].inc();
    web.shards[1][Method::Get].add(4);
    web.all[(true, false, true, true)].add(6);
    web.each[Method::Post].idle.add(9);
    let seen = snapshot(&web);
    let count = |key: &str| match seen.get(key) {
        Some(Value::Counter(count)) => *count,
        other => panic!("{key}: {other:?}"),
    };
    assert_eq!(count(r#"responses{code="ok"}"#), 0);
    assert_eq!(count(r#"responses{code="not_found"}"#), 2);
    assert_eq!(count(r#"responses{code="5xx \"server\"\n"}"#), 1);
    assert_eq!(count(r#"routes.requests{status="ok",verb="post"}"#), 5);
    assert_eq!(count(r#"routes.cached{hit="true",status="ok",verb="post"}"#), 1);
    assert_eq!(count(r#"routes.cached{hit="false",status="ok",verb="post"}"#), 0);
    assert_eq!(count(r#"shards{method="get",shard="1"}"#), 4);
    assert_eq!(count(r#"all{a="true",b="false",c="true",d="true"}"#), 6);
    assert_eq!(count(r#"by_idle{method="post"}"#), 9);
    let help = |key: &str| seen.stat(key).unwrap().help().to_owned();
    assert_eq!(help(r#"responses{code="ok"}"#), "Responses.");
    assert_eq!(
        help(r#"routes.cached{hit="true",status="ok",verb="get"}"#),
        "By whether the answer was in the cache."
    );
}

#[test]
fn attributes_hold_for_each_member() {
    let (_directory, web) = created();
    let four = Number::new(4).unwrap();
    web.most[four].set(20);
    thread::scope(|scope| scope.spawn(|| web.most[four].set(10)).join().unwrap());
    let seen = snapshot(&web);
    let most = |number: &str| seen.get(number).unwrap().as_u64();
    assert_eq!((most(r#"most{index="3"}"#), most(r#"most{index="4"}"#)), (Some(7), Some(20)));
    assert_eq!(seen.stat(r#"most{index="3"}"#).unwrap().unit(), "bytes");
    assert_eq!(web.ports[Method::Post].get(), 80);
    assert!(Number::<3, 2>::new(2).is_none() && Number::<3, 2>::new(5).is_none());
}

#[test]
fn threads_add_up_in_each_member() {
    let (_directory, web) = created();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (to, from) in (0..32).zip((0..64).rev()) {
                    let pair = (Number::new(from).unwrap(), Number::new(to).unwrap());
                    web.pairs[pair].add(to as u64);
                }
            });
        }
    });
    let seen = snapshot(&web);
    for to in 0..32 {
        let pair = || (Number::new(63 - to).unwrap(), Number::new(to).unwrap());
        assert_eq!(web.total(|web| &web.pairs[pair()]), 4 * to as u64);
        let key = format!(r#"pairs{{from="{}",to="{to}"}}"#, 63 - to);
        assert_eq!(seen.get(&key), Some(&Value::Counter(4 * to as u64)));
    }
}

#[test]
fn members_are_visited_with_their_labels() {
    let web = Web::detached();
    web.responses[Status::Failed].add(3);
    let seen: Vec<_> =
        web.responses.iter().map(|(status, count)| (status, count.local())).collect();
    assert_eq!(seen, [(Status::Ok, 0), (Status::NotFound, 0), (Status::Failed, 3)]);
    web.routes[(Method::Post, Status::NotFound)].requests.inc();
    let routes = web.routes.iter().filter(|(_, route)| route.requests.local() > 0);
    let routes: Vec<_> = routes.map(|(labels, _)| labels).collect();
    assert_eq!(routes, [(Method::Post, Status::NotFound)]);
    assert_eq!(web.pairs.iter().count(), 2048);
}
