struct Stats {
    /// Users processed
    /// so far.
    ///
    /// Those without an address are counted, too.
    done: Counter,
    missing_email: mmstats::Counter,
    otherdb_timer: Timer,
    /// Whom we are at.
    #[mmstats(name = "user")]
    last_user: Text<64>,
    #[mmstats(unit = "bytes", merge = "max")]
    largest: Gauge<u64>,
    r#type: Gauge<u8>,
}
