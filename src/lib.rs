//! Sluicegate: the gate between a shopping app and the companies it shares personal information with.

pub mod ffi;
pub mod register;

uniffi::setup_scaffolding!();
