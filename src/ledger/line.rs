//! The pieces that lines of checkpoints and proofs are made of: decimals and base64, one spelling each.

use data_encoding::BASE64;

use super::tree::MAX_SIZE;
use crate::register::Hash;

/// A decimal without sign or leading zeroes, up to [`MAX_SIZE`].
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|n| plain && *n <= MAX_SIZE)
}

/// Standard base64 with padding (RFC 4648, 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The bytes of canonical base64: padding is there, spare bits are zero, no white space.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok()
}

/// The hash that a line spells in base64.
pub(super) fn hash(text: &str) -> Option<Hash> {
    unbase64(text)?.try_into().ok().map(Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("9007199254740991"), Some(MAX_SIZE));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1_0",
            "1e3",
            "９",
            "9007199254740992",
            "18446744073709551616",
        ] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = base64(&[0xff; 32]);
        assert_eq!(hash(&text), Some(Hash([0xff; 32])));
        assert_eq!(hash(text.trim_end_matches('=')), None);
        assert_eq!(hash(&text.replace("8=", "9=")), None, "spare bits must be zero");
        assert_eq!(hash(&base64(&[0; 31])), None);
        assert_eq!(hash(&format!("{text}\n")), None);
    }
}
