//! The platform key's signature, from DER to the fixed form of JOSE.

use super::JoseError;

/// Turns the DER signature of a platform key (Android Keystore, Secure Enclave) into `r || s`.
///
/// Strict: one encoding per signature (X.690 DER), nothing after it, `r` and `s` positive and at most 32 bytes.
pub fn der_to_raw(der: &[u8]) -> Result<[u8; 64], JoseError> {
    fn integer(der: &[u8]) -> Option<([u8; 32], &[u8])> {
        let [0x02, len, rest @ ..] = der else { return None };
        let (digits, rest) = rest.split_at_checked(usize::from(*len))?;
        let magnitude = match digits {
            [0, next, ..] if *next >= 0x80 => &digits[1..],
            [first, ..] if (1..0x80).contains(first) => digits,
            _ => return None,
        };
        let mut number = [0; 32];
        let from = 32_usize.checked_sub(magnitude.len())?;
        number[from..].copy_from_slice(magnitude);
        Some((number, rest))
    }
    fn sequence(der: &[u8]) -> Option<[u8; 64]> {
        let [0x30, len, rest @ ..] = der else { return None };
        if usize::from(*len) != rest.len() || *len >= 0x80 {
            return None;
        }
        let (r, rest) = integer(rest)?;
        let (s, []) = integer(rest)? else { return None };
        let mut raw = [0; 64];
        raw[..32].copy_from_slice(&r);
        raw[32..].copy_from_slice(&s);
        Some(raw)
    }
    sequence(der).ok_or(JoseError::Signature { rule: "must be a DER ECDSA signature on P-256" })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_one_der_encoding_of_a_signature_is_taken() {
        let good = [0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x7f];
        let raw = der_to_raw(&good).unwrap();
        assert_eq!((raw[31], raw[63]), (1, 0x7f));
        let high = [0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x01];
        assert_eq!(der_to_raw(&high).unwrap()[31], 0x80);
        let mut long = vec![0x30, 0x26, 0x02, 0x21, 0x01];
        long.extend([0; 32]);
        long.extend([0x02, 0x01, 0x01]);
        for bad in [
            &[][..],
            &good[..7],
            &[0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x7f, 0x00], // something after it
            &[0x30, 0x81, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x7f], // long form of a short length
            &[0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01], // needless zero
            &[0x30, 0x06, 0x02, 0x01, 0x80, 0x02, 0x01, 0x01],       // negative
            &[0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01],       // zero
            &[0x30, 0x05, 0x02, 0x00, 0x02, 0x01, 0x01],             // empty
            &[0x30, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01], // a third number
            &[0x31, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x7f],
            &long,
        ] {
            assert!(der_to_raw(bad).is_err(), "{bad:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic_it(der in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = der_to_raw(&der);
        }
    }
}
