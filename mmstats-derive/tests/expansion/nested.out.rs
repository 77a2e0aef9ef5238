const _: () = {
    use ::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl __mmstats::Part<0usize> for Stats {
        const NODES: &'static [__mmstats::Node] = &[
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::new(
                            "pool",
                            ::core::mem::offset_of!(Self, pool),
                            &<Pool as __mmstats::Field>::CONTENT,
                        ),
                        "web.pool",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::flattened(
                        __mmstats::Node::new(
                            "build",
                            ::core::mem::offset_of!(Self, build),
                            &<Build as __mmstats::Field>::CONTENT,
                        ),
                        "web.",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::flattened(
                        __mmstats::Node::new(
                            "database",
                            ::core::mem::offset_of!(Self, database),
                            &<Pool as __mmstats::Field>::CONTENT,
                        ),
                        "web.db_",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::key(
                            __mmstats::Node::new(
                                "shards",
                                ::core::mem::offset_of!(Self, shards),
                                &<[Shard; 16] as __mmstats::Field>::CONTENT,
                            ),
                            "shard",
                        ),
                        "web.part",
                    ),
                )
            },
        ];
    }
    #[automatically_derived]
    unsafe impl __mmstats::Field for Stats {
        const CONTENT: __mmstats::Content = __mmstats::Content::Struct(
            &[<Self as __mmstats::Part<0usize>>::NODES],
        );
        fn initialise(&self, creation: __mmstats::Creation) {
            let (Self { pool: _, build: _, database: _, shards: _ }, _) = (
                self,
                creation,
            );
            __mmstats::is::<Pool>(&raw const self.pool);
            <Pool as __mmstats::Field>::initialise(&self.pool, creation);
            __mmstats::is::<Build>(&raw const self.build);
            <Build as __mmstats::Field>::initialise(&self.build, creation);
            __mmstats::is::<Pool>(&raw const self.database);
            <Pool as __mmstats::Field>::initialise(&self.database, creation);
            __mmstats::is::<[Shard; 16]>(&raw const self.shards);
            <[Shard; 16] as __mmstats::Field>::initialise(&self.shards, creation);
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Pool as __mmstats::Field>::copy(&self.pool, &from.pool);
            <Build as __mmstats::Field>::copy(&self.build, &from.build);
            <Pool as __mmstats::Field>::copy(&self.database, &from.database);
            <[Shard; 16] as __mmstats::Field>::copy(&self.shards, &from.shards);
        }
    }
    #[automatically_derived]
    impl __mmstats::MmStats for Stats {}
    __mmstats::align(64);
    let _ = <Stats as __mmstats::Field>::CONTENT;
};
