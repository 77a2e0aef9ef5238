const _: () = {
    #[automatically_derived]
    unsafe impl ::mmstats::MmStats for Stats {
        const SCHEMA: &'static [::mmstats::__private::Entry] = {
            let _: fn(&Self) = |Self { port, cargo_version, workers }| {
                let _: *const Constant<u16> = &raw const *port;
                let _: *const ConstantText<16> = &raw const *cargo_version;
                let _: *const Gauge<u32> = &raw const *workers;
            };
            &[
                ::mmstats::__private::Entry::of::<
                    Constant<u16>,
                >("port", ::core::mem::offset_of!(Self, port)),
                ::mmstats::__private::Entry::of::<
                    ConstantText<16>,
                >("version", ::core::mem::offset_of!(Self, cargo_version)),
                ::mmstats::__private::Entry::of::<
                    Gauge<u32>,
                >("workers", ::core::mem::offset_of!(Self, workers))
                    .unit("threads"),
            ]
        };
        fn initialise(&self) {
            <Constant<
                u16,
            > as ::mmstats::__private::Initial>::set_initial(&self.port, 8080);
            <ConstantText<
                16,
            > as ::mmstats::__private::Initial>::set_initial(
                &self.cargo_version,
                env!("CARGO_PKG_VERSION"),
            );
            <Gauge<
                u32,
            > as ::mmstats::__private::Initial>::set_initial(
                &self.workers,
                {
                    let workers = cpus();
                    workers.max(2)
                },
            );
        }
    }
};
