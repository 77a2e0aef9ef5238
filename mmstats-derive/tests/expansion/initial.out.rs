const _: () = {
    use ::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl __mmstats::Part<0usize> for Stats {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "port",
                    ::core::mem::offset_of!(Self, port),
                    &<Constant<u16> as __mmstats::Field>::CONTENT,
                ),
            ),
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::new(
                            "cargo_version",
                            ::core::mem::offset_of!(Self, cargo_version),
                            &<ConstantText<16> as __mmstats::Field>::CONTENT,
                        ),
                        "version",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::unit(
                        __mmstats::Node::new(
                            "workers",
                            ::core::mem::offset_of!(Self, workers),
                            &<Gauge<u32> as __mmstats::Field>::CONTENT,
                        ),
                        "threads",
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
            let (Self { port: _, cargo_version: _, workers: _ }, _) = (self, creation);
            __mmstats::is::<Constant<u16>>(&raw const self.port);
            let _ = (|| -> __mmstats::Stored {
                match (8080) {
                    __value => {
                        __mmstats::Initial::set_initial(&self.port, __value, creation)
                    }
                }
                __mmstats::Stored
            })();
            __mmstats::is::<ConstantText<16>>(&raw const self.cargo_version);
            let _ = (|| -> __mmstats::Stored {
                match (env!("CARGO_PKG_VERSION")) {
                    __value => {
                        __mmstats::Initial::set_initial(
                            &self.cargo_version,
                            __value,
                            creation,
                        )
                    }
                }
                __mmstats::Stored
            })();
            __mmstats::is::<Gauge<u32>>(&raw const self.workers);
            let _ = (|| -> __mmstats::Stored {
                match ({
                    let workers = cpus();
                    workers.max(2)
                }) {
                    __value => {
                        __mmstats::Initial::set_initial(&self.workers, __value, creation)
                    }
                }
                __mmstats::Stored
            })();
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Constant<u16> as __mmstats::Field>::copy(&self.port, &from.port);
            <ConstantText<
                16,
            > as __mmstats::Field>::copy(&self.cargo_version, &from.cargo_version);
            <Gauge<u32> as __mmstats::Field>::copy(&self.workers, &from.workers);
        }
    }
    #[automatically_derived]
    impl __mmstats::MmStats for Stats {}
    let _ = <Stats as __mmstats::Field>::CONTENT;
};
