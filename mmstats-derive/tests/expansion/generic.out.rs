const _: () = {
    #[automatically_derived]
    unsafe impl<T: GaugeValue, F, const N: usize> ::mmstats::MmStats for Stats<T, F, N>
    where
        F: Clone,
        T: 'static,
        F: 'static,
        Gauge<T>: ::mmstats::__private::Field,
        F: ::mmstats::__private::Field,
    {
        const SCHEMA: &'static [::mmstats::__private::Entry] = {
            let _: fn(&Self) = |Self { done, value, inner, window }| {
                let _: *const Counter = &raw const *done;
                let _: *const Gauge<T> = &raw const *value;
                let _: *const F = &raw const *inner;
                let _: *const Timer<N> = &raw const *window;
            };
            &[
                ::mmstats::__private::Entry::of::<
                    Counter,
                >("done", ::core::mem::offset_of!(Self, done)),
                ::mmstats::__private::Entry::of::<
                    Gauge<T>,
                >("value", ::core::mem::offset_of!(Self, value)),
                ::mmstats::__private::Entry::of::<
                    F,
                >("inner", ::core::mem::offset_of!(Self, inner)),
                ::mmstats::__private::Entry::of::<
                    Timer<N>,
                >("window", ::core::mem::offset_of!(Self, window)),
            ]
        };
    }
};
