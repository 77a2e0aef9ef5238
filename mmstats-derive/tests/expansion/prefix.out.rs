const _: () = {
    use framework::reexports::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl __mmstats::Part<0usize> for Stats {
        const NODES: &'static [__mmstats::Node] = &[
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::new(
                            "requests",
                            ::core::mem::offset_of!(Self, requests),
                            &<Counter as __mmstats::Field>::CONTENT,
                        ),
                        "web.requests",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::unit(
                            __mmstats::Node::new(
                                "sent",
                                ::core::mem::offset_of!(Self, sent),
                                &<Counter as __mmstats::Field>::CONTENT,
                            ),
                            "bytes",
                        ),
                        "web.bytes.sent",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::merge(
                            __mmstats::Node::new(
                                "ready",
                                ::core::mem::offset_of!(Self, ready),
                                &<Gauge<u8> as __mmstats::Field>::CONTENT,
                            ),
                            __mmstats::Merge::Sum,
                        ),
                        "web.ready",
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
            let (Self { requests: _, sent: _, ready: _ }, _) = (self, creation);
            __mmstats::is::<Counter>(&raw const self.requests);
            <Counter as __mmstats::Field>::initialise(&self.requests, creation);
            __mmstats::is::<Counter>(&raw const self.sent);
            <Counter as __mmstats::Field>::initialise(&self.sent, creation);
            __mmstats::is::<Gauge<u8>>(&raw const self.ready);
            let _ = (|| -> __mmstats::Stored {
                match (1) {
                    __value => {
                        __mmstats::Initial::set_initial(&self.ready, __value, creation)
                    }
                }
                __mmstats::Stored
            })();
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Counter as __mmstats::Field>::copy(&self.requests, &from.requests);
            <Counter as __mmstats::Field>::copy(&self.sent, &from.sent);
            <Gauge<u8> as __mmstats::Field>::copy(&self.ready, &from.ready);
        }
    }
    #[automatically_derived]
    impl __mmstats::MmStats for Stats {}
    let _ = <Stats as __mmstats::Field>::CONTENT;
};
