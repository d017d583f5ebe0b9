//! JOSE: the keys, signatures, seals and claims that registers, payloads, permits and cards are made of.
//!
//! Verification and key types are public. Signing and sealing are not: outside this crate nothing is signed or
//! sealed that the gate did not release.

mod der;
mod error;
pub(crate) mod issuer;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub(crate) mod object;
pub(crate) mod time;

pub use der::der_to_raw;
pub use error::JoseError;
pub use issuer::Issuer;
pub use jwk::{BadJwk, KeyUse, PublicJwk};
pub use jws::{verify, verify_any};
pub use time::{Date, Day, Hour, LEEWAY_MILLIS, NumericDate};
