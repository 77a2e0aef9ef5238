//! Sets `cfg(loom)` for the sources of core that this crate includes, and for no other crate.

fn main() {
    println!("cargo:rustc-cfg=loom");
}
