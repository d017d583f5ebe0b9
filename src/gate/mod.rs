//! The pure decision: register x answers x ask x time -> per item released or withheld, and why.
//!
//! No I/O, no clock, no globals: the same inputs give the same decision in every language (invariant 9).
//! [`decide`] is the whole of it; [`Released`] is what it lets through, and nothing else can make one.

mod ask;
#[cfg(test)]
mod consent_tests;
mod decide;
#[cfg(test)]
mod decide_tests;
mod reason;
mod released;
#[cfg(test)]
mod shop_tests;

pub use ask::{Ask, PartyStanding, Request, Standing};
pub use decide::{Decision, ItemDecision, decide};
pub use reason::{Reason, Remedy, Withheld};
pub use released::{Basis, Released, ReleasedItem};
