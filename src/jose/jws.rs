//! Compact signatures (RFC 7515): ES256 by our own or the platform's key; verification of ES256 and EdDSA.

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use super::JoseError;
use super::jwk::{Curve, PublicJwk};

/// The protected header. Members not named here are signed but never acted on: no `jwk`, `jku` or `x5u` brings a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `ES256` or `EdDSA`.
    pub alg: String,
    /// What is signed, one of [`crate::payload::typ`] (or a register's own).
    pub typ: String,
    /// The signing key's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// The media type of the payload, where it is not claims.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cty: Option<String>,
    /// The controller's certificate for the signing key, a compact JWS (see [`crate::payload::enrol`]).
    #[serde(default, rename = "sluicegate_cert", skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// RFC 7515 4.1.11: we understand no extension, so its presence is an error.
    #[serde(default, skip_serializing, deserialize_with = "not_understood")]
    crit: (),
    /// RFC 7797: the payload of a compact JWS of ours is always base64url.
    #[serde(default, skip_serializing, deserialize_with = "not_understood")]
    b64: (),
}

fn not_understood<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(serde::de::Error::custom("not understood"))
}

impl Header {
    /// The header of an ES256 signature by `key`.
    pub fn es256(typ: &str, key: &PublicJwk) -> Self {
        Self {
            alg: "ES256".to_owned(),
            typ: typ.to_owned(),
            kid: Some(key.kid()),
            cty: None,
            certificate: None,
            crit: (),
            b64: (),
        }
    }

    /// This header with the controller's certificate for the key.
    pub fn with_certificate(self, certificate: String) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// Reads the header of `compact` before anything is verified: to find the certificate or the key, not to trust.
    pub fn read_unverified(compact: &str) -> Option<Self> {
        let (header, _) = compact.split_once('.')?;
        serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).ok()?).ok()
    }
}

/// A private P-256 key in memory, for installs without a platform key.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicJwk,
}

impl SigningKey {
    /// Makes a new key as PKCS#8, to be kept in the vault.
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| JoseError::Random)?;
        Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
    }

    /// Reads a key made by [`SigningKey::generate`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, JoseError> {
        let pair = EcdsaKeyPair::from_pkcs8(
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            pkcs8,
            &SystemRandom::new(),
        )
        .map_err(|_| JoseError::Signing)?;
        let public = PublicJwk::made_by_ring(Curve::P256, pair.public_key().as_ref());
        Ok(Self { pair, public })
    }

    /// The public key; its key id is its thumbprint.
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Signs `payload` into a compact JWS.
    #[cfg(test)]
    pub(crate) fn sign(&self, header: &Header, payload: &[u8]) -> Result<String, JoseError> {
        self.sign_input(SigningInput::new(header, payload))
    }

    /// Signs what a platform key would otherwise sign.
    pub(crate) fn sign_input(&self, input: SigningInput) -> Result<String, JoseError> {
        let signature =
            self.pair.sign(&SystemRandom::new(), input.as_bytes()).map_err(|_| JoseError::Signing)?;
        Ok(input.join(signature.as_ref()))
    }
}

/// What a platform key is asked to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningInput(String);

impl SigningInput {
    /// The header and the payload, encoded and joined (RFC 7515 5.1).
    pub(crate) fn new(header: &Header, payload: &[u8]) -> Self {
        let header = serde_json::to_vec(header).expect("a header is texts alone");
        Self(format!("{}.{}", BASE64URL_NOPAD.encode(&header), BASE64URL_NOPAD.encode(payload)))
    }

    /// The bytes to be signed with SHA-256 and ECDSA.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The compact JWS with the platform's signature (r and s, 32 bytes each), which must verify under `key`.
    pub(crate) fn with_signature(self, raw: &[u8; 64], key: &PublicJwk) -> Result<String, JoseError> {
        if key.signature_alg() != Some("ES256") || !is_signature(key, self.as_bytes(), raw) {
            return Err(JoseError::Signature { rule: "is not by the enrolled key" });
        }
        Ok(self.join(raw))
    }

    fn join(mut self, signature: &[u8]) -> String {
        self.0.push('.');
        BASE64URL_NOPAD.encode_append(signature, &mut self.0);
        self.0
    }
}

/// Verifies a compact JWS under `key` and returns its payload.
///
/// The `alg` must be the one algorithm the key is for, `typ` exactly the expected one, and there must be no `crit`. Every
/// failure is the same [`JoseError::NotAuthentic`].
pub fn verify(compact: &str, key: &PublicJwk, typ: &'static str) -> Result<Vec<u8>, JoseError> {
    verify_any(compact, std::slice::from_ref(key), typ)
}

/// Verifies as [`verify`] does, under whichever of `keys` the header's `kid` names, or any if it names none.
pub fn verify_any(compact: &str, keys: &[PublicJwk], typ: &'static str) -> Result<Vec<u8>, JoseError> {
    authentic(compact, keys, typ).ok_or(JoseError::NotAuthentic { what: typ })
}

fn authentic(compact: &str, keys: &[PublicJwk], typ: &str) -> Option<Vec<u8>> {
    let header = Header::read_unverified(compact)?;
    let (input, signature) = compact.rsplit_once('.')?;
    let (_, payload) = input.split_once('.')?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    // A further '.' is no digit of base64url, so three parts are all there can be.
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    let fits = |key: &PublicJwk| {
        key.signature_alg() == Some(header.alg.as_str())
            && header.kid.as_ref().is_none_or(|kid| *kid == key.kid() || *kid == key.thumbprint())
    };
    let signed = keys.iter().any(|key| fits(key) && is_signature(key, input.as_bytes(), &signature));
    (header.typ == typ && signed).then_some(payload)
}

fn is_signature(key: &PublicJwk, message: &[u8], signature: &[u8]) -> bool {
    let algorithm: &dyn signature::VerificationAlgorithm = match key.curve() {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
        Curve::Ed25519 => &signature::ED25519,
        Curve::X25519 => return false,
    };
    UnparsedPublicKey::new(algorithm, key.bytes()).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use ring::hmac;

    const TYP: &str = "test+jwt";

    fn new_key() -> SigningKey {
        SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap()
    }

    /// A compact JWS with the header text as given, signed by `key`.
    fn signed_with(header: &str, key: &SigningKey) -> String {
        let input = SigningInput(format!(
            "{}.{}",
            BASE64URL_NOPAD.encode(header.as_bytes()),
            BASE64URL_NOPAD.encode(b"{}")
        ));
        let signature = key.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        input.join(signature.as_ref())
    }

    #[test]
    fn the_es256_signature_of_rfc_7515_a3_verifies() {
        let key = PublicJwk::from_json(
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        )
        .unwrap();
        let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature =
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        assert!(is_signature(&key, input.as_bytes(), &raw));
        // The example has no typ, so as a token of ours it is refused.
        assert!(verify(&format!("{input}.{signature}"), &key, TYP).is_err());
    }

    #[test]
    fn the_eddsa_signature_of_rfc_8037_a4_verifies() {
        let key = PublicJwk::from_json(
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        )
        .unwrap();
        let input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        assert!(is_signature(&key, input.as_bytes(), &raw));
        assert!(!is_signature(&key, &input.as_bytes()[1..], &raw));
    }

    #[test]
    fn an_eddsa_token_verifies_under_an_okp_key_and_under_no_other_alg() {
        use ring::signature::Ed25519KeyPair;
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let key = PublicJwk::made_by_ring(Curve::Ed25519, pair.public_key().as_ref());
        let sign = |alg: &str| {
            let input = SigningInput::new(&Header { alg: alg.to_owned(), ..Header::es256(TYP, &key) }, b"{}");
            let signature = pair.sign(input.as_bytes());
            input.join(signature.as_ref())
        };
        assert_eq!(verify(&sign("EdDSA"), &key, TYP).unwrap(), b"{}");
        assert!(verify(&sign("ES256"), &key, TYP).is_err());
    }

    #[test]
    fn what_was_signed_verifies_and_only_under_its_key_and_typ() {
        let (key, other) = (new_key(), new_key());
        let compact = key.sign(&Header::es256(TYP, key.public()), b"{\"a\":1}").unwrap();
        assert_eq!(verify(&compact, key.public(), TYP).unwrap(), b"{\"a\":1}");
        assert_eq!(verify(&compact, other.public(), TYP), Err(JoseError::NotAuthentic { what: TYP }));
        assert!(verify(&compact, key.public(), "other+jwt").is_err());
        let keys = [other.public().clone(), key.public().clone()];
        assert!(verify_any(&compact, &keys, TYP).is_ok());
        assert!(verify_any(&compact, &keys[..1], TYP).is_err());
        assert!(verify_any(&compact, &[], TYP).is_err());
    }

    #[test]
    fn a_header_that_asks_for_anything_else_is_refused() {
        let key = new_key();
        let accepted = |header: &str| verify(&signed_with(header, &key), key.public(), TYP).is_ok();
        assert!(accepted(r#"{"alg":"ES256","typ":"test+jwt"}"#));
        assert!(accepted(r#"{"alg":"ES256","typ":"test+jwt","jku":"https://example.com"}"#));
        for refused in [
            r#"{"alg":"none","typ":"test+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"test+jwt"}"#,
            r#"{"alg":"es256","typ":"test+jwt"}"#,
            r#"{"alg":["ES256"],"typ":"test+jwt"}"#,
            r#"{"alg":"ES256"}"#,
            r#"{"alg":"ES256","typ":"Test+jwt"}"#,
            r#"{"alg":"ES256","typ":"test+jwt","crit":["exp"]}"#,
            r#"{"alg":"ES256","typ":"test+jwt","crit":[]}"#,
            r#"{"alg":"ES256","typ":"test+jwt","b64":true}"#,
            r#"{"alg":"ES256","typ":"test+jwt","alg":"ES256"}"#,
            r#"{"alg":"ES256","typ":"test+jwt","kid":"another"}"#,
        ] {
            assert!(!accepted(refused), "{refused}");
        }
    }

    #[test]
    fn algorithm_confusion_is_refused() {
        let key = new_key();
        let join = |header: &str, signature: &dyn Fn(&[u8]) -> Vec<u8>| {
            let input = SigningInput(format!(
                "{}.{}",
                BASE64URL_NOPAD.encode(header.as_bytes()),
                BASE64URL_NOPAD.encode(b"{}")
            ));
            let signature = signature(input.as_bytes());
            input.join(&signature)
        };
        let none = join(r#"{"alg":"none","typ":"test+jwt"}"#, &|_| Vec::new());
        assert!(verify(&none, key.public(), TYP).is_err());
        let jwk = serde_json::to_vec(key.public()).unwrap();
        for secret in [key.public().bytes(), jwk.as_slice()] {
            let mac = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let hs256 = join(r#"{"alg":"HS256","typ":"test+jwt"}"#, &|input| {
                hmac::sign(&mac, input).as_ref().to_vec()
            });
            assert!(verify(&hs256, key.public(), TYP).is_err());
        }
        // A signature by a stranger who brings his own key in the header.
        let stranger = new_key();
        let jwk = serde_json::to_string(stranger.public()).unwrap();
        let own = signed_with(&format!(r#"{{"alg":"ES256","typ":"test+jwt","jwk":{jwk}}}"#), &stranger);
        assert!(verify(&own, key.public(), TYP).is_err());
    }

    #[test]
    fn a_key_that_is_not_for_signing_verifies_nothing() {
        let key = new_key();
        let compact = key.sign(&Header::es256(TYP, key.public()), b"{}").unwrap();
        let json = serde_json::to_string(key.public()).unwrap();
        let enc = PublicJwk::from_json(&json.replacen('{', r#"{"use":"enc","#, 1)).unwrap();
        assert!(verify(&compact, &enc, TYP).is_err());
    }

    #[test]
    fn any_bit_flipped_and_any_truncation_is_refused() {
        let key = new_key();
        let compact = key.sign(&Header::es256(TYP, key.public()), b"{\"a\":1}").unwrap();
        for at in 0..compact.len() {
            assert!(verify(&compact[..at], key.public(), TYP).is_err());
            for bit in 0..8 {
                let mut bytes = compact.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                if let Ok(flipped) = String::from_utf8(bytes) {
                    assert!(verify(&flipped, key.public(), TYP).is_err(), "byte {at} bit {bit}");
                }
            }
        }
        for more in ["", "A", ".", ".AA", "="] {
            assert_eq!(verify(&format!("{compact}{more}"), key.public(), TYP).is_ok(), more.is_empty());
        }
    }

    #[test]
    fn a_platform_signature_is_taken_only_if_the_enrolled_key_made_it() {
        let key = new_key();
        let pkcs8 = SigningKey::generate().unwrap();
        let platform = EcdsaKeyPair::from_pkcs8(
            &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            &pkcs8,
            &SystemRandom::new(),
        )
        .unwrap();
        let public = PublicJwk::made_by_ring(Curve::P256, platform.public_key().as_ref());
        // Many, because r and s come with and without a leading zero, and now and then shorter.
        for turn in 0..300_u32 {
            let input = SigningInput::new(&Header::es256(TYP, &public), &turn.to_be_bytes());
            let der = platform.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
            let raw = crate::jose::der_to_raw(der.as_ref()).unwrap();
            let compact = input.clone().with_signature(&raw, &public).unwrap();
            assert_eq!(verify(&compact, &public, TYP).unwrap(), turn.to_be_bytes());
            assert!(input.with_signature(&raw, key.public()).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_the_verifier(text in ".{0,300}") {
            let key = PublicJwk::from_json(r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#).unwrap();
            prop_assert!(verify(&text, &key, TYP).is_err());
        }
    }
}
