//! A private P-256 key as JWK: a recipient's to open with, a controller's or a recipient's to sign with.

use data_encoding::BASE64URL_NOPAD;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::Generate;
use p256::elliptic_curve::sec1::ToSec1Point;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sluicegate::jose::jwk::{BadJwk, KeyUse, PublicJwk};
use sluicegate::jose::jws::Header;
use zeroize::Zeroizing;

use super::ReceiveError;

/// A private key with its public half.
pub struct KeyPair {
    pub(super) secret: SecretKey,
    public: PublicJwk,
}

impl KeyPair {
    /// Makes a new key for `key_use`; its key id is its thumbprint.
    pub fn new_key(key_use: KeyUse) -> Result<Self, ReceiveError> {
        let secret = SecretKey::try_generate().map_err(|_| ReceiveError::Random)?;
        let name = match key_use {
            KeyUse::Signature => "sig",
            KeyUse::Encryption => "enc",
        };
        let mut members = coordinates(&secret);
        let kid = PublicJwk::from_json(&Value::Object(members.clone()).to_string())?.thumbprint();
        members.insert("use".to_owned(), name.into());
        members.insert("kid".to_owned(), kid.into());
        let public = PublicJwk::from_json(&Value::Object(members).to_string())?;
        Ok(Self { secret, public })
    }

    /// Reads a private JWK (`kty` EC, `crv` P-256, with `d`), whose public members must belong to `d`.
    pub fn from_jwk(json: &str) -> Result<Self, ReceiveError> {
        #[derive(Deserialize)]
        struct Private {
            d: String,
            #[serde(flatten)]
            public: Map<String, Value>,
        }
        let private: Private = serde_json::from_str(json)
            .map_err(|_| ReceiveError::PrivateKey { rule: "must be in a JSON object" })?;
        let public = PublicJwk::from_json(&Value::Object(private.public).to_string())?;
        let text = Zeroizing::new(private.d);
        let d = Zeroizing::new(
            BASE64URL_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| ReceiveError::PrivateKey { rule: "must be base64url without padding" })?,
        );
        let secret = SecretKey::from_slice(&d)
            .ok()
            .filter(|_| d.len() == 32)
            .ok_or(ReceiveError::PrivateKey { rule: "must be 32 bytes, a scalar of P-256" })?;
        if secret.public_key().to_sec1_point(false).as_bytes() != public.bytes() {
            return Err(BadJwk { field: "x", rule: "must belong to d" }.into());
        }
        Ok(Self { secret, public })
    }

    /// The private JWK as JSON, to be kept from all but its owner.
    pub fn to_private_jwk(&self) -> Zeroizing<String> {
        #[derive(Serialize)]
        struct Private<'a> {
            #[serde(flatten)]
            public: &'a PublicJwk,
            d: &'a str,
        }
        let d = Zeroizing::new(BASE64URL_NOPAD.encode(&Zeroizing::new(self.secret.to_bytes())));
        let private = Private { public: &self.public, d: &d };
        Zeroizing::new(serde_json::to_string(&private).expect("texts alone"))
    }

    /// The public key.
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `claims` into a compact JWS, ES256: a party card, a certificate, an AML request.
    ///
    /// Fails if the key is declared for sealing. `header.alg` is set to `ES256`.
    pub fn sign_es256(&self, header: Header, claims: &impl Serialize) -> Result<String, ReceiveError> {
        let claims = serde_json::to_vec(claims)
            .map_err(|_| BadJwk { field: "claims", rule: "must be representable as JSON" })?;
        self.sign_bytes(header, &claims)
    }

    /// Signs `payload` byte for byte, as [`KeyPair::sign_es256`] does: a register, whose file people read.
    pub fn sign_bytes(&self, mut header: Header, payload: &[u8]) -> Result<String, ReceiveError> {
        if self.public.signature_alg().is_none() {
            return Err(BadJwk { field: "use", rule: "must allow signatures" }.into());
        }
        header.alg = "ES256".to_owned();
        let mut compact = BASE64URL_NOPAD.encode(&serde_json::to_vec(&header).expect("texts alone"));
        compact.push('.');
        BASE64URL_NOPAD.encode_append(payload, &mut compact);
        let signature: Signature = SigningKey::from(&self.secret).sign(compact.as_bytes());
        compact.push('.');
        BASE64URL_NOPAD.encode_append(&signature.to_bytes(), &mut compact);
        Ok(compact)
    }
}

fn coordinates(secret: &SecretKey) -> Map<String, Value> {
    let point = secret.public_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let member = |name: &str, value: String| (name.to_owned(), Value::String(value));
    Map::from_iter([
        member("kty", "EC".to_owned()),
        member("crv", "P-256".to_owned()),
        member("x", BASE64URL_NOPAD.encode(x)),
        member("y", BASE64URL_NOPAD.encode(y)),
    ])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use sluicegate::jose::jws::verify;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = KeyPair::new_key(KeyUse::Encryption).unwrap();
        let again = KeyPair::from_jwk(&key.to_private_jwk()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(again.secret, key.secret);
        assert_eq!(key.public().kid(), key.public().thumbprint());
        assert!(!serde_json::to_string(key.public()).unwrap().contains("\"d\""));
    }

    #[test]
    fn a_private_part_that_does_not_fit_is_refused() {
        let (one, two) =
            (KeyPair::new_key(KeyUse::Signature).unwrap(), KeyPair::new_key(KeyUse::Signature).unwrap());
        let mut json: Value = serde_json::from_str(&one.to_private_jwk()).unwrap();
        let other: Value = serde_json::from_str(&two.to_private_jwk()).unwrap();
        json["d"] = other["d"].clone();
        assert!(matches!(KeyPair::from_jwk(&json.to_string()), Err(ReceiveError::Key(_))));
        for d in ["", "AA", &BASE64URL_NOPAD.encode(&[0; 32]), &BASE64URL_NOPAD.encode(&[0xff; 32])] {
            json["d"] = d.into();
            assert!(matches!(KeyPair::from_jwk(&json.to_string()), Err(ReceiveError::PrivateKey { .. })));
        }
        assert!(KeyPair::from_jwk("{}").is_err());
    }

    #[test]
    fn what_is_signed_here_verifies_in_the_core() {
        let key = KeyPair::new_key(KeyUse::Signature).unwrap();
        let claims = serde_json::json!({"a": 1});
        let compact = key.sign_es256(Header::es256("t+jwt", key.public()), &claims).unwrap();
        assert_eq!(verify(&compact, key.public(), "t+jwt").unwrap(), br#"{"a":1}"#);
    }

    #[test]
    fn a_key_for_sealing_does_not_sign() {
        let key = KeyPair::new_key(KeyUse::Encryption).unwrap();
        assert!(key.sign_es256(Header::es256("t+jwt", key.public()), &1).is_err());
    }
}
