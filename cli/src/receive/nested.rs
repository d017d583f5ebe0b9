//! A payload from end to end: open, find the certificate, verify it, verify the signature by the certified key, read.

use sluicegate::payload::claims::Claims;
use sluicegate::payload::enrol::Certificate;
use sluicegate::payload::jws::{self, Header};
use sluicegate::payload::{Issuer, PayloadError, typ};
use sluicegate::register::{Instant, PartyId};

use super::open::open;
use super::{KeyPair, ReceiveError};

/// A payload that opened and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it says.
    pub claims: Claims,
    /// The controller's certificate of the key that signed it.
    pub certificate: Certificate,
}

/// Opens `compact` with the party's `key` and verifies it down to a certificate of `controller`.
///
/// The caller compares `nonce`, and remembers `jti` until `exp` to refuse a replay.
pub fn open_and_verify(
    compact: &str,
    key: &KeyPair,
    party: &PartyId,
    controller: Issuer<'_>,
    now: Instant,
) -> Result<Opened, ReceiveError> {
    let what = typ::PAYLOAD;
    let (header, signed) = open(compact, key)?;
    if header.typ.as_deref() != Some(what) || header.cty.as_deref() != Some("JWT") {
        return Err(ReceiveError::NotOpened);
    }
    let not_authentic = PayloadError::NotAuthentic { what };
    let signed = std::str::from_utf8(&signed).map_err(|_| not_authentic.clone())?;
    let certificate =
        Header::read_unverified(signed).and_then(|header| header.certificate).ok_or(not_authentic)?;
    let certificate = Certificate::read(&certificate, controller, party, now)?;
    let claims = Claims::read(&jws::verify(signed, &certificate.key, what)?, party, now)?;
    let refused = |field, rule| Err(PayloadError::Claim { what, field, rule }.into());
    if claims.iss != certificate.key.thumbprint() {
        return refused("iss", "must be the thumbprint of the certified key");
    }
    if claims.controller.as_str() != controller.id {
        return refused("controller", "must be the controller that certified the key");
    }
    Ok(Opened { claims, certificate })
}
