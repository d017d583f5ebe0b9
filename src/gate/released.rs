//! What the gate let through: the capability without which nothing is read, assembled, signed or sealed.

use crate::consent::AnswerId;
use crate::register::{Ground, Row, RowItem};

/// On what an item is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The ground that holds now.
    pub ground: Ground,
    /// The answer it rests on: the consent, or the acceptance of the notice.
    pub answer: AnswerId,
}

/// An item that may leave.
#[derive(Debug, Clone, Copy)]
pub struct ReleasedItem<'r> {
    item: &'r RowItem,
    basis: Basis,
}

impl<'r> ReleasedItem<'r> {
    pub(super) fn new(item: &'r RowItem, basis: Basis) -> Self {
        Self { item, basis }
    }

    /// The item in its row.
    pub fn item(&self) -> &'r RowItem {
        self.item
    }

    /// On what it is released.
    pub fn basis(&self) -> Basis {
        self.basis
    }
}

/// What may leave for one ask. Only [`super::decide`] makes one; it is used up by being assembled.
#[derive(Debug)]
pub struct Released<'r> {
    row: &'r Row,
    items: Vec<ReleasedItem<'r>>,
    generation: u64,
}

impl<'r> Released<'r> {
    pub(super) fn new(row: &'r Row, items: Vec<ReleasedItem<'r>>, generation: u64) -> Self {
        Self { row, items, generation }
    }

    /// The row.
    pub fn row(&self) -> &'r Row {
        self.row
    }

    /// The items.
    pub fn items(&self) -> &[ReleasedItem<'r>] {
        &self.items
    }

    /// The generation of the answers it was decided on.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}
