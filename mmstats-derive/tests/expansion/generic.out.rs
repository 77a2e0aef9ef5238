const _: () = {
    use ::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl<T: GaugeValue, F, const N: usize> __mmstats::Part<0usize> for Stats<T, F, N>
    where
        F: Clone,
        T: 'static,
        F: 'static,
        Gauge<T>: __mmstats::Field,
        F: __mmstats::Field,
    {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "done",
                    ::core::mem::offset_of!(Self, done),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "value",
                    ::core::mem::offset_of!(Self, value),
                    &<Gauge<T> as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "inner",
                    ::core::mem::offset_of!(Self, inner),
                    &<F as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "window",
                    ::core::mem::offset_of!(Self, window),
                    &<Timer<N> as __mmstats::Field>::CONTENT,
                ),
            ),
        ];
    }
    #[automatically_derived]
    unsafe impl<T: GaugeValue, F, const N: usize> __mmstats::Field for Stats<T, F, N>
    where
        F: Clone,
        T: 'static,
        F: 'static,
        Gauge<T>: __mmstats::Field,
        F: __mmstats::Field,
    {
        const CONTENT: __mmstats::Content = __mmstats::Content::Struct(
            &[<Self as __mmstats::Part<0usize>>::NODES],
        );
        fn initialise(&self, creation: __mmstats::Creation) {
            let (Self { done: _, value: _, inner: _, window: _ }, _) = (self, creation);
            __mmstats::is::<Counter>(&raw const self.done);
            <Counter as __mmstats::Field>::initialise(&self.done, creation);
            __mmstats::is::<Gauge<T>>(&raw const self.value);
            <Gauge<T> as __mmstats::Field>::initialise(&self.value, creation);
            __mmstats::is::<F>(&raw const self.inner);
            <F as __mmstats::Field>::initialise(&self.inner, creation);
            __mmstats::is::<Timer<N>>(&raw const self.window);
            <Timer<N> as __mmstats::Field>::initialise(&self.window, creation);
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Counter as __mmstats::Field>::copy(&self.done, &from.done);
            <Gauge<T> as __mmstats::Field>::copy(&self.value, &from.value);
            <F as __mmstats::Field>::copy(&self.inner, &from.inner);
            <Timer<N> as __mmstats::Field>::copy(&self.window, &from.window);
        }
    }
    #[automatically_derived]
    impl<T: GaugeValue, F, const N: usize> __mmstats::MmStats for Stats<T, F, N>
    where
        F: Clone,
        T: 'static,
        F: 'static,
        Gauge<T>: __mmstats::Field,
        F: __mmstats::Field,
    {}
};
