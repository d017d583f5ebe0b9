//! Whose signature counts: a controller or a recipient, with its signing keys in force.

use super::{JoseError, jwk::PublicJwk, jws, object::Object};

/// The expected signer of a token. Several keys may be in force while one replaces another; a revoked key is left out.
#[derive(Debug, Clone, Copy)]
pub struct Issuer<'a> {
    /// The controller's or the recipient's id, the token's `iss`.
    pub id: &'a str,
    /// Its signing keys in force.
    pub keys: &'a [PublicJwk],
}

impl Issuer<'_> {
    /// Verifies `compact` under one of the keys and opens its claims, whose `iss` must be this issuer.
    pub(crate) fn open(&self, compact: &str, typ: &'static str) -> Result<Object, JoseError> {
        let mut claims = Object::parse(typ, &jws::verify_any(compact, self.keys, typ)?)?;
        claims.take_exactly("iss", self.id)?;
        Ok(claims)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jose::jws::{Header, SigningKey};

    /// A new signing key.
    pub(crate) fn key() -> SigningKey {
        SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()
    }

    /// `claims` signed by `key`.
    pub(crate) fn token(key: &SigningKey, typ: &str, claims: &serde_json::Value) -> String {
        key.sign(&Header::es256(typ, key.public()), claims.to_string().as_bytes()).unwrap()
    }

    /// The claim an error names.
    pub(crate) fn field(error: JoseError) -> &'static str {
        match error {
            JoseError::Claim { field, .. } => field,
            other => panic!("{other}"),
        }
    }
}
