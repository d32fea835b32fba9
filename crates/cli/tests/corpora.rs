//! The corpora of the fuzz targets, replayed: each input is an error or a value, and no panic.

use std::fs;
use std::path::PathBuf;

#[path = "../../../fuzz/targets.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets use it too")]
mod targets;

fn replay(name: &str, least: usize, target: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name);
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        target(&bytes);
        // And each of them cut short, and with a byte changed here and there.
        for place in (0..bytes.len()).step_by(bytes.len().div_ceil(100)) {
            target(&bytes[..place]);
            let mut changed = bytes.clone();
            changed[place] ^= 0x5a;
            target(&changed);
        }
        inputs += 1;
    }
    assert!(inputs >= least, "{inputs} inputs in {}", folder.display());
}

#[test]
fn idx() {
    replay("idx", 4, targets::idx);
}

#[test]
fn npy() {
    replay("npy", 4, targets::npy);
}

#[test]
fn table() {
    replay("table", 10, targets::table);
    replay("table", 10, targets::labelled);
}

#[test]
fn labels() {
    replay("labels", 5, targets::labels);
}

#[test]
fn sparse() {
    replay("sparse", 3, targets::sparse);
}

#[test]
fn config() {
    replay("config", 4, targets::config);
}

#[test]
fn archive() {
    replay("archive", 2, targets::archive);
}

#[test]
fn checkpoint() {
    replay("checkpoint", 2, targets::checkpoint);
}

#[test]
fn hdf5() {
    replay("hdf5", 1, targets::hdf5);
}
