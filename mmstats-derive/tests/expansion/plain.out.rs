const _: () = {
    #[automatically_derived]
    unsafe impl ::mmstats::MmStats for Stats {
        const SCHEMA: &'static [::mmstats::__private::Entry] = {
            let _: fn(&Self) = |
                Self { done, missing_email, otherdb_timer, last_user, largest, r#type }|
            {
                let _: *const Counter = &raw const *done;
                let _: *const mmstats::Counter = &raw const *missing_email;
                let _: *const Timer = &raw const *otherdb_timer;
                let _: *const Text<64> = &raw const *last_user;
                let _: *const Gauge<u64> = &raw const *largest;
                let _: *const Gauge<u8> = &raw const *r#type;
            };
            &[
                ::mmstats::__private::Entry::of::<
                    Counter,
                >("done", ::core::mem::offset_of!(Self, done))
                    .help(
                        "Users processed so far.\nThose without an address are counted, too.",
                    ),
                ::mmstats::__private::Entry::of::<
                    mmstats::Counter,
                >("missing_email", ::core::mem::offset_of!(Self, missing_email)),
                ::mmstats::__private::Entry::of::<
                    Timer,
                >("otherdb_timer", ::core::mem::offset_of!(Self, otherdb_timer)),
                ::mmstats::__private::Entry::of::<
                    Text<64>,
                >("user", ::core::mem::offset_of!(Self, last_user))
                    .help("Whom we are at."),
                ::mmstats::__private::Entry::of::<
                    Gauge<u64>,
                >("largest", ::core::mem::offset_of!(Self, largest))
                    .unit("bytes")
                    .merge(::mmstats::__private::Merge::Max),
                ::mmstats::__private::Entry::of::<
                    Gauge<u8>,
                >("type", ::core::mem::offset_of!(Self, r#type)),
            ]
        };
    }
};
