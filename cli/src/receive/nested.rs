//! Payloads, batches and permits from end to end: open, verify the certificate, verify by the certified key, read.

use sluicegate::jose::jws::{self, Header};
use sluicegate::jose::{Issuer, JoseError};
use sluicegate::payload::claims::{BatchClaims, Claims, PermitClaims};
use sluicegate::payload::enrol::Certificate;
use sluicegate::payload::typ;
use sluicegate::register::{ControllerId, Instant, PartyId};

use super::open::open;
use super::{KeyPair, ReceiveError};

/// What a certified key signed, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified<C> {
    /// What it says.
    pub claims: C,
    /// The controller's certificate of the key that signed it.
    pub certificate: Certificate,
}

/// Opens a payload with the party's `key` and verifies it down to a certificate of `controller`.
///
/// The caller compares `nonce`, and remembers `jti` until `exp` to refuse a replay.
pub fn open_payload(
    compact: &str,
    key: &KeyPair,
    party: &PartyId,
    controller: Issuer<'_>,
    now: Instant,
) -> Result<Certified<Claims>, ReceiveError> {
    let signed = open_signed(compact, key)?;
    verify_payload(&signed, party, controller, now)
}

/// Opens a payload to the signed token within, not yet verified.
pub fn open_signed(compact: &str, key: &KeyPair) -> Result<String, ReceiveError> {
    let what = typ::PAYLOAD;
    let (header, signed) = open(compact, key)?;
    if header.typ.as_deref() != Some(what) || header.cty.as_deref() != Some("JWT") {
        return Err(ReceiveError::NotOpened);
    }
    let signed = std::str::from_utf8(&signed).map_err(|_| JoseError::NotAuthentic { what })?;
    Ok(signed.to_owned())
}

/// Verifies the signed token of an opened payload: for recipients whose key opens it elsewhere.
pub fn verify_payload(
    signed: &str,
    party: &PartyId,
    controller: Issuer<'_>,
    now: Instant,
) -> Result<Certified<Claims>, ReceiveError> {
    let what = typ::PAYLOAD;
    let (certificate, claims) = certified(signed, what, party, controller, now)?;
    let claims = Claims::read(&claims, party, now)?;
    issued_by(&certificate, what, &claims.iss)?;
    if claims.controller.as_str() != controller.id {
        let rule = "must be the controller that certified the key";
        return Err(JoseError::Claim { what, field: "controller", rule }.into());
    }
    Ok(Certified { claims, certificate })
}

/// Opens a batch with the party's `key`. Nobody signed it: where it came from is known by who sent it.
pub fn open_batch(compact: &str, key: &KeyPair, party: &PartyId) -> Result<BatchClaims, ReceiveError> {
    let (header, claims) = open(compact, key)?;
    if header.typ.as_deref() != Some(typ::BATCH) || header.cty.is_some() {
        return Err(ReceiveError::NotOpened);
    }
    Ok(BatchClaims::read(&claims, party)?)
}

/// Verifies a permit to `controller` for `party`.
///
/// The caller compares `nonce` and `answers_generation`, and remembers `jti` until `exp`: a permit is good for one use.
pub fn verify_permit(
    compact: &str,
    party: &PartyId,
    controller: Issuer<'_>,
    now: Instant,
) -> Result<Certified<PermitClaims>, ReceiveError> {
    let what = typ::PERMIT;
    let refuse = |field, rule| JoseError::Claim { what, field, rule };
    let id = ControllerId::new(controller.id).map_err(|bad| refuse("aud", bad.rule))?;
    // Permits are signed with the key that is enrolled with the controller itself.
    let signed_for = PartyId::new(controller.id).map_err(|bad| refuse("aud", bad.rule))?;
    let (certificate, claims) = certified(compact, what, &signed_for, controller, now)?;
    let claims = PermitClaims::read(&claims, &id, now)?;
    issued_by(&certificate, what, &claims.iss)?;
    if claims.party != *party {
        return Err(refuse("party", "names another party").into());
    }
    Ok(Certified { claims, certificate })
}

/// Finds the certificate in the header of `signed`, verifies it, then `signed` by the key it certifies.
fn certified(
    signed: &str,
    what: &'static str,
    party: &PartyId,
    controller: Issuer<'_>,
    now: Instant,
) -> Result<(Certificate, Vec<u8>), JoseError> {
    let certificate = Header::read_unverified(signed)
        .and_then(|header| header.certificate)
        .ok_or(JoseError::NotAuthentic { what })?;
    let certificate = Certificate::read(&certificate, controller, party, now)?;
    let claims = jws::verify(signed, &certificate.key, what)?;
    Ok((certificate, claims))
}

fn issued_by(certificate: &Certificate, what: &'static str, iss: &str) -> Result<(), JoseError> {
    if iss == certificate.key.thumbprint() {
        Ok(())
    } else {
        Err(JoseError::Claim { what, field: "iss", rule: "must be the thumbprint of the certified key" })
    }
}
