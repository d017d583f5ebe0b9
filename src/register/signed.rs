//! The signed register: a compact JWS by the controller over the register's JSON (RFC 7515).

use super::{InvalidRegister, Register};
use crate::jose::{JoseError, PublicJwk, verify};

/// The `typ` of a signed register.
pub const REGISTER_TYP: &str = "sluicegate-register+json";

/// Why a signed register is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignedRegisterError {
    /// Not signed by the controller's key, or not a register.
    #[error("register: {0}")]
    Signature(#[from] JoseError),
    /// Signed, but it breaks rules.
    #[error("register: {0}")]
    Invalid(#[from] InvalidRegister),
}

impl Register {
    /// Verifies the controller's signature, then parses and validates.
    pub fn verify(compact: &str, controller: &PublicJwk) -> Result<Self, SignedRegisterError> {
        let json = verify(compact, controller, REGISTER_TYP)?;
        Ok(Register::parse(&json)?)
    }
}
