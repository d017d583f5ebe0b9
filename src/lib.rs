//! Sluicegate: the gate between a shopping app and the companies it shares personal information with.

pub mod payload;
pub mod register;
