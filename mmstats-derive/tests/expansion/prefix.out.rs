const _: () = {
    #[automatically_derived]
    unsafe impl framework::reexports::mmstats::MmStats for Stats {
        const SCHEMA: &'static [framework::reexports::mmstats::__private::Entry] = {
            let _: fn(&Self) = |Self { requests, sent, ready }| {
                let _: *const Counter = &raw const *requests;
                let _: *const Counter = &raw const *sent;
                let _: *const Gauge<u8> = &raw const *ready;
            };
            &[
                framework::reexports::mmstats::__private::Entry::of::<
                    Counter,
                >("web.requests", ::core::mem::offset_of!(Self, requests)),
                framework::reexports::mmstats::__private::Entry::of::<
                    Counter,
                >("web.bytes.sent", ::core::mem::offset_of!(Self, sent))
                    .unit("bytes"),
                framework::reexports::mmstats::__private::Entry::of::<
                    Gauge<u8>,
                >("web.ready", ::core::mem::offset_of!(Self, ready))
                    .merge(framework::reexports::mmstats::__private::Merge::Sum),
            ]
        };
        fn initialise(&self) {
            <Gauge<
                u8,
            > as framework::reexports::mmstats::__private::Initial>::set_initial(
                &self.ready,
                1,
            );
        }
    }
};
