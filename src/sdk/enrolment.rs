//! Enrolment: our signing key for one party, which the controller certifies, so that a stranger can't sign.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use super::{Error, Sluicegate, log};
use crate::jose::jwk::Curve;
use crate::jose::jws::{SigningInput, SigningKey};
use crate::jose::{JoseError, PublicJwk, der_to_raw};
use crate::ledger::Entry;
use crate::payload::enrol::{Certificate, EnrolmentRequest};
use crate::register::{Hash, Instant, Nonce, PartyId};
use crate::vault::Transaction;

/// What the vault keeps of a party: our key for it and the certificate.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Enrolment {
    /// The private key (PKCS#8), unless the platform keeps it.
    pkcs8: Option<Vec<u8>>,
    pub key: PublicJwk,
    pub certificate: Option<String>,
    pub expires: Option<Instant>,
}

impl Enrolment {
    /// What is kept for the party.
    pub fn load(tx: &Transaction<'_>, party: &PartyId) -> Result<Option<Enrolment>, Error> {
        tx.party(party)?.map(|json| log::from_json(&json)).transpose()
    }

    /// The certificate, if it holds now.
    pub fn certificate(&self, at: Instant) -> Option<&str> {
        self.expires.filter(|expires| at < *expires).and(self.certificate.as_deref())
    }
}

impl Sluicegate {
    /// Makes (or finds) our signing key for a party and asks the controller to certify it: a compact JWS for the
    /// controller's back end, with its nonce. For permits the party is the controller itself.
    pub fn enroll(&self, party: &PartyId, nonce: &Nonce, at: Instant) -> Result<String, Error> {
        let made = match &self.signer {
            Some(signer) => {
                let point = signer.public_key(party.clone()).map_err(|error| Error::Host(error.0))?;
                let key = PublicJwk::from_bytes(Curve::P256, &point);
                let key = key.map_err(|error| Error::Host(format!("public key: {error}")))?;
                Enrolment { pkcs8: None, key, certificate: None, expires: None }
            }
            None => {
                let pkcs8 = SigningKey::generate()?.to_vec();
                let key = SigningKey::from_pkcs8(&pkcs8)?.public().clone();
                Enrolment { pkcs8: Some(pkcs8), key, certificate: None, expires: None }
            }
        };
        let enrolment = self.with_vault(at, |opened| {
            opened.vault.write(|tx| {
                let kept = Enrolment::load(tx, party)?;
                // A platform key that was made anew replaces the one we knew; our own is kept.
                match kept.filter(|kept| made.pkcs8.is_some() == kept.pkcs8.is_some()) {
                    Some(kept) if kept.pkcs8.is_some() || kept.key.is_same_key(&made.key) => {
                        Ok::<_, Error>(kept)
                    }
                    _ => {
                        tx.put_party(party, &log::to_json(&made)?)?;
                        Ok(made.clone())
                    }
                }
            })
        })?;
        let request =
            EnrolmentRequest { party: party.clone(), key: enrolment.key.clone(), nonce: nonce.clone() };
        self.sign(&enrolment, party, request.signing_input(self.register.controller_id(), at))
    }

    /// Takes the controller's certificate for our key. From now on the party can be sent to.
    pub fn complete_enrolment(&self, party: &PartyId, certificate: &str, at: Instant) -> Result<(), Error> {
        self.with_vault(at, |opened| {
            let enrolment = opened.vault.read(|tx| Enrolment::load(tx, party))?;
            let enrolment =
                enrolment.ok_or_else(|| Error::input("party", "enroll it first: there is no key for it"))?;
            let verified =
                Certificate::verify(certificate, self.controller_issuer(), party, &enrolment.key, at)
                    .map_err(|error| Error::input("certificate", error))?;
            let thumbprint = BASE64URL_NOPAD.decode(enrolment.key.thumbprint().as_bytes()).ok();
            let thumbprint = thumbprint.and_then(|bytes| bytes.try_into().ok()).map(Hash);
            let thumbprint = thumbprint.ok_or_else(|| Error::Crypto("thumbprint: no SHA-256".into()))?;
            let certified = Enrolment {
                certificate: Some(certificate.to_owned()),
                expires: Some(verified.expires),
                ..enrolment.clone()
            };
            opened.vault.write(|tx| {
                tx.put_party(party, &log::to_json(&certified)?)?;
                log::append(tx, None, Entry::Enrolment { at, party: party.clone(), thumbprint })?;
                Ok(())
            })
        })
    }

    /// Signs with our key for the party: the vault's, or one call up to the platform's.
    pub(super) fn sign(
        &self,
        enrolment: &Enrolment,
        party: &PartyId,
        input: SigningInput,
    ) -> Result<String, Error> {
        match (&enrolment.pkcs8, &self.signer) {
            (Some(pkcs8), _) => Ok(SigningKey::from_pkcs8(pkcs8)?.sign_input(input)?),
            (None, Some(signer)) => {
                let der = signer
                    .sign(party.clone(), Hash::of(input.as_bytes()).0.to_vec())
                    .map_err(|e| Error::Host(e.0))?;
                let refused = |error: JoseError| Error::Host(format!("signature: {error}"));
                let raw = der_to_raw(&der).map_err(refused)?;
                input.with_signature(&raw, &enrolment.key).map_err(refused)
            }
            (None, None) => Err(Error::Host("the platform's signer is gone; enroll again".into())),
        }
    }
}
