//! Files: those of many processes, read by the library and by the tools.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::time::Duration;

use mmstats::{Reader, Scanner};

use super::Relation;
use crate::fleet::{Fleet, Kinds, Tools, own_seconds, raise_file_limit};
use crate::median::median;

const COUNTS: [usize; 5] = [1, 10, 100, 1000, 10_000];
const ROUNDS: usize = 5;
/// What is too little to be measured in the time that a screen is watched is left out.
const LEAST_FOR_TOP: usize = 100;
const TOP: Duration = Duration::from_secs(20);

pub(super) fn measure() -> Result<Vec<Relation>, Box<dyn Error>> {
    raise_file_limit()?;
    let tools = Tools::build()?;
    let mut relations = Vec::new();
    for (kinds, name, title) in [
        (Kinds::Numbers, "files-numbers", "Files of 100 numbers each"),
        (Kinds::Mixed, "files-mixed", "Files of 100 fields each: numbers, texts, averages, timers"),
    ] {
        let mut relation = Relation::new(
            name,
            title,
            "files",
            "seconds of a processor",
            [
                "scan, the first",
                "scan, each further one",
                "snapshot of all",
                "slurpstats, plain",
                "slurpstats, JSON",
                "mmstats top, a second",
            ],
        );
        for count in COUNTS {
            relation.add(count, &costs(count, kinds, &tools)?);
        }
        relations.push(relation);
    }
    Ok(relations)
}

fn costs(count: usize, kinds: Kinds, tools: &Tools) -> Result<[Option<f64>; 6], Box<dyn Error>> {
    let fleet = Fleet::start(count, kinds, Duration::from_secs(1))?;
    let mut scanner = Scanner::new([fleet.path()]);
    let first = seconds(|| drop(black_box(scanner.scan())));
    let further = typical(|| drop(black_box(scanner.scan())));
    drop(scanner);
    let mut readers = Vec::new();
    for entry in fs::read_dir(fleet.path())? {
        readers.push(Reader::open(entry?.path())?);
    }
    let snapshots = typical(|| {
        for reader in &readers {
            drop(black_box(reader.snapshot()));
        }
    });
    drop(readers);
    let slurp = |format| {
        let rounds = (0..ROUNDS).map(|_| tools.slurp(fleet.path(), format));
        Ok::<_, Box<dyn Error>>(median(rounds.collect::<Result<_, _>>()?))
    };
    let [plain, json] = [slurp("plain")?, slurp("json")?];
    let watched = (count >= LEAST_FOR_TOP).then(|| tools.top(fleet.path(), TOP));
    let [first, further, snapshots, plain, json] =
        [first, further, snapshots, plain, json].map(Some);
    Ok([first, further, snapshots, plain, json, watched.transpose()?])
}

/// What this thread takes of a processor.
fn seconds(operation: impl FnOnce()) -> f64 {
    let begin = own_seconds();
    operation();
    own_seconds() - begin
}

fn typical(mut operation: impl FnMut()) -> f64 {
    median((0..ROUNDS).map(|_| seconds(&mut operation)).collect())
}
