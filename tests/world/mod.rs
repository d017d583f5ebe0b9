//! Random worlds: registers and their later versions, what accounts say, and what the gate is then asked.
//!
//! Nothing here decides. `plan` is what proptest draws and shrinks, `play` runs it through the real code and
//! keeps a journal of what was said, in plain words, for the properties to be stated on.
#![allow(dead_code, unused_imports, missing_docs, clippy::unwrap_used)]

pub use ::sluicegate;

pub mod document;
pub mod large;
pub mod moment;
pub mod oracle;
pub mod plan;
pub mod play;
pub mod repair;
