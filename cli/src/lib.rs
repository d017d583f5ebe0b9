//! The tools of those who write registers, audit and receive; the binary `sluicegate` is a thin face over them.

pub mod demo_controller;
pub mod receive;
