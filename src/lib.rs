//! Sluicegate: the gate between a shopping app and the companies it shares personal information with.
//!
//! A tour, in the order in which data flow; each room says its one job in its first line.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`terms`] | the words: ids, instants, grounds, values |
//! | [`jose`] | keys, signatures and seals |
//! | [`register`] | the disclosure document: who may receive what, why, when, how, on which ground |
//! | [`consent`] | what an account said, and how that changes |
//! | [`gate`] | the pure decision, and [`gate::Released`], which only it can make |
//! | [`device`] | reading what was released: the probes and the provider |
//! | [`payload`] | what one party gets: assembled, signed, sealed |
//! | [`ledger`] | the log others can check |
//! | [`vault`] | the encrypted, durable store |
//! | [`sdk`] | the one object an app holds; `share.rs` has the order of the steps |
//! | [`ffi`] | the exported face for Kotlin and Swift, conversions alone |
//!
//! The capability types are the heart of it: [`gate::decide`] alone makes a [`gate::Released`], [`device::gather`] takes
//! one and makes a [`device::Gathered`], and [`payload::payload`] takes that. What was not decided can't be compiled.

pub mod consent;
pub mod device;
pub mod ffi;
pub mod gate;
pub mod jose;
pub mod ledger;
pub mod payload;
pub mod register;
pub mod sdk;
pub mod terms;
pub mod vault;

uniffi::setup_scaffolding!();
