//! `MemoryMap`: a shared file is read, written, viewed and grown, and no offset does harm.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use mmstats::MemoryMap;
use mmstats_testing::{Child, again, role};
use rustix::process::{Resource, Rlimit, setrlimit};

#[test]
fn two_maps_of_a_file_see_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shared");
    let (mut ours, mut theirs) = (MemoryMap::open(&path).unwrap(), MemoryMap::open(&path).unwrap());
    ours.view::<AtomicU64>(8).unwrap().store(7, Relaxed);
    assert_eq!(theirs.view::<[AtomicU32; 2]>(8).unwrap()[0].load(Relaxed), 7);
    assert!(ours.set(13, b"abc"));
    assert_eq!(theirs.get::<[u8; 3]>(13), Some(*b"abc"));
    // Growing keeps what is there, and the other map what it had mapped.
    let page = ours.len();
    ours.grow(100 * page - 1).unwrap();
    assert_eq!((ours.len(), theirs.len()), (100 * page, page));
    assert_eq!((ours.get::<u64>(8), ours.get::<u64>(page)), (Some(7 | 0x63_62_61 << 40), Some(0)));
    ours.grow(1).unwrap();
    assert_eq!(ours.len(), 100 * page, "it does not shrink");
    assert_eq!(fs::metadata(&path).unwrap().len(), 100 * page);
}

#[test]
fn it_is_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shared");
    let mut map = MemoryMap::open(&path).unwrap();
    let page = map.len();
    map.seek(SeekFrom::End(-2)).unwrap();
    map.write_all(b"hello").unwrap();
    assert_eq!(map.len(), 2 * page, "it grew");
    assert_eq!(map.seek(SeekFrom::Current(-4)).unwrap(), page - 1);
    let mut read = [0; 4];
    map.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"ello");
    assert_eq!(&fs::read(&path).unwrap()[(page - 2).try_into().unwrap()..][..5], b"hello");
    assert_eq!(map.read_to_end(&mut Vec::new()).unwrap() as u64, page - 3);
}

#[test]
fn no_offset_does_harm() {
    let directory = tempfile::tempdir().unwrap();
    let mut map = MemoryMap::open(directory.path().join("shared")).unwrap();
    let len = map.len();
    assert!(map.view::<AtomicU64>(len - 8).is_some());
    for offset in [4, len - 4, len, len + 8, u64::MAX, u64::MAX - 7] {
        assert!(map.view::<AtomicU64>(offset).is_none(), "{offset}");
    }
    assert!(map.slice::<AtomicU64>(8, usize::MAX).is_none());
    assert!(map.slice::<AtomicU8>(len, 0).unwrap().is_empty());
    assert_eq!(map.get::<u64>(len - 7), None);
    assert!(!map.set(len - 7, &0_u64));
    assert_eq!(map.read_at(&mut [0; 9], len - 7), 7);
    assert_eq!(map.write_at(&[0; 9], u64::MAX), 0);
    assert!(map.grow(u64::MAX).is_err() && map.grow(1 << 62).is_err());
    map.seek(SeekFrom::Start(u64::MAX)).unwrap();
    assert_eq!(map.read(&mut [0; 4]).unwrap(), 0);
    assert!(map.write(b"abcd").is_err());
    assert!(map.seek(SeekFrom::Current(1)).is_err());
    assert_eq!(map.len(), len);
    assert!(MemoryMap::open(directory.path()).is_err());
}

#[test]
fn child_maps_no_more() {
    let Some(directory) = role("child_maps_no_more") else { return };
    let mut map = MemoryMap::open(directory.join("shared")).unwrap();
    assert!(map.set(0, &7_u64));
    let limit = Some(map.len());
    setrlimit(Resource::Fsize, Rlimit { current: limit, maximum: limit }).unwrap();
    let error = map.grow(map.len() + 1).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    assert_eq!(map.get::<u64>(0), Some(7));
}

#[test]
fn to_grow_beyond_the_limit_on_files_is_an_error_and_no_signal() {
    let directory = tempfile::tempdir().unwrap();
    Child::spawn(&mut again("child_maps_no_more", directory.path())).end_well();
}
