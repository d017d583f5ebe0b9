//! The receiving side: a recipient's or a controller's keys, opening what was sealed, verifying what was signed.

mod key;
mod nested;
mod open;

pub use key::KeyPair;
pub use nested::{Certified, open_batch, open_payload, open_signed, verify_payload, verify_permit};
pub use open::open_jwe;

use sluicegate::jose::JoseError;
use sluicegate::jose::jwk::BadJwk;

/// Why something could not be received, or a key not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// Form, header, key or tag: told apart for nobody, so that a sender learns nothing from trying.
    #[error("jwe: can't be opened")]
    NotOpened,
    /// The public part of a key.
    #[error(transparent)]
    Key(#[from] BadJwk),
    /// The private part of a key.
    #[error("jwk: d: {rule}")]
    PrivateKey {
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The system gave no random bytes.
    #[error("random: none to be had")]
    Random,
    /// Opened, and refused by its signature, certificate or claims.
    #[error(transparent)]
    Refused(#[from] JoseError),
}
