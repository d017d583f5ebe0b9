//! Public keys as JSON Web Keys (RFC 7517): P-256 (RFC 7518 6.2), X25519 and Ed25519 (RFC 8037), and no others.

use data_encoding::BASE64URL_NOPAD;
use ring::{agreement, rand::SystemRandom};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::terms::Hash;

/// A JSON Web Key that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("jwk: {field}: {rule}")]
pub struct BadJwk {
    /// The member at fault.
    pub field: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

/// The curve of a key, and with it the key's `kty`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// `EC`, `P-256`: signs (ES256) or agrees (ECDH-ES).
    P256,
    /// `OKP`, `X25519`: agrees (ECDH-ES).
    X25519,
    /// `OKP`, `Ed25519`: signs (EdDSA).
    Ed25519,
}

impl Curve {
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Curve::P256 => ("EC", "P-256"),
            Curve::X25519 => ("OKP", "X25519"),
            Curve::Ed25519 => ("OKP", "Ed25519"),
        }
    }
}

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// `sig`: it verifies signatures.
    Signature,
    /// `enc`: it is sealed to.
    Encryption,
}

/// What a key's `alg` may declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Es256,
    EdDsa,
    EcdhEs,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::EdDsa => "EdDSA",
            Algorithm::EcdhEs => "ECDH-ES",
        }
    }
}

impl KeyUse {
    /// The value of the JWK's `use`.
    pub fn name(self) -> &'static str {
        match self {
            KeyUse::Signature => "sig",
            KeyUse::Encryption => "enc",
        }
    }
}

/// A public key. Parsed means usable: its point is on the curve (Ed25519: checked with each signature).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub struct PublicJwk {
    curve: Curve,
    /// As ring takes it: 65 bytes uncompressed for P-256, else 32 bytes.
    bytes: Vec<u8>,
    kid: Option<String>,
    key_use: Option<KeyUse>,
    alg: Option<Algorithm>,
}

impl PublicJwk {
    /// Parses a JWK that stands in a larger JSON document.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, BadJwk> {
        Self::from_json(&value.to_string())
    }

    /// What the JWK's `use` says it is for.
    pub fn key_use(&self) -> Option<KeyUse> {
        self.key_use
    }

    /// Parses a JWK. One with a private member is refused, so that a leaked key is noticed; unknown members are
    /// passed over (RFC 7517 4).
    pub fn from_json(json: &str) -> Result<Self, BadJwk> {
        serde_json::from_str::<Members>(json)
            .map_err(|_| BadJwk { field: "jwk", rule: "must be an object of texts, each name once" })?
            .try_into()
    }

    /// The key of a point that a platform gave: 65 bytes uncompressed for P-256, else 32 bytes.
    pub(crate) fn from_bytes(curve: Curve, bytes: &[u8]) -> Result<Self, BadJwk> {
        check_point(curve, bytes)?;
        Ok(Self::made_by_ring(curve, bytes))
    }

    /// A key that ring has just made, so its point is not checked again.
    pub(crate) fn made_by_ring(curve: Curve, bytes: &[u8]) -> Self {
        Self { curve, bytes: bytes.to_vec(), kid: None, key_use: None, alg: None }
    }

    /// The curve.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The point: 65 bytes uncompressed (SEC 1) for P-256, else 32 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key id: the member `kid`, or else the thumbprint.
    pub fn kid(&self) -> String {
        self.kid.clone().unwrap_or_else(|| self.thumbprint())
    }

    /// The SHA-256 thumbprint (RFC 7638, RFC 8037 2) in base64url.
    pub fn thumbprint(&self) -> String {
        let (kty, crv) = self.curve.names();
        let (x, y) = self.coordinates();
        let y = y.map(|y| format!(r#","y":"{y}""#)).unwrap_or_default();
        let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}"{y}}}"#);
        BASE64URL_NOPAD.encode(&Hash::of(canonical.as_bytes()).0)
    }

    /// Whether both are the same key, whatever their `kid`, `use` and `alg`.
    pub fn is_same_key(&self, other: &PublicJwk) -> bool {
        self.curve == other.curve && self.bytes == other.bytes
    }

    /// The JWS algorithm this key verifies, if it may verify.
    pub fn signature_alg(&self) -> Option<&'static str> {
        let alg = match self.curve {
            Curve::P256 => Algorithm::Es256,
            Curve::Ed25519 => Algorithm::EdDsa,
            Curve::X25519 => return None,
        };
        self.may(KeyUse::Signature, alg).then_some(alg.name())
    }

    /// Whether a payload may be sealed to this key (ECDH-ES).
    pub fn can_be_sealed_to(&self) -> bool {
        self.curve != Curve::Ed25519 && self.may(KeyUse::Encryption, Algorithm::EcdhEs)
    }

    fn may(&self, key_use: KeyUse, alg: Algorithm) -> bool {
        self.key_use.is_none_or(|declared| declared == key_use)
            && self.alg.is_none_or(|declared| declared == alg)
    }

    fn coordinates(&self) -> (String, Option<String>) {
        match self.curve {
            Curve::P256 => (
                BASE64URL_NOPAD.encode(&self.bytes[1..33]),
                Some(BASE64URL_NOPAD.encode(&self.bytes[33..65])),
            ),
            _ => (BASE64URL_NOPAD.encode(&self.bytes), None),
        }
    }
}

/// The members of a JWK as they are written, in the order we write them.
#[derive(Serialize, Deserialize)]
struct Members {
    #[serde(skip_serializing_if = "Option::is_none")]
    kty: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    key_use: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    /// The private member of EC and OKP keys.
    #[serde(default, skip_serializing, deserialize_with = "present")]
    d: bool,
    /// The secret of a symmetric key.
    #[serde(default, skip_serializing, deserialize_with = "present")]
    k: bool,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl TryFrom<Members> for PublicJwk {
    type Error = BadJwk;

    fn try_from(members: Members) -> Result<Self, BadJwk> {
        let bad = |field, rule| Err(BadJwk { field, rule });
        if members.d {
            return bad("d", "is private and must not be here");
        }
        if members.k {
            return bad("k", "is secret and must not be here");
        }
        let curve = match (members.kty.as_deref(), members.crv.as_deref()) {
            (Some("EC"), Some("P-256")) => Curve::P256,
            (Some("OKP"), Some("X25519")) => Curve::X25519,
            (Some("OKP"), Some("Ed25519")) => Curve::Ed25519,
            (Some("EC" | "OKP"), _) => return bad("crv", "must be P-256 (EC), X25519 or Ed25519 (OKP)"),
            _ => return bad("kty", "must be EC or OKP"),
        };
        let mut bytes = match curve {
            Curve::P256 => vec![4],
            _ => Vec::new(),
        };
        bytes.extend(coordinate("x", members.x)?);
        match curve {
            Curve::P256 => bytes.extend(coordinate("y", members.y)?),
            _ if members.y.is_some() => return bad("y", "does not belong to an OKP key"),
            _ => {}
        }
        let key_use = match members.key_use.as_deref() {
            None => None,
            Some("sig") if curve != Curve::X25519 => Some(KeyUse::Signature),
            Some("enc") if curve != Curve::Ed25519 => Some(KeyUse::Encryption),
            Some(_) => return bad("use", "must be sig or enc, and fit the curve"),
        };
        let alg = match (members.alg.as_deref(), curve, key_use) {
            (None, ..) => None,
            (Some("ES256"), Curve::P256, None | Some(KeyUse::Signature)) => Some(Algorithm::Es256),
            (Some("EdDSA"), Curve::Ed25519, _) => Some(Algorithm::EdDsa),
            (Some("ECDH-ES"), Curve::P256 | Curve::X25519, None | Some(KeyUse::Encryption)) => {
                Some(Algorithm::EcdhEs)
            }
            _ => return bad("alg", "must be ES256, EdDSA or ECDH-ES, and fit the curve and the use"),
        };
        if members.kid.as_ref().is_some_and(|kid| kid.is_empty() || kid.len() > 128) {
            return bad("kid", "must be 1 to 128 bytes");
        }
        check_point(curve, &bytes)?;
        Ok(Self { curve, bytes, kid: members.kid, key_use, alg })
    }
}

impl From<PublicJwk> for Members {
    fn from(jwk: PublicJwk) -> Members {
        let (kty, crv) = jwk.curve.names();
        let (x, y) = jwk.coordinates();
        let key_use = jwk.key_use.map(|key_use| match key_use {
            KeyUse::Signature => "sig".to_owned(),
            KeyUse::Encryption => "enc".to_owned(),
        });
        Members {
            kty: Some(kty.to_owned()),
            crv: Some(crv.to_owned()),
            x: Some(x),
            y,
            kid: jwk.kid,
            key_use,
            alg: jwk.alg.map(|alg| alg.name().to_owned()),
            d: false,
            k: false,
        }
    }
}

fn coordinate(field: &'static str, text: Option<String>) -> Result<Vec<u8>, BadJwk> {
    text.and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok())
        .filter(|bytes| bytes.len() == 32)
        .ok_or(BadJwk { field, rule: "must be 32 bytes in base64url without padding" })
}

/// Agrees once with a throw-away key: ring checks the point only when it is used. Costs one key agreement.
fn check_point(curve: Curve, bytes: &[u8]) -> Result<(), BadJwk> {
    let algorithm = match curve {
        Curve::P256 => &agreement::ECDH_P256,
        Curve::X25519 => &agreement::X25519,
        Curve::Ed25519 if bytes.len() == 32 => return Ok(()),
        Curve::Ed25519 => return Err(BadJwk { field: "x", rule: "must be 32 bytes" }),
    };
    let peer = agreement::UnparsedPublicKey::new(algorithm, bytes);
    agreement::EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())
        .and_then(|own| agreement::agree_ephemeral(own, &peer, |_| ()))
        .map_err(|_| BadJwk { field: "x", rule: "must be a point of the curve, and not of small order" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// RFC 7515 A.3's public key.
    const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    /// RFC 8037 A.2.
    const ED25519: &str =
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// RFC 8037 A.6 (the recipient's key of RFC 7748).
    const X25519: &str =
        r#"{"kty":"OKP","crv":"X25519","kid":"Bob","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}"#;

    fn fault(json: &str) -> &'static str {
        PublicJwk::from_json(json).unwrap_err().field
    }

    fn with(json: &str, member: &str) -> String {
        json.replacen('{', &format!("{{{member},"), 1)
    }

    #[test]
    fn the_thumbprint_of_rfc_8037_is_reproduced() {
        let jwk = PublicJwk::from_json(ED25519).unwrap();
        assert_eq!(jwk.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(jwk.kid(), jwk.thumbprint());
    }

    #[test]
    fn the_thumbprint_of_a_p256_key_is_over_crv_kty_x_y() {
        // RFC 7638's own example is RSA, which we refuse; this value is from node's jose 6.2.
        let jwk = PublicJwk::from_json(P256).unwrap();
        assert_eq!(jwk.thumbprint(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }

    #[test]
    fn a_key_is_written_as_it_was_read() {
        for json in [P256, ED25519, X25519] {
            let jwk = PublicJwk::from_json(json).unwrap();
            let again: PublicJwk = serde_json::from_str(&serde_json::to_string(&jwk).unwrap()).unwrap();
            assert_eq!(jwk, again);
        }
        assert_eq!(PublicJwk::from_json(X25519).unwrap().kid(), "Bob");
    }

    #[test]
    fn a_key_with_private_members_is_refused() {
        assert_eq!(fault(&with(P256, r#""d":"AA""#)), "d");
        assert_eq!(fault(&with(P256, r#""d":null"#)), "d");
        assert_eq!(fault(r#"{"kty":"oct","k":"AA"}"#), "k");
    }

    #[test]
    fn each_bad_member_is_named() {
        assert_eq!(fault("[]"), "jwk");
        assert_eq!(fault("{}"), "kty");
        assert_eq!(fault(r#"{"kty":"RSA","n":"AA","e":"AQAB"}"#), "kty");
        assert_eq!(fault(&P256.replace("P-256", "P-384")), "crv");
        assert_eq!(fault(&P256.replace("P-256", "Ed25519")), "crv");
        assert_eq!(fault(&P256.replace("RVEU", "RVEU=")), "x");
        assert_eq!(fault(&P256.replace("RVEU", "RVE")), "x");
        assert_eq!(fault(&P256.replace("\"y\"", "\"z\"")), "y");
        assert_eq!(fault(&with(ED25519, r#""y":"AA""#)), "y");
        assert_eq!(fault(&with(P256, r#""use":"both""#)), "use");
        assert_eq!(fault(&with(X25519, r#""use":"sig""#)), "use");
        assert_eq!(fault(&with(P256, r#""alg":"HS256""#)), "alg");
        assert_eq!(fault(&with(P256, r#""use":"enc","alg":"ES256""#)), "alg");
        assert_eq!(fault(&with(P256, r#""kid":"""#)), "kid");
        assert_eq!(fault(&with(P256, r#""kty":"EC""#)), "jwk");
    }

    #[test]
    fn a_point_off_the_curve_is_refused() {
        // The last bits of y changed: still 32 bytes, no longer on the curve.
        assert_eq!(fault(&P256.replace("WI5a0", "WI5a4")), "x");
        // Past the field's prime.
        let big = BASE64URL_NOPAD.encode(&[0xff; 32]);
        assert_eq!(fault(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{big}","y":"{big}"}}"#)), "x");
        // X25519: points of small order give every sender the same secret.
        let zero = BASE64URL_NOPAD.encode(&[0; 32]);
        assert_eq!(fault(&format!(r#"{{"kty":"OKP","crv":"X25519","x":"{zero}"}}"#)), "x");
    }

    #[test]
    fn use_and_alg_are_honoured() {
        let jwk = |member| PublicJwk::from_json(&with(P256, member)).unwrap();
        assert_eq!(jwk(r#""use":"enc""#).signature_alg(), None);
        assert!(!jwk(r#""use":"sig""#).can_be_sealed_to());
        assert!(!jwk(r#""alg":"ES256""#).can_be_sealed_to());
        assert_eq!(jwk(r#""alg":"ECDH-ES""#).signature_alg(), None);
        let plain = PublicJwk::from_json(P256).unwrap();
        assert!(plain.can_be_sealed_to() && plain.signature_alg() == Some("ES256"));
        assert!(!PublicJwk::from_json(ED25519).unwrap().can_be_sealed_to());
        assert_eq!(PublicJwk::from_json(X25519).unwrap().signature_alg(), None);
    }

    proptest! {
        #[test]
        fn no_text_panics_the_parser(text in ".{0,200}", x in "[A-Za-z0-9_-]{40,44}") {
            let _ = PublicJwk::from_json(&text);
            let _ = PublicJwk::from_json(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{x}"}}"#));
        }
    }
}
