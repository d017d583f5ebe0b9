//! What a host asks, and what it gets: asks as typed values, outcomes as values, errors for bad input alone.

use crate::gate::{Basis, Withheld};
use crate::jose::JoseError;
use crate::register::{
    AccountId, Age, BadTerm, Instant, ItemId, Nonce, OrderId, PartyId, RecipientId, RowId, ScenarioId,
};
use crate::vault::VaultError;

/// The party as the host names it. A class's member shows a card signed by the controller, or the key that the
/// register pins for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRef {
    /// The recipient of the register.
    pub recipient: RecipientId,
    /// The one company; for a company recipient its own id.
    pub id: PartyId,
    /// Its key as a JWK's JSON, pinned in the register.
    pub key: Option<String>,
    /// Its card, a compact JWS by the controller.
    pub card: Option<String>,
}

/// `share(account, scenario, party, order, attempt, nonce)`, with age and time as inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareAsk {
    /// Whose information.
    pub account: AccountId,
    /// Their age.
    pub age: Age,
    /// The event.
    pub scenario: ScenarioId,
    /// The one company.
    pub party: PartyRef,
    /// The order; for advertising, none.
    pub order: Option<OrderId>,
    /// Counts the host's attempts; the same order and attempt gives the same result.
    pub attempt: u32,
    /// Freshness from the recipient or the controller.
    pub nonce: Nonce,
    /// A recipient's signed request (AML).
    pub request: Option<String>,
    /// Now.
    pub at: Instant,
}

/// What the host hands on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "delivery", content = "text", rename_all = "snake_case")]
pub enum Delivery {
    /// A compact JWE for the party.
    Payload(String),
    /// A compact JWS for the controller's back end.
    Permit(String),
    /// A compact JWE of de-identified events for the party.
    Batch(String),
}

impl Delivery {
    /// The text that leaves.
    pub fn text(&self) -> &str {
        match self {
            Delivery::Payload(text) | Delivery::Permit(text) | Delivery::Batch(text) => text,
        }
    }
}

/// An item that left, and on what ground.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Which.
    pub item: ItemId,
    /// On what.
    pub basis: Basis,
}

/// The outcome of a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Something leaves.
    Permitted {
        /// Under which row.
        row: RowId,
        /// What the host hands on.
        delivery: Delivery,
        /// What is in it.
        released: Vec<Shared>,
        /// What stayed, and why.
        withheld: Vec<Withheld>,
        /// Where the ledger has it.
        entry: u64,
    },
    /// Nothing leaves.
    Withheld {
        /// Under which row.
        row: RowId,
        /// Every item, and why.
        withheld: Vec<Withheld>,
        /// Where the ledger has it; none if the vault can't be used.
        entry: Option<u64>,
    },
}

/// Bad input, or a part that can't be used. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The field at fault, and what is wrong with it.
    #[error("{field}: {problem}")]
    InvalidInput {
        /// In the words of the API (`party.card`).
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// The register is older than the one this install has used.
    #[error("register: version {given} is older than {known}, which this install has used")]
    RegisterOlder {
        /// What was given.
        given: u64,
        /// What was used.
        known: u64,
    },
    /// The vault can't be used now.
    #[error("vault: {0}")]
    VaultUnavailable(#[from] VaultError),
    /// The host's provider or signer failed.
    #[error("host: {0}")]
    Host(String),
    /// A key or seal failed, for no fault of the input.
    #[error("crypto: {0}")]
    Crypto(String),
}

impl Error {
    pub(crate) fn input(field: impl Into<String>, problem: impl std::fmt::Display) -> Self {
        Error::InvalidInput { field: field.into(), problem: problem.to_string() }
    }
}

impl From<BadTerm> for Error {
    fn from(bad: BadTerm) -> Self {
        Error::input(bad.field, bad.rule)
    }
}

impl From<JoseError> for Error {
    fn from(error: JoseError) -> Self {
        Error::Crypto(error.to_string())
    }
}
