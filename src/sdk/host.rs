//! What the SDK asks of the app around it: values once the gate has released them, and, where the platform
//! keeps the signing key, a signature. Nothing is asked before the gate has answered.

use std::fmt;

use crate::register::{AccountId, ItemId, OrderId, PartyId, RowId, Value};

/// What the host is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub account: AccountId,
    /// The row that was released.
    pub row: RowId,
    /// Of which order, if the scenario has one.
    pub order: Option<OrderId>,
    /// The items, released all of them (and [`crate::device::TRACKING_LIMITED`]).
    pub items: Vec<ItemId>,
}

/// One answer of the host; an item it leaves out or answers with none is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// Which item.
    pub item: ItemId,
    /// Its value.
    pub value: Option<Value>,
}

/// The host could not answer. The text is for the host's own log and is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError(pub String);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HostError {}

/// The host app and the platform's providers.
pub trait Host: Send + Sync {
    /// Gives the values of released items. Called at most once per share, without any lock held; once more only if
    /// an answer given meanwhile releases more.
    fn provide(&self, wanted: Wanted) -> Result<Vec<Provided>, HostError>;
}

/// A platform that keeps the signing keys (Android Keystore, Secure Enclave): P-256, one key per party.
pub trait Signer: Send + Sync {
    /// The public key for the party, made if there is none: 65 bytes, uncompressed (SEC 1 2.3.3).
    fn public_key(&self, party: PartyId) -> Result<Vec<u8>, HostError>;

    /// Signs a SHA-256 digest of 32 bytes with ECDSA; the signature is DER, as both platforms give it. Only the
    /// digest goes up, so that nothing is handed over before it is logged (invariant 3).
    fn sign(&self, party: PartyId, digest: Vec<u8>) -> Result<Vec<u8>, HostError>;
}
