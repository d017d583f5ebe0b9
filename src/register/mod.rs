//! The disclosure document: who may receive what, why, when, how, on which ground.

mod terms;
pub use terms::*;
