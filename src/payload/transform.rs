//! How an item is de-identified on its way out: pseudonym, sealed, or a platform's hash.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::digest::{SHA256, digest};
use ring::{hkdf, hmac};

use super::typ;
use crate::jose::JoseError;
use crate::jose::jwe::{self, RecipientKey};
use crate::register::{PartyId, PurposeId};

/// The bytes of a pseudonym: 128 bits, so that a thousand million installs of one party don't meet by chance.
const PSEUDONYM_LEN: usize = 16;

/// A pseudonym of this install for one party, purpose and epoch, in base64url. It is made of no identifier.
///
/// HMAC-SHA256 of the length-prefixed `label` (the item's id), under HKDF-SHA256 of the install's secret with the
/// length-prefixed context, party, purpose and epoch as `info`. Lengths and the epoch are 8 bytes, big-endian.
pub(crate) fn pseudonym(
    secret: &[u8; 32],
    party: &PartyId,
    purpose: &PurposeId,
    epoch: u64,
    label: &str,
) -> Result<String, JoseError> {
    let info = [
        prefixed(b"sluicegate pseudonym v0"),
        prefixed(party.as_str().as_bytes()),
        prefixed(purpose.as_str().as_bytes()),
        prefixed(&epoch.to_be_bytes()),
    ]
    .concat();
    let key: hmac::Key = hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(secret)
        .expand(&[&info], hmac::HMAC_SHA256)
        .map_err(|_| JoseError::Sealing)?
        .into();
    let tag = hmac::sign(&key, &prefixed(label.as_bytes()));
    Ok(BASE64URL_NOPAD.encode(&tag.as_ref()[..PSEUDONYM_LEN]))
}

/// Each part with its length before it, so that ("ab", "c") and ("a", "bc") differ.
fn prefixed(part: &[u8]) -> Vec<u8> {
    let mut out = (part.len() as u64).to_be_bytes().to_vec();
    out.extend_from_slice(part);
    out
}

/// The text sealed to the party's key, different each time. The party can join it with what it has: linkable.
pub(crate) fn sealed(text: &str, key: &RecipientKey) -> Result<String, JoseError> {
    jwe::seal(text.as_bytes(), key, Some(typ::SEALED_ITEM), None)
}

/// MD5 in lower-case hex, as advertising platforms take an identifier. Everyone gets the same value: linkable by anyone.
pub(crate) fn md5_hex(text: &str) -> String {
    HEXLOWER.encode(&md5::compute(text.as_bytes()).0)
}

/// SHA-256 in lower-case hex of [`md5_hex`]. Linkable by anyone.
pub(crate) fn sha256_md5_hex(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, md5_hex(text).as_bytes()).as_ref())
}

/// The advertising identifier, unless it stands for none: empty, `unknown`, or zeros (tracking limited).
///
/// What is absent is never replaced by another identifier; a `limited` switch beside the id is the caller's to heed.
pub fn usable_ad_id(id: &str) -> Option<&str> {
    let id = id.trim();
    let none = id.bytes().all(|b| b == b'0' || b == b'-') || id.eq_ignore_ascii_case("unknown");
    (!none).then_some(id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jose::jwe::tests::OneTime;
    use crate::jose::jwk::Curve;
    use std::collections::BTreeSet;

    const OAID: &str = "1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5";

    fn of(secret: u8, party: &str, purpose: &str, epoch: u64, label: &str) -> String {
        let (party, purpose) = (PartyId::new(party).unwrap(), PurposeId::new(purpose).unwrap());
        pseudonym(&[secret; 32], &party, &purpose, epoch, label).unwrap()
    }

    #[test]
    fn the_platforms_hashes_match_their_vector() {
        assert_eq!(md5_hex(OAID), "83e9158a4fb54c0e1ef0b238639a23ae");
        assert_eq!(sha256_md5_hex(OAID), "a58f9fffa86c12e6fb43f5232a46d53ef06196f4be138d185a09b1294c736c50");
    }

    #[test]
    fn a_pseudonym_is_stable_and_bound_to_install_party_purpose_epoch_and_item() {
        assert_eq!(of(1, "ad.one", "ads", 1, "ad.id"), of(1, "ad.one", "ads", 1, "ad.id"));
        let all: BTreeSet<String> = [
            of(1, "ad.one", "ads", 1, "ad.id"),
            of(2, "ad.one", "ads", 1, "ad.id"),
            of(1, "ad.two", "ads", 1, "ad.id"),
            of(1, "ad.one", "analysis", 1, "ad.id"),
            of(1, "ad.one", "ads", 2, "ad.id"),
            of(1, "ad.one", "ads", 1, "ad.session"),
            // The same letters, cut elsewhere.
            of(1, "ad.onea", "ds", 1, "ad.id"),
        ]
        .into();
        assert_eq!(all.len(), 7);
        assert!(all.iter().all(|pseudonym| pseudonym.len() == 22));
    }

    #[test]
    fn the_pseudonym_recipe_is_format_version_0() {
        // Computed apart from this code, with Python's hmac (docs/format-payload.md).
        assert_eq!(of(1, "ad.one", "ads", 1, "ad.id"), "4GBop4KDwJNRmmZrfl1gVg");
    }

    #[test]
    fn a_sealed_item_differs_each_time_and_opens_for_the_party() {
        let party = OneTime::new(Curve::P256);
        let (first, second) = (sealed(OAID, &party.key).unwrap(), sealed(OAID, &party.key).unwrap());
        assert_ne!(first, second);
        let (header, text) = party.open(&first).unwrap();
        assert_eq!(text, OAID.as_bytes());
        assert_eq!(header["typ"], typ::SEALED_ITEM);
    }

    #[test]
    fn an_ad_id_that_stands_for_none_is_absent() {
        for none in [
            "",
            " ",
            "00000000-0000-0000-0000-000000000000",
            "00000000000000000000000000000000",
            "unknown",
            "UNKNOWN",
        ] {
            assert_eq!(usable_ad_id(none), None, "{none:?}");
        }
        assert_eq!(usable_ad_id(OAID), Some(OAID));
    }
}
