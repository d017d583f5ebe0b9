//! The append-only Merkle log of what the gate did; it holds no values and no storage.

mod checkpoint;
mod entry;
mod export;
mod line;
mod note;
mod outbox;
mod proof;
pub mod tree;

pub use checkpoint::*;
pub use entry::*;
pub use export::*;
pub use note::*;
pub use outbox::*;
pub use proof::*;

#[cfg(test)]
mod go_tlog_tests;
#[cfg(test)]
mod worked_example;
