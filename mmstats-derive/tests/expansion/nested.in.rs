#[mmstats(prefix = "web.")]
#[repr(align(64))]
struct Stats {
    pool: Pool,
    #[mmstats(flatten)]
    build: Build,
    #[mmstats(flatten, prefix = "db_")]
    database: Pool,
    #[mmstats(key = "shard", label = "part")]
    shards: [Shard; 16],
}
