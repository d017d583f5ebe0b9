//! What one party gets: claims, signed (JWS), sealed (JWE), and the signed things a phone is handed (cards, certificates, requests).
//!
//! Verification and key types are public. Signing and sealing are not: outside this crate nothing is signed or
//! sealed that the gate did not release. The formats are written down in `docs/format-payload.md`.

pub mod aml;
mod assemble;
pub mod claims;
pub mod enrol;
pub mod party;
#[cfg(test)]
mod sample;
pub mod transform;

pub use aml::AmlRequest;
pub use assemble::{Event, Made, Occasion, PseudonymSecret, Signatory, batch, has_events, payload, permit};
pub use party::Party;

/// The `typ` of each signed or sealed thing (RFC 7515 4.1.9; RFC 8725 3.11: explicit typing), format version 0.
pub mod typ {
    /// A payload: the JWS within, and the JWE around it.
    pub const PAYLOAD: &str = "sluicegate-payload+jwt";
    /// A batch of advertising events: a JWE whose plaintext is the claims.
    pub const BATCH: &str = "sluicegate-batch+jwt";
    /// A permit for a `background` row.
    pub const PERMIT: &str = "sluicegate-permit+jwt";
    /// A request that the controller certify a signing key.
    pub const ENROLMENT: &str = "sluicegate-enrolment+jwt";
    /// The controller's certificate for a signing key.
    pub const CERTIFICATE: &str = "sluicegate-cert+jwt";
    /// The controller's word on who a party is.
    pub const PARTY: &str = "sluicegate-party+jwt";
    /// A recipient's AML request.
    pub const AML: &str = "sluicegate-aml+jwt";
    /// One item sealed to the party by the transform `sealed`.
    pub const SEALED_ITEM: &str = "sluicegate-sealed-item";
}
