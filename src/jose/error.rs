//! Why a signed or sealed thing was refused, or could not be made.

use super::jwk::BadJwk;

/// The refusal. Before authentication there is one opaque kind; after it each names the claim at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoseError {
    /// Form, header, key or signature: told apart for nobody.
    #[error("{what}: not authentic")]
    NotAuthentic {
        /// The `typ` that was expected.
        what: &'static str,
    },
    /// Authentic, and a claim breaks a rule.
    #[error("{what}: {field}: {rule}")]
    Claim {
        /// The `typ` of the token.
        what: &'static str,
        /// The claim at fault.
        field: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Authentic, and its `exp` (or the age it may have) has passed.
    #[error("{what}: has expired")]
    Expired {
        /// The `typ` of the token.
        what: &'static str,
    },
    /// Authentic, and its `iat` lies ahead.
    #[error("{what}: is not yet valid")]
    NotYetValid {
        /// The `typ` of the token.
        what: &'static str,
    },
    /// A key that can't be used.
    #[error(transparent)]
    Key(#[from] BadJwk),
    /// A signature of the platform's key that is not one, or not by the enrolled key.
    #[error("signature: {rule}")]
    Signature {
        /// The rule it breaks.
        rule: &'static str,
    },
    /// The signing key could not be made, read or used.
    #[error("signing key: can't be used")]
    Signing,
    /// The recipient's key gave no shared secret, or sealing failed.
    #[error("recipient key: can't be sealed to")]
    Sealing,
    /// The system gave no random bytes.
    #[error("random: none to be had")]
    Random,
}
