//! Enrolment: the install's signing key for one party, and the controller's certificate for it.

use serde::Serialize;

use super::typ;
use crate::jose::jwk::PublicJwk;
use crate::jose::jws::{self, Header, SigningInput};
use crate::jose::object::Object;
use crate::jose::time::{check_begun, check_window};
use crate::jose::{Issuer, JoseError, LEEWAY_MILLIS, NumericDate};
use crate::register::{ControllerId, Instant, Nonce, PartyId};

/// How old an enrolment request may be: 10 minutes, in milliseconds.
pub const MAX_AGE_MILLIS: i64 = 600_000;

/// A request that the controller certify a key, signed by that key itself (proof of possession).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolmentRequest {
    /// The party the key is for.
    pub party: PartyId,
    /// The key.
    pub key: PublicJwk,
    /// The controller's freshness; the controller checks that it gave it, and gave it once.
    pub nonce: Nonce,
}

/// The claims as they are written.
#[derive(Serialize)]
struct RequestClaims<'a> {
    iss: String,
    aud: &'a ControllerId,
    party: &'a PartyId,
    jwk: &'a PublicJwk,
    nonce: &'a Nonce,
    iat: NumericDate,
}

impl EnrolmentRequest {
    /// What the key has to sign to ask `controller` for a certificate.
    pub(crate) fn signing_input(&self, controller: &ControllerId, now: Instant) -> SigningInput {
        let claims = RequestClaims {
            iss: self.key.thumbprint(),
            aud: controller,
            party: &self.party,
            jwk: &self.key,
            nonce: &self.nonce,
            iat: now.into(),
        };
        let claims = serde_json::to_vec(&claims).expect("texts and numbers alone");
        SigningInput::new(&Header::es256(typ::ENROLMENT, &self.key), &claims)
    }

    /// Verifies a request to `controller`: signed by the key it names, and not old. For the controller's back end.
    pub fn verify(compact: &str, controller: &ControllerId, now: Instant) -> Result<Self, JoseError> {
        let what = typ::ENROLMENT;
        let not_authentic = JoseError::NotAuthentic { what };
        let key = claimed_key(compact).ok_or(not_authentic)?;
        let mut claims = Object::parse(what, &jws::verify(compact, &key, what)?)?;
        claims.take_exactly("iss", &key.thumbprint())?;
        claims.take_exactly("aud", controller.as_str())?;
        let request = Self { party: claims.take("party")?, key, nonce: claims.take("nonce")? };
        let _: PublicJwk = claims.take("jwk")?;
        let iat: NumericDate = claims.take("iat")?;
        claims.end()?;
        check_begun(what, iat, now)?;
        if now.millis() > iat.instant().millis() + MAX_AGE_MILLIS + LEEWAY_MILLIS {
            return Err(JoseError::Expired { what });
        }
        Ok(request)
    }
}

/// The key a request claims, before it is known to have signed it.
fn claimed_key(compact: &str) -> Option<PublicJwk> {
    let payload = compact.split('.').nth(1)?;
    let payload = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    Object::parse(typ::ENROLMENT, &payload).ok()?.take("jwk").ok()
}

/// The controller's word that a key is an install's, for one party. Rides in the header of what the key signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The party the key is for.
    pub party: PartyId,
    /// The key.
    pub key: PublicJwk,
    /// When it ends.
    pub expires: Instant,
}

impl Certificate {
    /// Reads a certificate of `controller` for `party`. For recipients, who learn the key from it.
    pub fn read(
        compact: &str,
        controller: Issuer<'_>,
        party: &PartyId,
        now: Instant,
    ) -> Result<Self, JoseError> {
        let what = typ::CERTIFICATE;
        let mut claims = controller.open(compact, what)?;
        claims.take_exactly("party", party.as_str())?;
        let key: PublicJwk = claims.take("jwk")?;
        claims.take_exactly("sub", &key.thumbprint())?;
        if key.signature_alg() != Some("ES256") {
            return Err(claims.refuse("jwk", "must be a P-256 key for signatures"));
        }
        let (iat, exp): (NumericDate, NumericDate) = (claims.take("iat")?, claims.take("exp")?);
        claims.end()?;
        check_window(what, iat, exp, now)?;
        Ok(Self { party: party.clone(), key, expires: exp.instant() })
    }

    /// Verifies that `compact` is `controller`'s certificate of `key` for `party`. For the install, which has the key.
    pub fn verify(
        compact: &str,
        controller: Issuer<'_>,
        party: &PartyId,
        key: &PublicJwk,
        now: Instant,
    ) -> Result<Self, JoseError> {
        let certificate = Self::read(compact, controller, party, now)?;
        if certificate.key.is_same_key(key) {
            Ok(certificate)
        } else {
            Err(JoseError::Claim { what: typ::CERTIFICATE, field: "jwk", rule: "is another key" })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jose::issuer::tests::{field, key, token};
    use crate::jose::jws::SigningKey;
    use crate::payload::claims::tests::at;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn controller() -> ControllerId {
        ControllerId::new("shop1688").unwrap()
    }

    fn request(own: &SigningKey) -> EnrolmentRequest {
        EnrolmentRequest {
            party: PartyId::new("alipay").unwrap(),
            key: own.public().clone(),
            nonce: Nonce::new("n1").unwrap(),
        }
    }

    #[test]
    fn a_request_is_taken_from_the_key_that_it_names() {
        let own = key();
        let request = request(&own);
        let input = request.signing_input(&controller(), at(NOW));
        let compact = own.sign_input(input).unwrap();
        assert_eq!(EnrolmentRequest::verify(&compact, &controller(), at(NOW + 600)).unwrap(), request);
        let verify = |id: &str, seconds| {
            EnrolmentRequest::verify(&compact, &ControllerId::new(id).unwrap(), at(seconds)).unwrap_err()
        };
        assert_eq!(field(verify("other", NOW)), "aud");
        assert!(matches!(verify("shop1688", NOW + 661), JoseError::Expired { .. }));
        assert!(matches!(verify("shop1688", NOW - 61), JoseError::NotYetValid { .. }));
    }

    #[test]
    fn a_request_for_a_key_the_sender_does_not_have_is_refused() {
        let (own, stolen) = (key(), key());
        let claims = json!({"iss": stolen.public().thumbprint(), "aud": "shop1688", "party": "alipay",
            "jwk": stolen.public(), "nonce": "n1", "iat": NOW});
        let error = EnrolmentRequest::verify(&token(&own, typ::ENROLMENT, &claims), &controller(), at(NOW));
        assert_eq!(error.unwrap_err(), JoseError::NotAuthentic { what: typ::ENROLMENT });
        let claims = json!({"iss": stolen.public().thumbprint(), "aud": "shop1688", "party": "alipay",
            "jwk": own.public(), "nonce": "n1", "iat": NOW});
        let error = EnrolmentRequest::verify(&token(&own, typ::ENROLMENT, &claims), &controller(), at(NOW));
        assert_eq!(field(error.unwrap_err()), "iss");
        for broken in ["", ".", "a.b.c", "e30.e30."] {
            assert!(EnrolmentRequest::verify(broken, &controller(), at(NOW)).is_err());
        }
    }

    fn certificate(own: &SigningKey) -> Value {
        json!({"iss": "shop1688", "sub": own.public().thumbprint(), "party": "alipay", "jwk": own.public(),
            "iat": NOW, "exp": NOW + 86_400})
    }

    #[test]
    fn a_certificate_holds_for_its_controller_party_key_and_time_alone() {
        let (root, own, other) = (key(), key(), key());
        let compact = token(&root, typ::CERTIFICATE, &certificate(&own));
        let keys = [root.public().clone()];
        let issuer = Issuer { id: "shop1688", keys: &keys };
        let verify = |issuer, party: &str, key: &SigningKey, seconds| {
            Certificate::verify(&compact, issuer, &PartyId::new(party).unwrap(), key.public(), at(seconds))
        };
        let good = verify(issuer, "alipay", &own, NOW).unwrap();
        assert!(good.key.is_same_key(own.public()));
        assert_eq!(good.expires, at(NOW + 86_400));
        assert_eq!(field(verify(issuer, "other", &own, NOW).unwrap_err()), "party");
        assert_eq!(field(verify(issuer, "alipay", &other, NOW).unwrap_err()), "jwk");
        assert_eq!(field(verify(Issuer { id: "x", ..issuer }, "alipay", &own, NOW).unwrap_err()), "iss");
        assert!(matches!(verify(issuer, "alipay", &own, NOW + 86_460), Err(JoseError::Expired { .. })));
        let strangers = [other.public().clone()];
        assert!(matches!(
            verify(Issuer { keys: &strangers, ..issuer }, "alipay", &own, NOW),
            Err(JoseError::NotAuthentic { .. })
        ));
    }

    #[test]
    fn a_certificate_that_contradicts_itself_is_refused_and_the_claim_named() {
        let (root, own) = (key(), key());
        let keys = [root.public().clone()];
        let faults = |change: &dyn Fn(&mut Value)| {
            let mut claims = certificate(&own);
            change(&mut claims);
            let compact = token(&root, typ::CERTIFICATE, &claims);
            let issuer = Issuer { id: "shop1688", keys: &keys };
            field(Certificate::read(&compact, issuer, &PartyId::new("alipay").unwrap(), at(NOW)).unwrap_err())
        };
        assert_eq!(faults(&|claims| claims["sub"] = "other".into()), "sub");
        assert_eq!(faults(&|claims| claims["exp"] = (NOW - 1).into()), "exp");
        assert_eq!(faults(&|claims| claims["exp"] = "soon".into()), "exp");
        assert_eq!(faults(&|claims| claims["jwk"]["use"] = "enc".into()), "jwk");
        assert_eq!(faults(&|claims| claims["jwk"]["d"] = "AA".into()), "jwk");
        assert_eq!(faults(&|claims| claims["more"] = 1.into()), "claims");
    }
}
