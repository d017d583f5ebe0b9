//! Values become gathered by being released and read, not by being written down.
use std::collections::BTreeMap;

use sluicegate::device::Gathered;
use sluicegate::gate::Released;
use sluicegate::register::{ItemId, Value};

fn gathered<'r>(released: Released<'r>, values: BTreeMap<ItemId, Value>) -> Gathered<'r> {
    Gathered { released, values, absent: Vec::new() }
}

fn main() {}
