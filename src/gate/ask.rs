//! What the gate is asked, and what stands when it is asked. Plain values: whoever asks has looked them up.

use crate::consent::Answers;
use crate::register::{Age, Instant, ItemId, OrderId, PartyId, Row};

/// The question: may this row run now, for this party?
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The row.
    pub row: &'a Row,
    /// The one company.
    pub party: &'a PartyId,
    /// The order it is about, if the scenario has one.
    pub order: Option<&'a OrderId>,
    /// The person's age.
    pub age: Age,
    /// Now.
    pub at: Instant,
    /// A request signed by the recipient, verified (invariant 11).
    pub request: Option<&'a Request>,
}

/// A recipient's request whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The case it belongs to.
    pub case: String,
    /// The order it asks about.
    pub order: OrderId,
    /// Whether the recipient marks it secret. A phone can't keep a secret from its owner.
    pub secret: bool,
}

/// Whether the party can receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyStanding {
    /// There is a key to seal to, or the row needs none.
    pub has_key: bool,
    /// Our signing key for it is certified, or the row is not signed.
    pub enrolled: bool,
}

/// What stands for the account when the gate is asked.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// The vault can't be used: locked, full, damaged.
    Unavailable,
    /// The answers as the vault has them.
    Known {
        /// The answers.
        answers: &'a Answers,
        /// Whether the anchor agrees that they are the latest. If not, consents are asked again, and what may have been
        /// refused stays.
        current: bool,
        /// The time by which consents expire ([`crate::consent::HighWater`]).
        expiry_time: Instant,
        /// The register version at which the row was last switched off, if ever.
        last_off: Option<u64>,
        /// The same of its items that were switched off by themselves.
        items_last_off: &'a [(ItemId, u64)],
        /// When the row ran lately for this account and party, newest last; enough for its frequency.
        recent: &'a [Instant],
        /// Whether the party can receive.
        party: PartyStanding,
    },
}
