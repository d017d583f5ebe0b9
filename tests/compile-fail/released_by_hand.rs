//! What the gate let through can't be written down by hand.
use sluicegate::gate::{Basis, Released, ReleasedItem};
use sluicegate::register::{Row, RowItem};

fn item(item: &RowItem, basis: Basis) -> ReleasedItem<'_> {
    ReleasedItem { item, basis }
}

fn row(row: &Row) -> Released<'_> {
    Released { row, items: Vec::new(), generation: 0 }
}

fn main() {}
