//! Sluicegate: the gate between a shopping app and the companies it shares personal information with.

pub mod consent;
pub mod device;
pub mod gate;
pub mod jose;
pub mod ledger;
pub mod register;
pub mod vault;
