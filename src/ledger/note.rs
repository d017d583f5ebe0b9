//! Signed notes (c2sp.org/signed-note) with Ed25519: the log's key, and who checks what it signed.

use std::fmt;
use std::str::FromStr;

use ring::rand::SecureRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

use super::line;
use crate::register::Hash;

/// The longest note that is read, in bytes (Go's `sumdb/note` sets the same limit).
pub const MAX_NOTE_LEN: usize = 1_000_000;
/// The most signature lines that are read; the specification asks for at least 16.
const MAX_SIGNATURES: usize = 100;
/// The signature type of an Ed25519 note signature.
const TYPE_ED25519: u8 = 0x01;

/// Why a note or a key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text is not a signed note.
    #[error("note: {0}")]
    Malformed(&'static str),
    /// The note's text is not a checkpoint.
    #[error("checkpoint: {0}")]
    Checkpoint(&'static str),
    /// No signature is by the expected key.
    #[error("note: not signed by {0}")]
    Unsigned(String),
    /// A signature that names the expected key does not verify.
    #[error("note: the signature of {0} does not verify")]
    BadSignature(String),
    /// The text is not a verifier key.
    #[error("vkey: {0}")]
    Vkey(&'static str),
    /// The bytes are not an Ed25519 key in PKCS#8 version 2.
    #[error("log key: not an Ed25519 key in PKCS#8 version 2")]
    LogKey,
    /// The system gave no random bytes.
    #[error("log key: no random bytes")]
    NoRandomness,
}

/// The key a log signs its checkpoints with.
pub struct LogKey {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl LogKey {
    /// Makes a new key, as PKCS#8 version 2 (RFC 5958) for the vault to keep.
    pub fn generate(random: &dyn SecureRandom) -> Result<Zeroizing<Vec<u8>>, NoteError> {
        let document = Ed25519KeyPair::generate_pkcs8(random).map_err(|_| NoteError::NoRandomness)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The key in `pkcs8`. Its name is `sluicegate.log/` and the first 16 hex digits of the public key's SHA-256.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, NoteError> {
        Self::of(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(|_| NoteError::LogKey)?)
    }

    fn of(pair: Ed25519KeyPair) -> Result<Self, NoteError> {
        let public: [u8; 32] = pair.public_key().as_ref().try_into().map_err(|_| NoteError::LogKey)?;
        let digest = Hash::of(&public).to_string();
        let verifier = Verifier::new(format!("sluicegate.log/{}", &digest[..16]), public)?;
        Ok(Self { pair, verifier })
    }

    /// The key of a 32-byte seed (RFC 8032), under a name as in [`LogKey::from_pkcs8`].
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, NoteError> {
        Self::of(Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::LogKey)?)
    }

    /// Who checks this key's signatures.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The note of `text`, which ends in a newline.
    pub(super) fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier.key_id().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n\u{2014} {} {}\n", self.verifier.name, line::base64(&signature))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey({})", self.verifier.name)
    }
}

/// A log's name and public key; its text form is the vkey `name+keyid+base64(0x01 || key)` of Go's `sumdb/note`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// The verifier of `public` (RFC 8032) under `name`, which is not empty and has no spaces, controls or plus.
    pub fn new(name: impl Into<String>, public: [u8; 32]) -> Result<Self, NoteError> {
        let name = name.into();
        if !is_key_name(&name) {
            return Err(NoteError::Vkey("the name must not be empty or hold spaces, controls or '+'"));
        }
        Ok(Self { name, public })
    }

    /// The key's name; for a log of ours also its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key (RFC 8032).
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public
    }

    /// SHA-256(name || 0x0A || 0x01 || public key), its first four bytes.
    pub fn key_id(&self) -> [u8; 4] {
        let mut named = self.name.clone().into_bytes();
        named.extend_from_slice(&[b'\n', TYPE_ED25519]);
        named.extend_from_slice(&self.public);
        let [a, b, c, d, ..] = Hash::of(&named).0;
        [a, b, c, d]
    }

    /// The text of `note`, if this key signed it.
    ///
    /// Signatures by other keys are ignored, as the specification demands; a wrong one by this key refuses the note.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        if note.len() > MAX_NOTE_LEN {
            return Err(NoteError::Malformed("longer than 1,000,000 bytes"));
        }
        if note.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Malformed("holds a control character"));
        }
        let blank = note.rfind("\n\n").ok_or(NoteError::Malformed("no blank line before signatures"))?;
        let (text, signatures) = (&note[..=blank], &note[blank + 2..]);
        let signatures =
            signatures.strip_suffix('\n').ok_or(NoteError::Malformed("no signature line at the end"))?;
        let mut signed = false;
        for (count, line) in signatures.split('\n').enumerate() {
            if count == MAX_SIGNATURES {
                return Err(NoteError::Malformed("more than 100 signatures"));
            }
            let (name, signature) = parse_signature(line)?;
            let Some((key_id, signature)) = signature.split_first_chunk::<4>() else {
                return Err(NoteError::Malformed("a signature is too short"));
            };
            if name != self.name || *key_id != self.key_id() {
                continue;
            }
            UnparsedPublicKey::new(&ED25519, &self.public)
                .verify(text.as_bytes(), signature)
                .map_err(|_| NoteError::BadSignature(self.name.clone()))?;
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned(self.name.clone())) }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![TYPE_ED25519];
        key.extend_from_slice(&self.public);
        let key_id = data_encoding::HEXLOWER.encode(&self.key_id());
        write!(f, "{}+{key_id}+{}", self.name, line::base64(&key))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(vkey: &str) -> Result<Self, NoteError> {
        // Base64 may hold a plus: the key is all that follows the second one.
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(key_id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Vkey("must be name+keyid+key"));
        };
        let key = line::unbase64(key).ok_or(NoteError::Vkey("the key must be base64"))?;
        let Some((&TYPE_ED25519, public)) = key.split_first() else {
            return Err(NoteError::Vkey("the key must be of type 1, Ed25519"));
        };
        let public = public.try_into().map_err(|_| NoteError::Vkey("the key must be 32 bytes"))?;
        let verifier = Self::new(name, public)?;
        if data_encoding::HEXLOWER.encode(&verifier.key_id()) != key_id {
            return Err(NoteError::Vkey("the key id is not that of the name and key"));
        }
        Ok(verifier)
    }
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

fn parse_signature(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let (name, signature) = line
        .strip_prefix("\u{2014} ")
        .and_then(|rest| rest.split_once(' '))
        .ok_or(NoteError::Malformed("a signature line must be '\u{2014} name base64'"))?;
    if !is_key_name(name) {
        return Err(NoteError::Malformed("a key name must not be empty or hold spaces or '+'"));
    }
    let signature = line::unbase64(signature).ok_or(NoteError::Malformed("a signature must be base64"))?;
    if signature.len() < 5 {
        return Err(NoteError::Malformed("a signature is too short"));
    }
    Ok((name, signature))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use ring::rand::SystemRandom;

    use super::*;

    fn key() -> LogKey {
        LogKey::from_pkcs8(&LogKey::generate(&SystemRandom::new()).unwrap()).unwrap()
    }

    // From the package documentation of golang.org/x/mod/sumdb/note.
    const GO_VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const GO_NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your \
        problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng\
        otpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_from_the_go_documentation_opens() {
        let verifier: Verifier = GO_VKEY.parse().unwrap();
        assert_eq!(verifier.to_string(), GO_VKEY);
        assert!(verifier.open(GO_NOTE).unwrap().ends_with("problem is.\n"));
    }

    #[test]
    fn a_note_opens_with_its_own_key_alone() {
        let (key, other) = (key(), key());
        let note = key.sign("one\n\nthree\n");
        assert_eq!(key.verifier().open(&note).unwrap(), "one\n\nthree\n");
        assert!(matches!(other.verifier().open(&note), Err(NoteError::Unsigned(_))));
        let vkey = key.verifier().to_string();
        assert_eq!(vkey.parse::<Verifier>().unwrap().open(&note).unwrap(), "one\n\nthree\n");
    }

    #[test]
    fn signatures_of_others_are_ignored_and_a_wrong_one_of_ours_refuses_the_note() {
        let (key, witness) = (key(), key());
        let note = key.sign("text\n");
        let cosigned = note.clone() + witness.sign("text\n").strip_prefix("text\n\n").unwrap();
        assert_eq!(key.verifier().open(&cosigned).unwrap(), "text\n");
        assert_eq!(witness.verifier().open(&cosigned).unwrap(), "text\n");
        let spoilt = note + key.sign("other\n").strip_prefix("other\n\n").unwrap();
        assert!(matches!(key.verifier().open(&spoilt), Err(NoteError::BadSignature(_))));
    }

    #[test]
    fn sixteen_signatures_are_read_and_a_flood_is_refused() {
        let key = key();
        let with = |others: usize| {
            let mut note = key.sign("text\n");
            for i in 0..others {
                note += &format!("\u{2014} witness{i}.example AAAAAAAA\n");
            }
            key.verifier().open(&note).map(str::to_string)
        };
        assert!(with(15).is_ok());
        assert!(with(99).is_ok());
        assert!(matches!(with(100), Err(NoteError::Malformed(_))));
    }

    #[test]
    fn what_is_not_a_note_is_refused_with_its_rule() {
        let key = key();
        let note = key.sign("text\n");
        let line = note.strip_prefix("text\n\n").unwrap();
        for bad in [
            String::new(),
            "text\n".into(),
            "text\n\n".into(),
            note.trim_end().into(),
            note.replace('\n', "\r\n"),
            note.replace('\u{2014}', "-"),
            note.replace("= ", " ").replace("=\n", "\n"),
            format!("{note}\n"),
            format!("text\n\n{line}\u{2014} a+b AAAAAAAA\n"),
            format!("text\n\n{line}\u{2014}  AAAAAAAA\n"),
            format!("text\n\n{line}\u{2014} a AAAA\n"),
            format!("{}\n\n{line}", "x".repeat(MAX_NOTE_LEN)),
        ] {
            assert!(matches!(key.verifier().open(&bad), Err(NoteError::Malformed(_))), "{bad:.80}");
        }
    }

    #[test]
    fn a_vkey_that_is_not_whole_is_refused() {
        let vkey = key().verifier().to_string();
        let (head, key_part) = vkey.rsplit_once("+A").unwrap();
        let (name, id) = head.split_once('+').unwrap();
        for bad in [
            String::new(),
            name.into(),
            head.into(),
            format!("other{vkey}"),
            format!("{name}+{}+A{key_part}", id.to_uppercase() + "0"),
            format!("{name}+00000000+A{key_part}"),
            format!("{head}+B{key_part}"),
            format!("{head}+AQ=="),
            format!("+{id}+A{key_part}"),
            format!("{vkey} "),
        ] {
            assert!(matches!(bad.parse::<Verifier>(), Err(NoteError::Vkey(_))), "{bad}");
        }
        assert!(matches!(LogKey::from_pkcs8(b"no key"), Err(NoteError::LogKey)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>(), tail in "(\n|\u{2014}| |[a-z+=]){0,40}") {
            let verifier: Verifier = GO_VKEY.parse().unwrap();
            let _ = verifier.open(&text);
            let signed = format!("{text}\n\n{tail}");
            prop_assert!(verifier.open(&signed).is_err());
            let _ = text.parse::<Verifier>();
        }

        #[test]
        fn a_note_with_one_bit_flipped_does_not_open(at in 0usize..1_000, bit in 0u8..8) {
            let key = key();
            let mut note = key.sign("origin\n7\nhash\n").into_bytes();
            let at = at % note.len();
            note[at] ^= 1 << bit;
            if let Ok(text) = String::from_utf8(note) {
                prop_assert!(key.verifier().open(&text).is_err());
            }
        }
    }
}
