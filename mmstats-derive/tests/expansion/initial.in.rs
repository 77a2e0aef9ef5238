struct Stats {
    #[mmstats(initial = 8080)]
    port: Constant<u16>,
    #[mmstats(initial = env!("CARGO_PKG_VERSION"), name = "version")]
    cargo_version: ConstantText<16>,
    #[mmstats(initial = { let workers = cpus(); workers.max(2) }, unit = "threads")]
    workers: Gauge<u32>,
}
