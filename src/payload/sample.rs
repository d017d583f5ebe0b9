//! A whole payload as a party gets it, for the libraries of other languages (`tests/interop`) and for `cli` to open.
//!
//! `SLUICEGATE_SAMPLES=tests/interop cargo test -p sluicegate --lib payload::sample` writes fresh ones there.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::claims::tests::{at, claims};
use super::{enrol::Certificate, typ};
use crate::jose::Issuer;
use crate::jose::issuer::tests::{key, token};
use crate::jose::jwe::{self, RecipientKey};
use crate::jose::jwk::PublicJwk;
use crate::jose::jws::{self, Header};

/// Seals the test claims to `private_jwk` (RFC 7517 test keys: RFC 7518 C for P-256, RFC 8037 A.6 for X25519).
fn sample(private_jwk: &str) -> Value {
    let private: Value = serde_json::from_str(private_jwk).unwrap();
    let mut public = private.clone();
    public.as_object_mut().unwrap().remove("d");
    let recipient = RecipientKey::new(PublicJwk::from_json(&public.to_string()).unwrap()).unwrap();

    let (controller, own) = (key(), key());
    let claims = claims(own.public().thumbprint());
    let (iat, exp) = (claims.iat.seconds(), claims.iat.seconds() + 31_536_000);
    let certificate = token(
        &controller,
        typ::CERTIFICATE,
        &json!({"iss": claims.controller, "sub": claims.iss, "party": claims.aud, "jwk": own.public(), "iat": iat, "exp": exp}),
    );
    let keys = [controller.public().clone()];
    let issuer = Issuer { id: claims.controller.as_str(), keys: &keys };
    Certificate::verify(&certificate, issuer, &claims.aud, own.public(), at(iat)).unwrap();

    let header = Header::es256(typ::PAYLOAD, own.public()).with_certificate(certificate);
    let signed = own.sign(&header, &serde_json::to_vec(&claims).unwrap()).unwrap();
    jws::verify(&signed, own.public(), typ::PAYLOAD).unwrap();
    let jwe = jwe::seal(signed.as_bytes(), &recipient, Some(typ::PAYLOAD), Some("JWT")).unwrap();
    json!({
        "jwe": jwe,
        "private_jwk": private,
        "signer_jwk": own.public(),
        "controller_jwk": controller.public(),
        "controller": claims.controller,
        "party": claims.aud,
        "now": iat,
        "claims": claims,
    })
}

#[test]
fn a_whole_payload_shows_nothing_of_its_claims() {
    let samples = [
        ("p256", sample(include_str!("../../tests/interop/recipient-p256.json"))),
        ("x25519", sample(include_str!("../../tests/interop/recipient-x25519.json"))),
    ];
    for (name, sample) in samples {
        let jwe = sample["jwe"].as_str().unwrap();
        assert_eq!(jwe.split('.').count(), 5);
        let header = Header::read_unverified(jwe);
        assert_eq!(header.unwrap().certificate, None);
        let bytes: Vec<u8> = jwe
            .split('.')
            .flat_map(|part| data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap())
            .collect();
        for secret in ["买家一号", "2026-0001", "alipay.payment", "sluicegate_cert"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
        if let Ok(folder) = std::env::var("SLUICEGATE_SAMPLES") {
            // Cargo runs unit tests in the package's folder, so a relative path is from there.
            let path = std::path::Path::new(&folder).join(format!("sample-{name}.json"));
            std::fs::write(path, serde_json::to_string_pretty(&sample).unwrap() + "\n").unwrap();
        }
    }
}
