//! What a controller signs for an app (certificates, party cards), and a recipient (requests that start the AML row).

use serde_json::{Value, json};
use sluicegate::jose::PublicJwk;
use sluicegate::jose::jws::Header;
use sluicegate::payload::enrol::EnrolmentRequest;
use sluicegate::payload::typ;
use sluicegate::register::{ControllerId, Instant, OrderId, PartyId, RecipientId};

use crate::receive::{KeyPair, ReceiveError};

/// Seconds in a day.
pub const DAY: i64 = 86_400;

/// The signer of what an app is handed: a company's id and its signing key.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// Its id in the register.
    pub id: &'a ControllerId,
    /// Its key.
    pub key: &'a KeyPair,
    /// Now.
    pub now: Instant,
    /// How long what is signed holds, in seconds.
    pub lasts: i64,
}

/// A member of a class of recipients, as its card names it.
pub struct Member<'a> {
    /// The party.
    pub party: &'a PartyId,
    /// The class.
    pub recipient: &'a RecipientId,
    /// As a person would know it.
    pub name: &'a str,
    /// The key to seal to; none where the controller's back end provides.
    pub key: Option<&'a PublicJwk>,
}

impl Signer<'_> {
    /// Verifies an app's enrolment request and certifies its key. The caller has checked that the nonce is its own.
    pub fn certify(&self, request: &str) -> Result<(EnrolmentRequest, String), ReceiveError> {
        let request = EnrolmentRequest::verify(request, self.id, self.now)?;
        let claims = json!({ "sub": request.key.thumbprint(), "party": request.party, "jwk": request.key });
        let certificate = self.sign(typ::CERTIFICATE, claims)?;
        Ok((request, certificate))
    }

    /// The card of one member of a class.
    pub fn card(&self, member: &Member<'_>) -> Result<String, ReceiveError> {
        let mut claims = json!({ "sub": member.party, "recipient": member.recipient, "name": member.name });
        if let Some(key) = member.key {
            claims["jwk"] = serde_json::to_value(key).expect("texts alone");
        }
        self.sign(typ::PARTY, claims)
    }

    /// As a recipient: a request to `controller` that names a case and an order.
    pub fn aml_request(
        &self,
        controller: &ControllerId,
        case: &str,
        order: &OrderId,
        jti: &str,
        secret: bool,
    ) -> Result<String, ReceiveError> {
        let claims = json!({ "aud": controller, "case": case, "order": order, "secret": secret, "jti": jti });
        self.sign(typ::AML, claims)
    }

    fn sign(&self, typ: &str, mut claims: Value) -> Result<String, ReceiveError> {
        claims["iss"] = self.id.as_str().into();
        claims["iat"] = self.now.seconds().into();
        claims["exp"] = self.now.seconds().saturating_add(self.lasts).into();
        self.key.sign_es256(Header::es256(typ, self.key.public()), &claims)
    }
}
