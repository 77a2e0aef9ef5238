//! Prints what `share_writer` shares, each time that it changes, and sleeps in between.
//!
//! ```sh
//! cargo run --example share_reader
//! ```
//! Start it in the directory of `share_writer`, with which it ends.

use std::error::Error;
use std::time::Duration;

use mmstats::Reader;

fn main() -> Result<(), Box<dyn Error>> {
    let reader = Reader::open("share.mmstats")?;
    let mut seen = reader.snapshot()?;
    loop {
        let shown = ["number", "letters"].map(|key| seen.get(key).map(ToString::to_string));
        println!("{}", shown.map(Option::unwrap_or_default).join(" ").trim_end());
        if seen.state().has_ended() {
            return Ok(());
        }
        let day = Duration::from_secs(86_400);
        seen = loop {
            if let Some(changed) = reader.wait_for_change(&seen, day)? {
                break changed;
            }
        };
    }
}
