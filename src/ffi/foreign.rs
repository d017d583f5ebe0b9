//! What the other side implements: the app's provider, the platform's keys and anchor, its signer.

use std::sync::Arc;

use super::records::{Provided, Wanted};
use crate::register::PartyId;
use crate::sdk;
use crate::vault::{AnchorError, AnchorStore, KeyStore, KeyStoreError};

/// A call up failed. The text is for the app's own log.
#[derive(Debug, Clone, thiserror::Error, uniffi::Error)]
pub enum CallFailed {
    /// The platform is locked (before the first unlock); asked again later.
    #[error("locked")]
    Locked,
    /// There is no such key.
    #[error("missing")]
    Missing,
    /// Anything else.
    #[error("{why}")]
    Failed {
        /// What happened. Not `message`: a Kotlin exception has one already, and the bindings would not compile.
        why: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CallFailed {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { why: error.reason }
    }
}

/// The app's provider of values.
#[uniffi::export(foreign)]
pub trait Provider: Send + Sync {
    /// Gives the values of released items: once per share, once more if an answer given meanwhile releases more. An item
    /// left out is absent.
    fn provide(&self, wanted: Wanted) -> Result<Vec<Provided>, CallFailed>;
}

/// The platform's keeper of wrapping keys and of the anchor (Android Keystore, iOS Keychain).
#[uniffi::export(foreign)]
pub trait Platform: Send + Sync {
    /// Makes a wrapping key under the alias, unless there is one.
    fn create_key(&self, alias: String) -> Result<(), CallFailed>;
    /// Wraps bytes under the key.
    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, CallFailed>;
    /// Unwraps what [`wrap`](Platform::wrap) gave.
    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, CallFailed>;
    /// Deletes the key for good.
    fn delete_key(&self, alias: String) -> Result<(), CallFailed>;
    /// The anchor as it was stored last, if it ever was.
    fn load_anchor(&self) -> Result<Option<Vec<u8>>, CallFailed>;
    /// Stores the anchor durably, in one piece.
    fn store_anchor(&self, anchor: Vec<u8>) -> Result<(), CallFailed>;
}

/// A platform that keeps the signing keys: P-256, one per party.
#[uniffi::export(foreign)]
pub trait Signer: Send + Sync {
    /// The public key for the party, made if there is none: 65 bytes, uncompressed.
    fn public_key(&self, party: String) -> Result<Vec<u8>, CallFailed>;
    /// Signs a SHA-256 digest (32 bytes) with ECDSA, without hashing it again; the signature in DER.
    fn sign(&self, party: String, digest: Vec<u8>) -> Result<Vec<u8>, CallFailed>;
}

/// Is told when answers change. Called on the thread that changed them, after the change is durable.
#[uniffi::export(foreign)]
pub trait Listener: Send + Sync {
    /// The account's answers have changed; this is their generation now.
    fn answers_changed(&self, account_id: String, generation: u64) -> Result<(), CallFailed>;
}

pub(super) struct ForeignListener(pub Arc<dyn Listener>);

impl sdk::Listener for ForeignListener {
    fn answers_changed(&self, account: crate::register::AccountId, generation: u64) {
        // The change is made; that a listener failed is the app's to see to.
        if let Err(error) = self.0.answers_changed(account.into(), generation) {
            log::warn!("listener: {error}");
        }
    }
}

pub(super) struct ForeignProvider(pub Arc<dyn Provider>);

impl sdk::Host for ForeignProvider {
    fn provide(&self, wanted: sdk::Wanted) -> Result<Vec<sdk::Provided>, sdk::HostError> {
        let provided = self.0.provide(wanted.into()).map_err(host_error)?;
        let parse =
            |provided: Provided| provided.try_into().map_err(|bad: crate::register::BadTerm| bad.to_string());
        provided.into_iter().map(parse).collect::<Result<_, String>>().map_err(sdk::HostError)
    }
}

pub(super) struct ForeignSigner(pub Arc<dyn Signer>);

impl sdk::Signer for ForeignSigner {
    fn public_key(&self, party: PartyId) -> Result<Vec<u8>, sdk::HostError> {
        self.0.public_key(party.into()).map_err(host_error)
    }

    fn sign(&self, party: PartyId, digest: Vec<u8>) -> Result<Vec<u8>, sdk::HostError> {
        self.0.sign(party.into(), digest).map_err(host_error)
    }
}

fn host_error(error: CallFailed) -> sdk::HostError {
    sdk::HostError(error.to_string())
}

pub(super) struct ForeignPlatform(pub Arc<dyn Platform>);

fn key_error(error: CallFailed) -> KeyStoreError {
    match error {
        CallFailed::Locked => KeyStoreError::Locked,
        CallFailed::Missing => KeyStoreError::Missing,
        CallFailed::Failed { why } => KeyStoreError::Failed(why),
    }
}

impl KeyStore for ForeignPlatform {
    fn create(&self, alias: String) -> Result<(), KeyStoreError> {
        self.0.create_key(alias).map_err(key_error)
    }

    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.0.wrap(alias, plain).map_err(key_error)
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.0.unwrap(alias, wrapped).map_err(key_error)
    }

    fn delete(&self, alias: String) -> Result<(), KeyStoreError> {
        self.0.delete_key(alias).map_err(key_error)
    }
}

fn anchor_error(error: CallFailed) -> AnchorError {
    match error {
        CallFailed::Locked => AnchorError::Locked,
        other => AnchorError::Failed(other.to_string()),
    }
}

impl AnchorStore for ForeignPlatform {
    fn load(&self) -> Result<Option<Vec<u8>>, AnchorError> {
        self.0.load_anchor().map_err(anchor_error)
    }

    fn store(&self, anchor: Vec<u8>) -> Result<(), AnchorError> {
        self.0.store_anchor(anchor).map_err(anchor_error)
    }
}
