//! Opening a compact JWE: ECDH-ES direct on P-256 with A256GCM, and nothing else.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::BASE64URL_NOPAD;
use p256::PublicKey;
use serde::{Deserialize, Deserializer};
use sluicegate::jose::jwk::{Curve, PublicJwk};
use sluicegate::register::Hash;
use zeroize::Zeroizing;

use super::{KeyPair, ReceiveError};

/// The protected header. A member that would change how the rest is read is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    alg: String,
    enc: String,
    #[serde(default)]
    kid: Option<String>,
    epk: PublicJwk,
    #[serde(default, deserialize_with = "text")]
    pub(super) typ: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) cty: Option<String>,
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Opens `compact` with a private JWK and returns the plaintext. Every failure of the message is the same error.
pub fn open_jwe(compact: &str, private_jwk: &str) -> Result<Zeroizing<Vec<u8>>, ReceiveError> {
    open(compact, &KeyPair::from_jwk(private_jwk)?).map(|(_, plaintext)| plaintext)
}

/// Opens `compact` with `key` and returns the header too.
pub(super) fn open(compact: &str, key: &KeyPair) -> Result<(Header, Zeroizing<Vec<u8>>), ReceiveError> {
    opened(compact, key).ok_or(ReceiveError::NotOpened)
}

fn opened(compact: &str, key: &KeyPair) -> Option<(Header, Zeroizing<Vec<u8>>)> {
    let parts: Vec<&str> = compact.split('.').collect();
    // Direct agreement: the encrypted key is empty.
    let [protected, "", iv, sealed, tag] = parts[..] else { return None };
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let header: Header = serde_json::from_slice(&decode(protected)?).ok()?;
    let kid_fits = header.kid.as_ref().is_none_or(|kid| *kid == key.public().kid());
    if header.alg != "ECDH-ES"
        || header.enc != "A256GCM"
        || header.epk.curve() != Curve::P256
        || !kid_fits
        || !key.public().can_be_sealed_to()
    {
        return None;
    }
    let iv: [u8; 12] = decode(iv)?.try_into().ok()?;
    let tag: [u8; 16] = decode(tag)?.try_into().ok()?;
    let mut message = decode(sealed)?;
    message.extend_from_slice(&tag);

    let peer = PublicKey::from_sec1_bytes(header.epk.bytes()).ok()?;
    let secret = key.secret.diffie_hellman(&peer);
    let content_key = concat_kdf(secret.raw_secret_bytes());
    let cipher = Aes256Gcm::new_from_slice(&content_key[..]).ok()?;
    let nonce = Nonce::from(iv);
    let payload = Payload { msg: &message, aad: protected.as_bytes() };
    let plaintext = Zeroizing::new(cipher.decrypt(&nonce, payload).ok()?);
    Some((header, plaintext))
}

/// RFC 7518 4.6.2 for `A256GCM` without `apu` and `apv`: one round of SHA-256.
fn concat_kdf(secret: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut input = Zeroizing::new(Vec::with_capacity(4 + 32 + 4 + 7 + 4 + 4 + 4));
    input.extend(1_u32.to_be_bytes());
    input.extend(secret);
    input.extend(7_u32.to_be_bytes());
    input.extend(b"A256GCM");
    input.extend([0; 8]);
    input.extend(256_u32.to_be_bytes());
    Zeroizing::new(Hash::of(&input).0)
}
