const _: () = {
    use ::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl __mmstats::Part<0usize> for Stats {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                        "done",
                        ::core::mem::offset_of!(Self, done),
                        &<Counter as __mmstats::Field>::CONTENT,
                    )
                    .help(
                        "Users processed so far.\nThose without an address are counted, too.",
                    ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "missing_email",
                    ::core::mem::offset_of!(Self, missing_email),
                    &<mmstats::Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "otherdb_timer",
                    ::core::mem::offset_of!(Self, otherdb_timer),
                    &<Timer as __mmstats::Field>::CONTENT,
                ),
            ),
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::named(
                        __mmstats::Node::new(
                                "last_user",
                                ::core::mem::offset_of!(Self, last_user),
                                &<Text<64> as __mmstats::Field>::CONTENT,
                            )
                            .help("Whom we are at."),
                        "user",
                    ),
                )
            },
            const {
                __mmstats::Node::checked(
                    __mmstats::Node::merge(
                        __mmstats::Node::unit(
                            __mmstats::Node::new(
                                "largest",
                                ::core::mem::offset_of!(Self, largest),
                                &<Gauge<u64> as __mmstats::Field>::CONTENT,
                            ),
                            "bytes",
                        ),
                        __mmstats::Merge::Max,
                    ),
                )
            },
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "type",
                    ::core::mem::offset_of!(Self, r#type),
                    &<Gauge<u8> as __mmstats::Field>::CONTENT,
                ),
            ),
        ];
    }
    #[automatically_derived]
    unsafe impl __mmstats::Field for Stats {
        const CONTENT: __mmstats::Content = __mmstats::Content::Struct(
            &[<Self as __mmstats::Part<0usize>>::NODES],
        );
        fn initialise(&self, creation: __mmstats::Creation) {
            let (
                Self {
                    done: _,
                    missing_email: _,
                    otherdb_timer: _,
                    last_user: _,
                    largest: _,
                    r#type: _,
                },
                _,
            ) = (self, creation);
            __mmstats::is::<Counter>(&raw const self.done);
            <Counter as __mmstats::Field>::initialise(&self.done, creation);
            __mmstats::is::<mmstats::Counter>(&raw const self.missing_email);
            <mmstats::Counter as __mmstats::Field>::initialise(
                &self.missing_email,
                creation,
            );
            __mmstats::is::<Timer>(&raw const self.otherdb_timer);
            <Timer as __mmstats::Field>::initialise(&self.otherdb_timer, creation);
            __mmstats::is::<Text<64>>(&raw const self.last_user);
            <Text<64> as __mmstats::Field>::initialise(&self.last_user, creation);
            __mmstats::is::<Gauge<u64>>(&raw const self.largest);
            <Gauge<u64> as __mmstats::Field>::initialise(&self.largest, creation);
            __mmstats::is::<Gauge<u8>>(&raw const self.r#type);
            <Gauge<u8> as __mmstats::Field>::initialise(&self.r#type, creation);
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Counter as __mmstats::Field>::copy(&self.done, &from.done);
            <mmstats::Counter as __mmstats::Field>::copy(
                &self.missing_email,
                &from.missing_email,
            );
            <Timer as __mmstats::Field>::copy(&self.otherdb_timer, &from.otherdb_timer);
            <Text<64> as __mmstats::Field>::copy(&self.last_user, &from.last_user);
            <Gauge<u64> as __mmstats::Field>::copy(&self.largest, &from.largest);
            <Gauge<u8> as __mmstats::Field>::copy(&self.r#type, &from.r#type);
        }
    }
    #[automatically_derived]
    impl __mmstats::MmStats for Stats {}
    let _ = <Stats as __mmstats::Field>::CONTENT;
};
