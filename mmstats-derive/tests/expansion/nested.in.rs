#[mmstats(prefix = "web.")]
#[repr(align(64))]
struct Stats {
    pool: Pool,
    #[mmstats(flatten)]
    build: Build,
    #[mmstats(flatten, prefix = "db_")]
    database: Pool,
    #[mmstats(key = "shard", name = "part")]
    shards: [Shard; 16],
}
