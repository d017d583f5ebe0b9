//! Sluicegate: the gate between a shopping app and the companies it shares personal information with.

pub mod consent;
pub mod device;
pub mod gate;
pub mod jose;
pub mod ledger;
pub mod payload;
pub mod register;
pub mod terms;
pub mod vault;
