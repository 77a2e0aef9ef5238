const _: () = {
    use ::mmstats::__private_0_1 as __mmstats;
    #[automatically_derived]
    impl<T: GaugeValue> __mmstats::Part<0usize> for Stats<T>
    where
        T: 'static,
        Gauge<T>: __mmstats::Field,
    {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f00",
                    ::core::mem::offset_of!(Self, f00),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f01",
                    ::core::mem::offset_of!(Self, f01),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f02",
                    ::core::mem::offset_of!(Self, f02),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f03",
                    ::core::mem::offset_of!(Self, f03),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f04",
                    ::core::mem::offset_of!(Self, f04),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f05",
                    ::core::mem::offset_of!(Self, f05),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f06",
                    ::core::mem::offset_of!(Self, f06),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f07",
                    ::core::mem::offset_of!(Self, f07),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f08",
                    ::core::mem::offset_of!(Self, f08),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f09",
                    ::core::mem::offset_of!(Self, f09),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f10",
                    ::core::mem::offset_of!(Self, f10),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f11",
                    ::core::mem::offset_of!(Self, f11),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f12",
                    ::core::mem::offset_of!(Self, f12),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f13",
                    ::core::mem::offset_of!(Self, f13),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f14",
                    ::core::mem::offset_of!(Self, f14),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f15",
                    ::core::mem::offset_of!(Self, f15),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f16",
                    ::core::mem::offset_of!(Self, f16),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f17",
                    ::core::mem::offset_of!(Self, f17),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f18",
                    ::core::mem::offset_of!(Self, f18),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f19",
                    ::core::mem::offset_of!(Self, f19),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f20",
                    ::core::mem::offset_of!(Self, f20),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f21",
                    ::core::mem::offset_of!(Self, f21),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f22",
                    ::core::mem::offset_of!(Self, f22),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f23",
                    ::core::mem::offset_of!(Self, f23),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f24",
                    ::core::mem::offset_of!(Self, f24),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f25",
                    ::core::mem::offset_of!(Self, f25),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f26",
                    ::core::mem::offset_of!(Self, f26),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f27",
                    ::core::mem::offset_of!(Self, f27),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f28",
                    ::core::mem::offset_of!(Self, f28),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f29",
                    ::core::mem::offset_of!(Self, f29),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f30",
                    ::core::mem::offset_of!(Self, f30),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f31",
                    ::core::mem::offset_of!(Self, f31),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
        ];
    }
    #[automatically_derived]
    impl<T: GaugeValue> __mmstats::Part<1usize> for Stats<T>
    where
        T: 'static,
        Gauge<T>: __mmstats::Field,
    {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f32",
                    ::core::mem::offset_of!(Self, f32),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f33",
                    ::core::mem::offset_of!(Self, f33),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f34",
                    ::core::mem::offset_of!(Self, f34),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f35",
                    ::core::mem::offset_of!(Self, f35),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f36",
                    ::core::mem::offset_of!(Self, f36),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f37",
                    ::core::mem::offset_of!(Self, f37),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f38",
                    ::core::mem::offset_of!(Self, f38),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f39",
                    ::core::mem::offset_of!(Self, f39),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f40",
                    ::core::mem::offset_of!(Self, f40),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f41",
                    ::core::mem::offset_of!(Self, f41),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f42",
                    ::core::mem::offset_of!(Self, f42),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f43",
                    ::core::mem::offset_of!(Self, f43),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f44",
                    ::core::mem::offset_of!(Self, f44),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f45",
                    ::core::mem::offset_of!(Self, f45),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f46",
                    ::core::mem::offset_of!(Self, f46),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f47",
                    ::core::mem::offset_of!(Self, f47),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f48",
                    ::core::mem::offset_of!(Self, f48),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f49",
                    ::core::mem::offset_of!(Self, f49),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f50",
                    ::core::mem::offset_of!(Self, f50),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f51",
                    ::core::mem::offset_of!(Self, f51),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f52",
                    ::core::mem::offset_of!(Self, f52),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f53",
                    ::core::mem::offset_of!(Self, f53),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f54",
                    ::core::mem::offset_of!(Self, f54),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f55",
                    ::core::mem::offset_of!(Self, f55),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f56",
                    ::core::mem::offset_of!(Self, f56),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f57",
                    ::core::mem::offset_of!(Self, f57),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f58",
                    ::core::mem::offset_of!(Self, f58),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f59",
                    ::core::mem::offset_of!(Self, f59),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f60",
                    ::core::mem::offset_of!(Self, f60),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f61",
                    ::core::mem::offset_of!(Self, f61),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f62",
                    ::core::mem::offset_of!(Self, f62),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "f63",
                    ::core::mem::offset_of!(Self, f63),
                    &<Counter as __mmstats::Field>::CONTENT,
                ),
            ),
        ];
    }
    #[automatically_derived]
    impl<T: GaugeValue> __mmstats::Part<2usize> for Stats<T>
    where
        T: 'static,
        Gauge<T>: __mmstats::Field,
    {
        const NODES: &'static [__mmstats::Node] = &[
            __mmstats::Node::checked(
                __mmstats::Node::new(
                    "last",
                    ::core::mem::offset_of!(Self, last),
                    &<Gauge<T> as __mmstats::Field>::CONTENT,
                ),
            ),
        ];
    }
    #[automatically_derived]
    unsafe impl<T: GaugeValue> __mmstats::Field for Stats<T>
    where
        T: 'static,
        Gauge<T>: __mmstats::Field,
    {
        const CONTENT: __mmstats::Content = __mmstats::Content::Struct(
            &[
                <Self as __mmstats::Part<0usize>>::NODES,
                <Self as __mmstats::Part<1usize>>::NODES,
                <Self as __mmstats::Part<2usize>>::NODES,
            ],
        );
        fn initialise(&self, creation: __mmstats::Creation) {
            let (
                Self {
                    f00: _,
                    f01: _,
                    f02: _,
                    f03: _,
                    f04: _,
                    f05: _,
                    f06: _,
                    f07: _,
                    f08: _,
                    f09: _,
                    f10: _,
                    f11: _,
                    f12: _,
                    f13: _,
                    f14: _,
                    f15: _,
                    f16: _,
                    f17: _,
                    f18: _,
                    f19: _,
                    f20: _,
                    f21: _,
                    f22: _,
                    f23: _,
                    f24: _,
                    f25: _,
                    f26: _,
                    f27: _,
                    f28: _,
                    f29: _,
                    f30: _,
                    f31: _,
                    f32: _,
                    f33: _,
                    f34: _,
                    f35: _,
                    f36: _,
                    f37: _,
                    f38: _,
                    f39: _,
                    f40: _,
                    f41: _,
                    f42: _,
                    f43: _,
                    f44: _,
                    f45: _,
                    f46: _,
                    f47: _,
                    f48: _,
                    f49: _,
                    f50: _,
                    f51: _,
                    f52: _,
                    f53: _,
                    f54: _,
                    f55: _,
                    f56: _,
                    f57: _,
                    f58: _,
                    f59: _,
                    f60: _,
                    f61: _,
                    f62: _,
                    f63: _,
                    last: _,
                },
                _,
            ) = (self, creation);
            __mmstats::is::<Counter>(&raw const self.f00);
            <Counter as __mmstats::Field>::initialise(&self.f00, creation);
            __mmstats::is::<Counter>(&raw const self.f01);
            <Counter as __mmstats::Field>::initialise(&self.f01, creation);
            __mmstats::is::<Counter>(&raw const self.f02);
            <Counter as __mmstats::Field>::initialise(&self.f02, creation);
            __mmstats::is::<Counter>(&raw const self.f03);
            <Counter as __mmstats::Field>::initialise(&self.f03, creation);
            __mmstats::is::<Counter>(&raw const self.f04);
            <Counter as __mmstats::Field>::initialise(&self.f04, creation);
            __mmstats::is::<Counter>(&raw const self.f05);
            <Counter as __mmstats::Field>::initialise(&self.f05, creation);
            __mmstats::is::<Counter>(&raw const self.f06);
            <Counter as __mmstats::Field>::initialise(&self.f06, creation);
            __mmstats::is::<Counter>(&raw const self.f07);
            <Counter as __mmstats::Field>::initialise(&self.f07, creation);
            __mmstats::is::<Counter>(&raw const self.f08);
            <Counter as __mmstats::Field>::initialise(&self.f08, creation);
            __mmstats::is::<Counter>(&raw const self.f09);
            <Counter as __mmstats::Field>::initialise(&self.f09, creation);
            __mmstats::is::<Counter>(&raw const self.f10);
            <Counter as __mmstats::Field>::initialise(&self.f10, creation);
            __mmstats::is::<Counter>(&raw const self.f11);
            <Counter as __mmstats::Field>::initialise(&self.f11, creation);
            __mmstats::is::<Counter>(&raw const self.f12);
            <Counter as __mmstats::Field>::initialise(&self.f12, creation);
            __mmstats::is::<Counter>(&raw const self.f13);
            <Counter as __mmstats::Field>::initialise(&self.f13, creation);
            __mmstats::is::<Counter>(&raw const self.f14);
            <Counter as __mmstats::Field>::initialise(&self.f14, creation);
            __mmstats::is::<Counter>(&raw const self.f15);
            <Counter as __mmstats::Field>::initialise(&self.f15, creation);
            __mmstats::is::<Counter>(&raw const self.f16);
            <Counter as __mmstats::Field>::initialise(&self.f16, creation);
            __mmstats::is::<Counter>(&raw const self.f17);
            <Counter as __mmstats::Field>::initialise(&self.f17, creation);
            __mmstats::is::<Counter>(&raw const self.f18);
            <Counter as __mmstats::Field>::initialise(&self.f18, creation);
            __mmstats::is::<Counter>(&raw const self.f19);
            <Counter as __mmstats::Field>::initialise(&self.f19, creation);
            __mmstats::is::<Counter>(&raw const self.f20);
            <Counter as __mmstats::Field>::initialise(&self.f20, creation);
            __mmstats::is::<Counter>(&raw const self.f21);
            <Counter as __mmstats::Field>::initialise(&self.f21, creation);
            __mmstats::is::<Counter>(&raw const self.f22);
            <Counter as __mmstats::Field>::initialise(&self.f22, creation);
            __mmstats::is::<Counter>(&raw const self.f23);
            <Counter as __mmstats::Field>::initialise(&self.f23, creation);
            __mmstats::is::<Counter>(&raw const self.f24);
            <Counter as __mmstats::Field>::initialise(&self.f24, creation);
            __mmstats::is::<Counter>(&raw const self.f25);
            <Counter as __mmstats::Field>::initialise(&self.f25, creation);
            __mmstats::is::<Counter>(&raw const self.f26);
            <Counter as __mmstats::Field>::initialise(&self.f26, creation);
            __mmstats::is::<Counter>(&raw const self.f27);
            <Counter as __mmstats::Field>::initialise(&self.f27, creation);
            __mmstats::is::<Counter>(&raw const self.f28);
            <Counter as __mmstats::Field>::initialise(&self.f28, creation);
            __mmstats::is::<Counter>(&raw const self.f29);
            <Counter as __mmstats::Field>::initialise(&self.f29, creation);
            __mmstats::is::<Counter>(&raw const self.f30);
            <Counter as __mmstats::Field>::initialise(&self.f30, creation);
            __mmstats::is::<Counter>(&raw const self.f31);
            <Counter as __mmstats::Field>::initialise(&self.f31, creation);
            __mmstats::is::<Counter>(&raw const self.f32);
            <Counter as __mmstats::Field>::initialise(&self.f32, creation);
            __mmstats::is::<Counter>(&raw const self.f33);
            <Counter as __mmstats::Field>::initialise(&self.f33, creation);
            __mmstats::is::<Counter>(&raw const self.f34);
            <Counter as __mmstats::Field>::initialise(&self.f34, creation);
            __mmstats::is::<Counter>(&raw const self.f35);
            <Counter as __mmstats::Field>::initialise(&self.f35, creation);
            __mmstats::is::<Counter>(&raw const self.f36);
            <Counter as __mmstats::Field>::initialise(&self.f36, creation);
            __mmstats::is::<Counter>(&raw const self.f37);
            <Counter as __mmstats::Field>::initialise(&self.f37, creation);
            __mmstats::is::<Counter>(&raw const self.f38);
            <Counter as __mmstats::Field>::initialise(&self.f38, creation);
            __mmstats::is::<Counter>(&raw const self.f39);
            <Counter as __mmstats::Field>::initialise(&self.f39, creation);
            __mmstats::is::<Counter>(&raw const self.f40);
            <Counter as __mmstats::Field>::initialise(&self.f40, creation);
            __mmstats::is::<Counter>(&raw const self.f41);
            <Counter as __mmstats::Field>::initialise(&self.f41, creation);
            __mmstats::is::<Counter>(&raw const self.f42);
            <Counter as __mmstats::Field>::initialise(&self.f42, creation);
            __mmstats::is::<Counter>(&raw const self.f43);
            <Counter as __mmstats::Field>::initialise(&self.f43, creation);
            __mmstats::is::<Counter>(&raw const self.f44);
            <Counter as __mmstats::Field>::initialise(&self.f44, creation);
            __mmstats::is::<Counter>(&raw const self.f45);
            <Counter as __mmstats::Field>::initialise(&self.f45, creation);
            __mmstats::is::<Counter>(&raw const self.f46);
            <Counter as __mmstats::Field>::initialise(&self.f46, creation);
            __mmstats::is::<Counter>(&raw const self.f47);
            <Counter as __mmstats::Field>::initialise(&self.f47, creation);
            __mmstats::is::<Counter>(&raw const self.f48);
            <Counter as __mmstats::Field>::initialise(&self.f48, creation);
            __mmstats::is::<Counter>(&raw const self.f49);
            <Counter as __mmstats::Field>::initialise(&self.f49, creation);
            __mmstats::is::<Counter>(&raw const self.f50);
            <Counter as __mmstats::Field>::initialise(&self.f50, creation);
            __mmstats::is::<Counter>(&raw const self.f51);
            <Counter as __mmstats::Field>::initialise(&self.f51, creation);
            __mmstats::is::<Counter>(&raw const self.f52);
            <Counter as __mmstats::Field>::initialise(&self.f52, creation);
            __mmstats::is::<Counter>(&raw const self.f53);
            <Counter as __mmstats::Field>::initialise(&self.f53, creation);
            __mmstats::is::<Counter>(&raw const self.f54);
            <Counter as __mmstats::Field>::initialise(&self.f54, creation);
            __mmstats::is::<Counter>(&raw const self.f55);
            <Counter as __mmstats::Field>::initialise(&self.f55, creation);
            __mmstats::is::<Counter>(&raw const self.f56);
            <Counter as __mmstats::Field>::initialise(&self.f56, creation);
            __mmstats::is::<Counter>(&raw const self.f57);
            <Counter as __mmstats::Field>::initialise(&self.f57, creation);
            __mmstats::is::<Counter>(&raw const self.f58);
            <Counter as __mmstats::Field>::initialise(&self.f58, creation);
            __mmstats::is::<Counter>(&raw const self.f59);
            <Counter as __mmstats::Field>::initialise(&self.f59, creation);
            __mmstats::is::<Counter>(&raw const self.f60);
            <Counter as __mmstats::Field>::initialise(&self.f60, creation);
            __mmstats::is::<Counter>(&raw const self.f61);
            <Counter as __mmstats::Field>::initialise(&self.f61, creation);
            __mmstats::is::<Counter>(&raw const self.f62);
            <Counter as __mmstats::Field>::initialise(&self.f62, creation);
            __mmstats::is::<Counter>(&raw const self.f63);
            <Counter as __mmstats::Field>::initialise(&self.f63, creation);
            __mmstats::is::<Gauge<T>>(&raw const self.last);
            <Gauge<T> as __mmstats::Field>::initialise(&self.last, creation);
        }
        fn copy(&self, from: &Self) {
            let _ = from;
            <Counter as __mmstats::Field>::copy(&self.f00, &from.f00);
            <Counter as __mmstats::Field>::copy(&self.f01, &from.f01);
            <Counter as __mmstats::Field>::copy(&self.f02, &from.f02);
            <Counter as __mmstats::Field>::copy(&self.f03, &from.f03);
            <Counter as __mmstats::Field>::copy(&self.f04, &from.f04);
            <Counter as __mmstats::Field>::copy(&self.f05, &from.f05);
            <Counter as __mmstats::Field>::copy(&self.f06, &from.f06);
            <Counter as __mmstats::Field>::copy(&self.f07, &from.f07);
            <Counter as __mmstats::Field>::copy(&self.f08, &from.f08);
            <Counter as __mmstats::Field>::copy(&self.f09, &from.f09);
            <Counter as __mmstats::Field>::copy(&self.f10, &from.f10);
            <Counter as __mmstats::Field>::copy(&self.f11, &from.f11);
            <Counter as __mmstats::Field>::copy(&self.f12, &from.f12);
            <Counter as __mmstats::Field>::copy(&self.f13, &from.f13);
            <Counter as __mmstats::Field>::copy(&self.f14, &from.f14);
            <Counter as __mmstats::Field>::copy(&self.f15, &from.f15);
            <Counter as __mmstats::Field>::copy(&self.f16, &from.f16);
            <Counter as __mmstats::Field>::copy(&self.f17, &from.f17);
            <Counter as __mmstats::Field>::copy(&self.f18, &from.f18);
            <Counter as __mmstats::Field>::copy(&self.f19, &from.f19);
            <Counter as __mmstats::Field>::copy(&self.f20, &from.f20);
            <Counter as __mmstats::Field>::copy(&self.f21, &from.f21);
            <Counter as __mmstats::Field>::copy(&self.f22, &from.f22);
            <Counter as __mmstats::Field>::copy(&self.f23, &from.f23);
            <Counter as __mmstats::Field>::copy(&self.f24, &from.f24);
            <Counter as __mmstats::Field>::copy(&self.f25, &from.f25);
            <Counter as __mmstats::Field>::copy(&self.f26, &from.f26);
            <Counter as __mmstats::Field>::copy(&self.f27, &from.f27);
            <Counter as __mmstats::Field>::copy(&self.f28, &from.f28);
            <Counter as __mmstats::Field>::copy(&self.f29, &from.f29);
            <Counter as __mmstats::Field>::copy(&self.f30, &from.f30);
            <Counter as __mmstats::Field>::copy(&self.f31, &from.f31);
            <Counter as __mmstats::Field>::copy(&self.f32, &from.f32);
            <Counter as __mmstats::Field>::copy(&self.f33, &from.f33);
            <Counter as __mmstats::Field>::copy(&self.f34, &from.f34);
            <Counter as __mmstats::Field>::copy(&self.f35, &from.f35);
            <Counter as __mmstats::Field>::copy(&self.f36, &from.f36);
            <Counter as __mmstats::Field>::copy(&self.f37, &from.f37);
            <Counter as __mmstats::Field>::copy(&self.f38, &from.f38);
            <Counter as __mmstats::Field>::copy(&self.f39, &from.f39);
            <Counter as __mmstats::Field>::copy(&self.f40, &from.f40);
            <Counter as __mmstats::Field>::copy(&self.f41, &from.f41);
            <Counter as __mmstats::Field>::copy(&self.f42, &from.f42);
            <Counter as __mmstats::Field>::copy(&self.f43, &from.f43);
            <Counter as __mmstats::Field>::copy(&self.f44, &from.f44);
            <Counter as __mmstats::Field>::copy(&self.f45, &from.f45);
            <Counter as __mmstats::Field>::copy(&self.f46, &from.f46);
            <Counter as __mmstats::Field>::copy(&self.f47, &from.f47);
            <Counter as __mmstats::Field>::copy(&self.f48, &from.f48);
            <Counter as __mmstats::Field>::copy(&self.f49, &from.f49);
            <Counter as __mmstats::Field>::copy(&self.f50, &from.f50);
            <Counter as __mmstats::Field>::copy(&self.f51, &from.f51);
            <Counter as __mmstats::Field>::copy(&self.f52, &from.f52);
            <Counter as __mmstats::Field>::copy(&self.f53, &from.f53);
            <Counter as __mmstats::Field>::copy(&self.f54, &from.f54);
            <Counter as __mmstats::Field>::copy(&self.f55, &from.f55);
            <Counter as __mmstats::Field>::copy(&self.f56, &from.f56);
            <Counter as __mmstats::Field>::copy(&self.f57, &from.f57);
            <Counter as __mmstats::Field>::copy(&self.f58, &from.f58);
            <Counter as __mmstats::Field>::copy(&self.f59, &from.f59);
            <Counter as __mmstats::Field>::copy(&self.f60, &from.f60);
            <Counter as __mmstats::Field>::copy(&self.f61, &from.f61);
            <Counter as __mmstats::Field>::copy(&self.f62, &from.f62);
            <Counter as __mmstats::Field>::copy(&self.f63, &from.f63);
            <Gauge<T> as __mmstats::Field>::copy(&self.last, &from.last);
        }
    }
    #[automatically_derived]
    impl<T: GaugeValue> __mmstats::MmStats for Stats<T>
    where
        T: 'static,
        Gauge<T>: __mmstats::Field,
    {}
};
