use mmstats::{Constant, ConstantText, Field, Initial, MmStats, SetOnce};

#[derive(MmStats)]
struct Stats {
    port: Constant<u16>,
    release: ConstantText<16>,
}

#[derive(MmStats)]
struct Own {
    port: Constant<u16>,
}

impl Initial for Own {
    type Value<'a> = u16;

    fn set_initial(&self, value: u16, creation: mmstats::__private_0_1::Creation) {
        self.port.set_initial(value, creation);
    }
}

fn main() {
    let stats = Stats::builder().create().unwrap();
    stats.port.set_initial(80);
    stats.release.set_once(&"1.2.0");
    stats.initialise(mmstats::__private_0_1::Creation(()));
    stats.initialise(mmstats::__private_0_1::Creation::new());
}
