//! Sealing to one recipient: compact JWE (RFC 7516), ECDH-ES direct (RFC 7518 4.6) with A256GCM (5.3).
//!
//! ring keeps no static agreement key, so what is sealed here is opened elsewhere: in `cli`, by recipients.

use data_encoding::BASE64URL_NOPAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement;
use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use zeroize::Zeroizing;

use super::JoseError;
use super::jwk::{BadJwk, Curve, PublicJwk};

/// A public key that may be sealed to: P-256 or X25519, and not declared for signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientKey(PublicJwk);

impl RecipientKey {
    /// The key, if it is one for ECDH-ES.
    pub fn new(jwk: PublicJwk) -> Result<Self, BadJwk> {
        if jwk.can_be_sealed_to() {
            Ok(Self(jwk))
        } else {
            Err(BadJwk {
                field: "use",
                rule: "must allow ECDH-ES: P-256 or X25519, not declared for signatures",
            })
        }
    }

    /// The key as JWK.
    pub fn jwk(&self) -> &PublicJwk {
        &self.0
    }
}

/// The protected header: these members and no others, so that it tells nothing of the sender.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    enc: &'static str,
    kid: String,
    epk: PublicJwk,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
}

const ENC: &str = "A256GCM";

/// Seals `plaintext` to `recipient` under a fresh ephemeral key.
pub(crate) fn seal(
    plaintext: &[u8],
    recipient: &RecipientKey,
    typ: Option<&str>,
    cty: Option<&str>,
) -> Result<String, JoseError> {
    let random = SystemRandom::new();
    let curve = recipient.0.curve();
    let algorithm = match curve {
        Curve::X25519 => &agreement::X25519,
        Curve::P256 | Curve::Ed25519 => &agreement::ECDH_P256,
    };
    let ephemeral =
        agreement::EphemeralPrivateKey::generate(algorithm, &random).map_err(|_| JoseError::Random)?;
    let public = ephemeral.compute_public_key().map_err(|_| JoseError::Sealing)?;
    let header = Header {
        alg: "ECDH-ES",
        enc: ENC,
        kid: recipient.0.kid(),
        epk: PublicJwk::made_by_ring(curve, public.as_ref()),
        typ,
        cty,
    };
    let header = BASE64URL_NOPAD.encode(&serde_json::to_vec(&header).expect("a header is texts alone"));

    let peer = agreement::UnparsedPublicKey::new(algorithm, recipient.0.bytes());
    let key = agreement::agree_ephemeral(ephemeral, &peer, |secret| concat_kdf(secret, ENC, b"", b"", 256))
        .map_err(|_| JoseError::Sealing)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).map_err(|_| JoseError::Sealing)?);

    // The key serves this one message, so a random nonce can't repeat under it.
    let mut iv = [0; 12];
    random.fill(&mut iv).map_err(|_| JoseError::Random)?;
    let mut sealed = plaintext.to_vec();
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(iv),
            Aad::from(header.as_bytes()),
            &mut sealed,
        )
        .map_err(|_| JoseError::Sealing)?;

    // The second part is the encrypted key: empty, as the key is agreed directly.
    let mut compact = header;
    compact.push('.');
    for part in [&iv[..], &sealed, tag.as_ref()] {
        compact.push('.');
        BASE64URL_NOPAD.encode_append(part, &mut compact);
    }
    Ok(compact)
}

/// The Concat KDF (NIST SP 800-56A 5.8.1) as RFC 7518 4.6.2 uses it, one round of SHA-256: at most 256 bits.
fn concat_kdf(secret: &[u8], alg: &str, apu: &[u8], apv: &[u8], bits: u32) -> Zeroizing<[u8; 32]> {
    let mut digest = Context::new(&SHA256);
    digest.update(&1_u32.to_be_bytes());
    digest.update(secret);
    for part in [alg.as_bytes(), apu, apv] {
        let len = u32::try_from(part.len()).expect("names are short");
        digest.update(&len.to_be_bytes());
        digest.update(part);
    }
    digest.update(&bits.to_be_bytes());
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(digest.finish().as_ref());
    key
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// A recipient that can open one thing: ring's keys are used once.
    pub(crate) struct OneTime {
        curve: Curve,
        private: agreement::EphemeralPrivateKey,
        pub(crate) key: RecipientKey,
    }

    impl OneTime {
        pub(crate) fn new(curve: Curve) -> Self {
            let private =
                agreement::EphemeralPrivateKey::generate(algorithm(curve), &SystemRandom::new()).unwrap();
            let public = private.compute_public_key().unwrap();
            let jwk = PublicJwk::made_by_ring(curve, public.as_ref());
            Self { curve, private, key: RecipientKey::new(jwk).unwrap() }
        }

        pub(crate) fn open(self, compact: &str) -> Option<(Value, Vec<u8>)> {
            let parts: Vec<&str> = compact.split('.').collect();
            let [header, "", iv, sealed, tag] = parts[..] else { return None };
            let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
            let members: Value = serde_json::from_slice(&decode(header)?).ok()?;
            if members["alg"] != "ECDH-ES" || members["enc"] != "A256GCM" {
                return None;
            }
            let epk = PublicJwk::from_json(&members["epk"].to_string()).ok()?;
            let peer = agreement::UnparsedPublicKey::new(algorithm(self.curve), epk.bytes());
            let key =
                agreement::agree_ephemeral(self.private, &peer, |z| concat_kdf(z, "A256GCM", b"", b"", 256))
                    .ok()?;
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key[..]).ok()?);
            let mut text = [decode(sealed)?, decode(tag)?].concat();
            let nonce = Nonce::try_assume_unique_for_key(&decode(iv)?).ok()?;
            let plaintext = key.open_in_place(nonce, Aad::from(header.as_bytes()), &mut text).ok()?;
            Some((members, plaintext.to_vec()))
        }
    }

    fn algorithm(curve: Curve) -> &'static agreement::Algorithm {
        if curve == Curve::X25519 { &agreement::X25519 } else { &agreement::ECDH_P256 }
    }

    #[test]
    fn the_key_of_rfc_7518_appendix_c_is_derived() {
        let z = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let key = concat_kdf(&z, "A128GCM", b"Alice", b"Bob", 128);
        assert_eq!(BASE64URL_NOPAD.encode(&key[..16]), "VqqN6vgjbSBcIijNcacQGg");
    }

    #[test]
    fn what_is_sealed_opens_for_its_recipient_alone() {
        for curve in [Curve::P256, Curve::X25519] {
            let (own, other) = (OneTime::new(curve), OneTime::new(curve));
            let compact = seal(b"{\"a\":1}", &own.key, Some("t+jwt"), Some("JWT")).unwrap();
            assert!(other.open(&compact).is_none());
            let kid = own.key.jwk().thumbprint();
            let (header, plaintext) = own.open(&compact).unwrap();
            assert_eq!(plaintext, b"{\"a\":1}");
            assert_eq!(header["kid"], kid.as_str());
            assert_eq!((header["typ"].as_str(), header["cty"].as_str()), (Some("t+jwt"), Some("JWT")));
            let names: Vec<&String> = header.as_object().unwrap().keys().collect();
            assert_eq!(names, ["alg", "cty", "enc", "epk", "kid", "typ"]);
        }
    }

    #[test]
    fn the_same_plaintext_is_never_sealed_alike() {
        let own = OneTime::new(Curve::P256);
        let a = seal(b"oaid", &own.key, None, None).unwrap();
        let b = seal(b"oaid", &own.key, None, None).unwrap();
        assert!(a.split('.').zip(b.split('.')).all(|(a, b)| a != b || a.is_empty()));
    }

    #[test]
    fn a_key_for_signatures_is_not_sealed_to() {
        let key = OneTime::new(Curve::P256).key;
        let json = serde_json::to_string(key.jwk()).unwrap();
        let sig = PublicJwk::from_json(&json.replacen('{', r#"{"use":"sig","#, 1)).unwrap();
        assert_eq!(RecipientKey::new(sig).unwrap_err().field, "use");
        let ed25519 = PublicJwk::made_by_ring(Curve::Ed25519, &[7; 32]);
        assert!(RecipientKey::new(ed25519).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn any_change_to_what_is_sealed_is_noticed(at in any::<prop::sample::Index>(), bit in 0..7_u8, p256 in any::<bool>()) {
            let own = OneTime::new(if p256 { Curve::P256 } else { Curve::X25519 });
            let mut compact = seal(b"{\"a\":1}", &own.key, Some("t+jwt"), Some("JWT")).unwrap().into_bytes();
            let at = at.index(compact.len());
            compact[at] ^= 1 << bit;
            let flipped = String::from_utf8(compact).unwrap();
            prop_assert!(own.open(&flipped).is_none());
        }
    }
}
