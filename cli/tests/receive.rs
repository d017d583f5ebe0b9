//! What a recipient does with a payload that the core sealed (`tests/interop`, written by the core's own test).
#![allow(clippy::unwrap_used)]

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use sluicegate::payload::aml::AmlRequest;
use sluicegate::payload::jwk::{KeyUse, PublicJwk};
use sluicegate::payload::jws::Header;
use sluicegate::payload::party::Party;
use sluicegate::payload::{Issuer, PayloadError, typ};
use sluicegate::register::{ControllerId, Instant, PartyId};
use sluicegate_cli::receive::{KeyPair, Opened, ReceiveError, open_and_verify, open_jwe};

struct Sample(Value);

impl Sample {
    fn read() -> Self {
        Self(serde_json::from_str(include_str!("../../tests/interop/sample-p256.json")).unwrap())
    }

    fn jwe(&self) -> &str {
        self.0["jwe"].as_str().unwrap()
    }

    fn private_jwk(&self) -> String {
        self.0["private_jwk"].to_string()
    }

    fn receive(&self, jwe: &str, party: &str, controller: &str, later: i64) -> Result<Opened, ReceiveError> {
        let keys = [PublicJwk::from_json(&self.0["controller_jwk"].to_string()).unwrap()];
        let now = Instant::from_millis((self.0["now"].as_i64().unwrap() + later) * 1000).unwrap();
        let key = KeyPair::from_jwk(&self.private_jwk()).unwrap();
        open_and_verify(jwe, &key, &PartyId::new(party).unwrap(), Issuer { id: controller, keys: &keys }, now)
    }
}

fn field(error: ReceiveError) -> &'static str {
    match error {
        ReceiveError::Refused(PayloadError::Claim { field, .. }) => field,
        other => panic!("{other}"),
    }
}

#[test]
fn what_the_core_sealed_opens_and_says_what_was_released() {
    let sample = Sample::read();
    let opened = sample.receive(sample.jwe(), "alipay", "shop1688", 0).unwrap();
    assert_eq!(serde_json::to_value(&opened.claims).unwrap(), sample.0["claims"]);
    assert_eq!(opened.certificate.party.as_str(), "alipay");
}

#[test]
fn a_payload_for_another_party_controller_or_time_is_refused() {
    let sample = Sample::read();
    let refused =
        |party, controller, later| sample.receive(sample.jwe(), party, controller, later).unwrap_err();
    assert_eq!(field(refused("merchant", "shop1688", 0)), "party");
    assert_eq!(field(refused("alipay", "other", 0)), "iss");
    assert_eq!(
        refused("alipay", "shop1688", 660),
        ReceiveError::Refused(PayloadError::Expired { what: typ::PAYLOAD })
    );
    assert!(matches!(
        refused("alipay", "shop1688", -61),
        ReceiveError::Refused(PayloadError::NotYetValid { .. })
    ));
}

#[test]
fn any_character_changed_or_cut_off_gives_the_one_opaque_error() {
    let sample = Sample::read();
    let (jwe, key) = (sample.jwe(), sample.private_jwk());
    assert!(open_jwe(jwe, &key).is_ok());
    for at in 0..jwe.len() {
        let mut bytes = jwe.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 7);
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(open_jwe(&changed, &key).unwrap_err(), ReceiveError::NotOpened, "at {at}");
        assert_eq!(open_jwe(&jwe[..at], &key).unwrap_err(), ReceiveError::NotOpened, "cut at {at}");
    }
}

#[test]
fn another_key_opens_nothing() {
    let sample = Sample::read();
    let other = KeyPair::new_key(KeyUse::Encryption).unwrap();
    assert_eq!(open_jwe(sample.jwe(), &other.to_private_jwk()).unwrap_err(), ReceiveError::NotOpened);
    // Nor with the right key id on the wrong key.
    let mut jwk: Value = serde_json::from_str(&other.to_private_jwk()).unwrap();
    jwk["kid"] = sample.0["private_jwk"]["kid"].clone();
    assert_eq!(open_jwe(sample.jwe(), &jwk.to_string()).unwrap_err(), ReceiveError::NotOpened);
}

#[test]
fn a_header_that_asks_for_anything_else_is_refused() {
    let sample = Sample::read();
    let (header, rest) = sample.jwe().split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
    let changes: [(&str, Value); 9] = [
        ("alg", json!("ECDH-ES+A256KW")),
        ("alg", json!("dir")),
        ("alg", json!("none")),
        ("enc", json!("A128GCM")),
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("kid", json!("another")),
        // RFC 8037 A.6: a key of another curve; and a point that is on none.
        ("epk", json!({"kty":"OKP","crv":"X25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"})),
        ("epk", json!({"kty":"EC","crv":"P-256","x":header["epk"]["x"],"y":header["epk"]["x"]})),
    ];
    for (member, value) in changes {
        let mut changed = header.clone();
        changed[member] = value;
        let compact = format!("{}.{rest}", BASE64URL_NOPAD.encode(changed.to_string().as_bytes()));
        assert_eq!(
            open_jwe(&compact, &sample.private_jwk()).unwrap_err(),
            ReceiveError::NotOpened,
            "{member}"
        );
    }
}

#[test]
fn cards_and_requests_signed_here_hold_in_the_core() {
    let (controller, alipay) =
        (KeyPair::new_key(KeyUse::Signature).unwrap(), KeyPair::new_key(KeyUse::Signature).unwrap());
    let seal_to = KeyPair::new_key(KeyUse::Encryption).unwrap();
    let now = Instant::from_millis(1_800_000_000_000).unwrap();
    let (iat, exp) = (now.seconds(), now.seconds() + 3_600);

    let claims = json!({"iss": "shop1688", "sub": "merchant/42", "recipient": "merchants", "name": "义乌小店",
        "jwk": seal_to.public(), "iat": iat, "exp": exp});
    let card = controller.sign_es256(Header::es256(typ::PARTY, controller.public()), &claims).unwrap();
    let keys = [controller.public().clone()];
    let party = Party::verify(&card, Issuer { id: "shop1688", keys: &keys }, now).unwrap();
    assert_eq!(party.key.as_ref(), Some(seal_to.public()));

    let claims = json!({"iss": "alipay", "aud": "shop1688", "case": "AML-1", "order": "o1", "secret": false,
        "jti": "j1", "iat": iat, "exp": exp});
    let request = alipay.sign_es256(Header::es256(typ::AML, alipay.public()), &claims).unwrap();
    let keys = [alipay.public().clone()];
    let shop = ControllerId::new("shop1688").unwrap();
    let facts = AmlRequest::verify(&request, Issuer { id: "alipay", keys: &keys }, &shop, now).unwrap();
    assert_eq!(facts.case, "AML-1");
    // A card is no request, whoever signed it.
    assert!(AmlRequest::verify(&card, Issuer { id: "alipay", keys: &keys }, &shop, now).is_err());
}
