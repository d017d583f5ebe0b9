//! The device is not read by naming items.
use sluicegate::device::{Deadlines, LiveSystem, read};
use sluicegate::register::ItemId;

fn main() {
    read(&[ItemId::new("device.model").unwrap()], &LiveSystem::new(), Deadlines::default());
}
