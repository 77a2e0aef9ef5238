#[mmstats(prefix = "web.", crate = "framework::reexports::mmstats")]
struct Stats {
    requests: Counter,
    #[mmstats(name = "bytes.sent", unit = "bytes")]
    sent: Counter,
    #[mmstats(merge = "sum", initial = 1)]
    ready: Gauge<u8>,
}
