//! Nor got out of a decision that was not the gate's.
use sluicegate::gate::{Decision, ItemDecision};
use sluicegate::register::Row;

fn decide<'r>(row: &'r Row, items: Vec<ItemDecision<'r>>) -> Decision<'r> {
    Decision { row, generation: 0, items }
}

fn main() {}
