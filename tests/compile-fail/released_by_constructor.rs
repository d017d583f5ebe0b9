//! Nor made by the constructor that the gate uses.
use sluicegate::gate::{Basis, Released, ReleasedItem};
use sluicegate::register::{Row, RowItem};

fn release<'r>(row: &'r Row, item: &'r RowItem, basis: Basis) -> Released<'r> {
    Released::new(row, vec![ReleasedItem::new(item, basis)], 0)
}

fn main() {}
