//! Sealing values: AES-256-GCM bound to the table and the row they stand in.

use ring::aead::{self, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

use super::VaultError;
use crate::register::Hash;

/// The format version of a sealed value, its first byte and part of what is authenticated.
pub const SEAL_FORMAT: u8 = 0;
/// Format, key id and nonce stand before the ciphertext.
const HEADER: usize = 1 + 4 + NONCE_LEN;

/// A 256-bit key with the id that its sealed values name. Wiped when dropped.
#[derive(Clone)]
pub struct DataKey {
    id: u32,
    bytes: Zeroizing<[u8; 32]>,
}

impl DataKey {
    /// A new random key.
    pub fn random(id: u32) -> Result<Self, VaultError> {
        Ok(Self { id, bytes: Zeroizing::new(random()?) })
    }

    /// The key of these 32 bytes; none if they are not 32.
    pub fn from_bytes(id: u32, bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        Some(Self { id, bytes: Zeroizing::new(bytes) })
    }

    /// The id that sealed values name.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The key itself, to be wrapped.
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// A 256-bit secret for one use (`label`), from this key.
    pub(super) fn derive(&self, label: &str) -> ring::hmac::Key {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, self.bytes());
        let mut derived = [0; 32];
        derived.copy_from_slice(ring::hmac::sign(&key, label.as_bytes()).as_ref());
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &derived);
        derived.zeroize();
        key
    }

    /// Seals `plain` for one place: `table`, and the clear columns of the row it belongs to.
    pub fn seal(&self, table: &str, row: &[&[u8]], plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut sealed = Vec::with_capacity(HEADER + plain.len() + aead::AES_256_GCM.tag_len());
        sealed.push(SEAL_FORMAT);
        sealed.extend_from_slice(&self.id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .cipher()
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place(self.id, table, row)),
                &mut sealed[HEADER..],
            )
            .map_err(|_| VaultError::Io("sealing failed".into()))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`DataKey::seal`] sealed for the same place.
    pub fn open(&self, table: &str, row: &[&[u8]], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        const BAD: VaultError = VaultError::Corrupt("sealed value");
        if key_id(sealed)? != self.id {
            return Err(BAD);
        }
        let nonce = Nonce::try_assume_unique_for_key(&sealed[5..HEADER]).map_err(|_| BAD)?;
        let mut text = sealed[HEADER..].to_vec();
        let aad = Aad::from(place(self.id, table, row));
        let plain = self.cipher().open_in_place(nonce, aad, &mut text).map_err(|_| BAD)?.len();
        text.truncate(plain);
        Ok(text)
    }

    fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&aead::AES_256_GCM, self.bytes()).expect("a key of 32 bytes"))
    }
}

/// The id of the key that sealed this.
pub(super) fn key_id(sealed: &[u8]) -> Result<u32, VaultError> {
    match sealed {
        [SEAL_FORMAT, a, b, c, d, rest @ ..] if rest.len() >= NONCE_LEN => {
            Ok(u32::from_be_bytes([*a, *b, *c, *d]))
        }
        _ => Err(VaultError::Corrupt("sealed value")),
    }
}

/// What is authenticated with a value: length-prefixed, so that no two places read the same.
fn place(id: u32, table: &str, row: &[&[u8]]) -> Vec<u8> {
    let (format, id) = ([SEAL_FORMAT], id.to_be_bytes());
    let head: [&[u8]; 3] = [&format, &id, table.as_bytes()];
    prefixed(head.iter().chain(row))
}

/// The parts, each behind its length (u32, big-endian).
pub(super) fn prefixed<'a>(parts: impl IntoIterator<Item = &'a &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Random bytes of the system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| VaultError::Io("the system gives no random bytes".into()))?;
    Ok(bytes)
}

/// A name that stands for an account, party, order or nonce: HMAC-SHA-256 under the vault's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub [u8; 32]);

impl Tag {
    /// The tag of `name`, one of a `kind` (so that equal names of two kinds differ).
    pub(super) fn of(key: &ring::hmac::Key, kind: &str, name: &[u8]) -> Self {
        let mut tag = [0; 32];
        tag.copy_from_slice(ring::hmac::sign(key, &prefixed(&[kind.as_bytes(), name])).as_ref());
        Self(tag)
    }

    /// The tag of these bytes from the store.
    pub(super) fn from_stored(bytes: Vec<u8>) -> Result<Self, VaultError> {
        bytes.try_into().map(Self).map_err(|_| VaultError::Corrupt("tag"))
    }

    /// In lower-case hex.
    pub fn hex(&self) -> String {
        Hash(self.0).to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_unchanged() {
        let key = DataKey::random(7).unwrap();
        let sealed = key.seal("meta", &[b"a", b"bc"], b"plain").unwrap();
        assert_eq!(key.open("meta", &[b"a", b"bc"], &sealed).unwrap(), b"plain");
        assert_eq!(key_id(&sealed).unwrap(), 7);
        for (table, row) in [("metb", [&b"a"[..], b"bc"]), ("meta", [b"ab", b"c"]), ("meta", [b"", b"abc"])] {
            assert!(key.open(table, &row, &sealed).is_err());
        }
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 0x80;
            assert!(key.open("meta", &[b"a", b"bc"], &bad).is_err());
            assert!(key.open("meta", &[b"a", b"bc"], &sealed[..at]).is_err());
        }
        assert!(DataKey::random(7).unwrap().open("meta", &[b"a", b"bc"], &sealed).is_err());
    }

    #[test]
    fn equal_values_are_sealed_differently_each_time() {
        let key = DataKey::random(1).unwrap();
        assert_ne!(key.seal("t", &[], b"x").unwrap(), key.seal("t", &[], b"x").unwrap());
    }
}
