const _: () = {
    trait __Parts {
        const PART_0: &'static [::mmstats::__private::Entry];
        const PART_1: &'static [::mmstats::__private::Entry];
    }
    #[automatically_derived]
    impl<T: GaugeValue> __Parts for Stats<T>
    where
        T: 'static,
        Gauge<T>: ::mmstats::__private::Field,
    {
        const PART_0: &'static [::mmstats::__private::Entry] = &[
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f00", ::core::mem::offset_of!(Self, f00)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f01", ::core::mem::offset_of!(Self, f01)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f02", ::core::mem::offset_of!(Self, f02)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f03", ::core::mem::offset_of!(Self, f03)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f04", ::core::mem::offset_of!(Self, f04)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f05", ::core::mem::offset_of!(Self, f05)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f06", ::core::mem::offset_of!(Self, f06)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f07", ::core::mem::offset_of!(Self, f07)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f08", ::core::mem::offset_of!(Self, f08)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f09", ::core::mem::offset_of!(Self, f09)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f10", ::core::mem::offset_of!(Self, f10)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f11", ::core::mem::offset_of!(Self, f11)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f12", ::core::mem::offset_of!(Self, f12)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f13", ::core::mem::offset_of!(Self, f13)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f14", ::core::mem::offset_of!(Self, f14)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f15", ::core::mem::offset_of!(Self, f15)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f16", ::core::mem::offset_of!(Self, f16)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f17", ::core::mem::offset_of!(Self, f17)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f18", ::core::mem::offset_of!(Self, f18)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f19", ::core::mem::offset_of!(Self, f19)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f20", ::core::mem::offset_of!(Self, f20)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f21", ::core::mem::offset_of!(Self, f21)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f22", ::core::mem::offset_of!(Self, f22)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f23", ::core::mem::offset_of!(Self, f23)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f24", ::core::mem::offset_of!(Self, f24)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f25", ::core::mem::offset_of!(Self, f25)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f26", ::core::mem::offset_of!(Self, f26)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f27", ::core::mem::offset_of!(Self, f27)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f28", ::core::mem::offset_of!(Self, f28)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f29", ::core::mem::offset_of!(Self, f29)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f30", ::core::mem::offset_of!(Self, f30)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f31", ::core::mem::offset_of!(Self, f31)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f32", ::core::mem::offset_of!(Self, f32)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f33", ::core::mem::offset_of!(Self, f33)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f34", ::core::mem::offset_of!(Self, f34)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f35", ::core::mem::offset_of!(Self, f35)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f36", ::core::mem::offset_of!(Self, f36)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f37", ::core::mem::offset_of!(Self, f37)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f38", ::core::mem::offset_of!(Self, f38)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f39", ::core::mem::offset_of!(Self, f39)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f40", ::core::mem::offset_of!(Self, f40)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f41", ::core::mem::offset_of!(Self, f41)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f42", ::core::mem::offset_of!(Self, f42)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f43", ::core::mem::offset_of!(Self, f43)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f44", ::core::mem::offset_of!(Self, f44)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f45", ::core::mem::offset_of!(Self, f45)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f46", ::core::mem::offset_of!(Self, f46)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f47", ::core::mem::offset_of!(Self, f47)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f48", ::core::mem::offset_of!(Self, f48)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f49", ::core::mem::offset_of!(Self, f49)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f50", ::core::mem::offset_of!(Self, f50)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f51", ::core::mem::offset_of!(Self, f51)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f52", ::core::mem::offset_of!(Self, f52)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f53", ::core::mem::offset_of!(Self, f53)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f54", ::core::mem::offset_of!(Self, f54)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f55", ::core::mem::offset_of!(Self, f55)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f56", ::core::mem::offset_of!(Self, f56)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f57", ::core::mem::offset_of!(Self, f57)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f58", ::core::mem::offset_of!(Self, f58)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f59", ::core::mem::offset_of!(Self, f59)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f60", ::core::mem::offset_of!(Self, f60)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f61", ::core::mem::offset_of!(Self, f61)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f62", ::core::mem::offset_of!(Self, f62)),
            ::mmstats::__private::Entry::of::<
                Counter,
            >("f63", ::core::mem::offset_of!(Self, f63)),
        ];
        const PART_1: &'static [::mmstats::__private::Entry] = &[
            ::mmstats::__private::Entry::of::<
                Gauge<T>,
            >("last", ::core::mem::offset_of!(Self, last)),
        ];
    }
    #[automatically_derived]
    unsafe impl<T: GaugeValue> ::mmstats::MmStats for Stats<T>
    where
        T: 'static,
        Gauge<T>: ::mmstats::__private::Field,
    {
        const SCHEMA: &'static [::mmstats::__private::Entry] = {
            let _: fn(&Self) = |
                Self {
                    f00,
                    f01,
                    f02,
                    f03,
                    f04,
                    f05,
                    f06,
                    f07,
                    f08,
                    f09,
                    f10,
                    f11,
                    f12,
                    f13,
                    f14,
                    f15,
                    f16,
                    f17,
                    f18,
                    f19,
                    f20,
                    f21,
                    f22,
                    f23,
                    f24,
                    f25,
                    f26,
                    f27,
                    f28,
                    f29,
                    f30,
                    f31,
                    f32,
                    f33,
                    f34,
                    f35,
                    f36,
                    f37,
                    f38,
                    f39,
                    f40,
                    f41,
                    f42,
                    f43,
                    f44,
                    f45,
                    f46,
                    f47,
                    f48,
                    f49,
                    f50,
                    f51,
                    f52,
                    f53,
                    f54,
                    f55,
                    f56,
                    f57,
                    f58,
                    f59,
                    f60,
                    f61,
                    f62,
                    f63,
                    last,
                }|
            {
                let _: *const Counter = &raw const *f00;
                let _: *const Counter = &raw const *f01;
                let _: *const Counter = &raw const *f02;
                let _: *const Counter = &raw const *f03;
                let _: *const Counter = &raw const *f04;
                let _: *const Counter = &raw const *f05;
                let _: *const Counter = &raw const *f06;
                let _: *const Counter = &raw const *f07;
                let _: *const Counter = &raw const *f08;
                let _: *const Counter = &raw const *f09;
                let _: *const Counter = &raw const *f10;
                let _: *const Counter = &raw const *f11;
                let _: *const Counter = &raw const *f12;
                let _: *const Counter = &raw const *f13;
                let _: *const Counter = &raw const *f14;
                let _: *const Counter = &raw const *f15;
                let _: *const Counter = &raw const *f16;
                let _: *const Counter = &raw const *f17;
                let _: *const Counter = &raw const *f18;
                let _: *const Counter = &raw const *f19;
                let _: *const Counter = &raw const *f20;
                let _: *const Counter = &raw const *f21;
                let _: *const Counter = &raw const *f22;
                let _: *const Counter = &raw const *f23;
                let _: *const Counter = &raw const *f24;
                let _: *const Counter = &raw const *f25;
                let _: *const Counter = &raw const *f26;
                let _: *const Counter = &raw const *f27;
                let _: *const Counter = &raw const *f28;
                let _: *const Counter = &raw const *f29;
                let _: *const Counter = &raw const *f30;
                let _: *const Counter = &raw const *f31;
                let _: *const Counter = &raw const *f32;
                let _: *const Counter = &raw const *f33;
                let _: *const Counter = &raw const *f34;
                let _: *const Counter = &raw const *f35;
                let _: *const Counter = &raw const *f36;
                let _: *const Counter = &raw const *f37;
                let _: *const Counter = &raw const *f38;
                let _: *const Counter = &raw const *f39;
                let _: *const Counter = &raw const *f40;
                let _: *const Counter = &raw const *f41;
                let _: *const Counter = &raw const *f42;
                let _: *const Counter = &raw const *f43;
                let _: *const Counter = &raw const *f44;
                let _: *const Counter = &raw const *f45;
                let _: *const Counter = &raw const *f46;
                let _: *const Counter = &raw const *f47;
                let _: *const Counter = &raw const *f48;
                let _: *const Counter = &raw const *f49;
                let _: *const Counter = &raw const *f50;
                let _: *const Counter = &raw const *f51;
                let _: *const Counter = &raw const *f52;
                let _: *const Counter = &raw const *f53;
                let _: *const Counter = &raw const *f54;
                let _: *const Counter = &raw const *f55;
                let _: *const Counter = &raw const *f56;
                let _: *const Counter = &raw const *f57;
                let _: *const Counter = &raw const *f58;
                let _: *const Counter = &raw const *f59;
                let _: *const Counter = &raw const *f60;
                let _: *const Counter = &raw const *f61;
                let _: *const Counter = &raw const *f62;
                let _: *const Counter = &raw const *f63;
                let _: *const Gauge<T> = &raw const *last;
            };
            &::mmstats::__private::joined::<
                65usize,
            >(&[<Self as __Parts>::PART_0, <Self as __Parts>::PART_1])
        };
    }
};
