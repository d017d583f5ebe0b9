//! Nor by taking a probe out of the catalogue.
use sluicegate::device::{LiveSystem, catalogue};

fn main() {
    let probe = catalogue()[0].probe.unwrap();
    let _ = probe;
    let _ = LiveSystem::new();
}
