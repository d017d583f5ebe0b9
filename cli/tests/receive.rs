//! What a recipient does with a payload that the core sealed (`tests/interop`, written by the core's own test).
#![allow(clippy::unwrap_used)]

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use data_encoding::BASE64URL_NOPAD;
use p256::elliptic_curve::{Generate, sec1::ToSec1Point};
use p256::{PublicKey, SecretKey};
use serde_json::{Value, json};
use sluicegate::jose::jwk::{KeyUse, PublicJwk};
use sluicegate::jose::jws::Header;
use sluicegate::jose::{Issuer, JoseError};
use sluicegate::payload::aml::AmlRequest;
use sluicegate::payload::claims::Claims;
use sluicegate::payload::party::Party;
use sluicegate::payload::typ;
use sluicegate::register::{ControllerId, Hash, Instant, PartyId};
use sluicegate_cli::receive::{
    Certified, KeyPair, ReceiveError, open_batch, open_jwe, open_payload, verify_permit,
};

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

    fn receive(
        &self,
        jwe: &str,
        party: &str,
        controller: &str,
        later: i64,
    ) -> Result<Certified<Claims>, ReceiveError> {
        let keys = [PublicJwk::from_json(&self.0["controller_jwk"].to_string()).unwrap()];
        let now = Instant::from_millis((self.0["now"].as_i64().unwrap() + later) * 1000).unwrap();
        let key = KeyPair::from_jwk(&self.private_jwk()).unwrap();
        open_payload(jwe, &key, &PartyId::new(party).unwrap(), Issuer { id: controller, keys: &keys }, now)
    }
}

fn field(error: ReceiveError) -> &'static str {
    match error {
        ReceiveError::Refused(JoseError::Claim { field, .. }) => field,
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
        ReceiveError::Refused(JoseError::Expired { what: typ::PAYLOAD })
    );
    assert!(matches!(
        refused("alipay", "shop1688", -61),
        ReceiveError::Refused(JoseError::NotYetValid { .. })
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
    let own = KeyPair::new_key(KeyUse::Encryption).unwrap();
    let private = own.to_private_jwk();
    let opens = |member: &str, value: Value| {
        let compact = seal(b"{}", own.public(), |header| header[member] = value);
        match open_jwe(&compact, &private) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error, ReceiveError::NotOpened);
                false
            }
        }
    };
    // Each is sealed well; only the header's word is at fault.
    assert!(opens("kid", json!(own.public().kid())));
    assert!(opens("typ", json!("any")));
    for (member, value) in [
        ("alg", json!("ECDH-ES+A256KW")),
        ("alg", json!("dir")),
        ("alg", json!("none")),
        ("enc", json!("A128GCM")),
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("apu", json!("QWxpY2U")),
        ("kid", json!("another")),
        ("kid", json!(1)),
        ("typ", Value::Null),
        // RFC 8037 A.6: a key of another curve.
        ("epk", json!({"kty":"OKP","crv":"X25519","x":"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"})),
        // A point on no curve: the invalid-curve attack on ECDH-ES.
        (
            "epk",
            json!({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
                "y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOycg"}),
        ),
    ] {
        assert!(!opens(member, value.clone()), "{member} {value}");
    }
}

#[test]
fn a_stranger_who_can_seal_can_still_not_sign() {
    let sample = Sample::read();
    let own = KeyPair::from_jwk(&sample.private_jwk()).unwrap();
    let signed = open_jwe(sample.jwe(), &sample.private_jwk()).unwrap();
    let certificate =
        Header::read_unverified(std::str::from_utf8(&signed).unwrap()).unwrap().certificate.unwrap();
    let stranger = KeyPair::new_key(KeyUse::Signature).unwrap();
    let receive = |signed: &str, outer: &str, cty: &str| {
        let jwe = seal(signed.as_bytes(), own.public(), |header| {
            header["typ"] = outer.into();
            header["cty"] = cty.into();
        });
        sample.receive(&jwe, "alipay", "shop1688", 0)
    };
    let header = Header::es256(typ::PAYLOAD, stranger.public());
    let claims = &sample.0["claims"];
    let not_authentic = |what| ReceiveError::Refused(JoseError::NotAuthentic { what });

    // The same signed payload, sealed anew, is fine: sealing proves nothing.
    let genuine = std::str::from_utf8(&signed).unwrap();
    assert!(receive(genuine, typ::PAYLOAD, "JWT").is_ok());
    assert_eq!(receive(genuine, typ::BATCH, "JWT"), Err(ReceiveError::NotOpened));
    assert_eq!(receive(genuine, typ::PAYLOAD, "json"), Err(ReceiveError::NotOpened));
    // Claims without a signature, a signature without a certificate, with another's, with one of his own.
    assert_eq!(receive(&claims.to_string(), typ::PAYLOAD, "JWT"), Err(not_authentic(typ::PAYLOAD)));
    let bare = stranger.sign_es256(header.clone(), claims).unwrap();
    assert_eq!(receive(&bare, typ::PAYLOAD, "JWT"), Err(not_authentic(typ::PAYLOAD)));
    let borrowed = stranger.sign_es256(header.clone().with_certificate(certificate), claims).unwrap();
    assert_eq!(receive(&borrowed, typ::PAYLOAD, "JWT"), Err(not_authentic(typ::PAYLOAD)));
    let (iat, exp) = (sample.0["now"].as_i64().unwrap(), sample.0["now"].as_i64().unwrap() + 60);
    let forged = json!({"iss": "shop1688", "sub": stranger.public().thumbprint(), "party": "alipay",
        "jwk": stranger.public(), "iat": iat, "exp": exp});
    let forged = stranger.sign_es256(Header::es256(typ::CERTIFICATE, stranger.public()), &forged).unwrap();
    let own_word = stranger.sign_es256(header.with_certificate(forged), claims).unwrap();
    assert_eq!(receive(&own_word, typ::PAYLOAD, "JWT"), Err(not_authentic(typ::CERTIFICATE)));
}

#[test]
fn a_certified_key_can_not_speak_for_another_key_party_or_controller() {
    let (controller, own) =
        (KeyPair::new_key(KeyUse::Signature).unwrap(), KeyPair::new_key(KeyUse::Signature).unwrap());
    let mut sample = Sample::read();
    sample.0["controller_jwk"] = serde_json::to_value(controller.public()).unwrap();
    let (now, sub) = (sample.0["now"].as_i64().unwrap(), own.public().thumbprint());
    let certificate = json!({"iss": "shop1688", "sub": sub, "party": "alipay", "jwk": own.public(),
        "iat": now, "exp": now + 600});
    let certificate =
        controller.sign_es256(Header::es256(typ::CERTIFICATE, controller.public()), &certificate).unwrap();
    let recipient = KeyPair::from_jwk(&sample.private_jwk()).unwrap();
    let receive = |member: &str, value: &str| {
        let mut claims = sample.0["claims"].clone();
        claims["iss"] = sub.as_str().into();
        claims[member] = value.into();
        let header = Header::es256(typ::PAYLOAD, own.public()).with_certificate(certificate.clone());
        let signed = own.sign_es256(header, &claims).unwrap();
        let jwe = seal(signed.as_bytes(), recipient.public(), |header| {
            header["typ"] = typ::PAYLOAD.into();
            header["cty"] = "JWT".into();
        });
        sample.receive(&jwe, "alipay", "shop1688", 0)
    };
    assert!(receive("aud", "alipay").is_ok());
    for member in ["iss", "aud", "controller"] {
        assert_eq!(field(receive(member, "other").unwrap_err()), member);
    }
}

#[test]
fn a_permit_holds_for_its_party_and_certified_key_alone() {
    let (controller, own) =
        (KeyPair::new_key(KeyUse::Signature).unwrap(), KeyPair::new_key(KeyUse::Signature).unwrap());
    let now = Instant::from_millis(1_800_000_000_000).unwrap();
    let (iat, exp, sub) = (now.seconds(), now.seconds() + 600, own.public().thumbprint());
    let certificate = |party: &str| {
        let claims = json!({"iss": "shop1688", "sub": sub, "party": party, "jwk": own.public(),
            "iat": iat, "exp": exp});
        controller.sign_es256(Header::es256(typ::CERTIFICATE, controller.public()), &claims).unwrap()
    };
    let keys = [controller.public().clone()];
    let verify_by = |certificate: String, change: &dyn Fn(&mut Value), party: &str| {
        let mut permit = json!({"iss": sub, "aud": "shop1688", "party": "merchant/42", "row": "merchant.order",
            "row_hash": Hash::of(b"row"), "purpose": "fulfilment", "register_version": 1, "order": "o1",
            "items": ["consignee.name", "consignee.phone"], "answers_generation": 3, "nonce": "n", "jti": "j",
            "iat": iat, "exp": exp});
        change(&mut permit);
        let header = Header::es256(typ::PERMIT, own.public()).with_certificate(certificate);
        let compact = own.sign_es256(header, &permit).unwrap();
        let issuer = Issuer { id: "shop1688", keys: &keys };
        verify_permit(&compact, &PartyId::new(party).unwrap(), issuer, now)
    };
    // Permits are signed with the key that is enrolled with the controller itself.
    let verify = |change: &dyn Fn(&mut Value), party: &str| verify_by(certificate("shop1688"), change, party);
    let permit = verify(&|_| (), "merchant/42").unwrap().claims;
    assert_eq!((permit.items.len(), permit.answers_generation), (2, 3));
    assert_eq!(field(verify(&|_| (), "merchant/43").unwrap_err()), "party");
    let partys = verify_by(certificate("merchant/42"), &|_| (), "merchant/42");
    assert_eq!(field(partys.unwrap_err()), "party", "a key that is certified for a party signs no permit");
    assert_eq!(
        field(verify(&|permit| permit["party"] = "merchant/43".into(), "merchant/42").unwrap_err()),
        "party"
    );
    assert_eq!(field(verify(&|permit| permit["iss"] = "x".into(), "merchant/42").unwrap_err()), "iss");
    assert_eq!(field(verify(&|permit| permit["aud"] = "x".into(), "merchant/42").unwrap_err()), "aud");
    assert_eq!(field(verify(&|permit| permit["value"] = "x".into(), "merchant/42").unwrap_err()), "claims");
}

#[test]
fn a_batch_opens_for_its_party_alone() {
    let own = KeyPair::new_key(KeyUse::Encryption).unwrap();
    let claims = json!({"aud": "ad.one", "iat": 1_799_971_200, "jti": "j", "row": "ads", "row_hash": Hash::of(b"row"),
        "purpose": "ads", "register_version": 1, "items": {"ad.pseudonym": "x"},
        "events": [{"hour": 1_800_000_000, "items": {"ad.kind": "click"}, "count": 1}]});
    let receive = |typ: &str, party: &str| {
        let jwe = seal(claims.to_string().as_bytes(), own.public(), |header| header["typ"] = typ.into());
        open_batch(&jwe, &own, &PartyId::new(party).unwrap())
    };
    assert_eq!(receive(typ::BATCH, "ad.one").unwrap().events.len(), 1);
    assert_eq!(field(receive(typ::BATCH, "ad.two").unwrap_err()), "aud");
    assert_eq!(receive(typ::PAYLOAD, "ad.one"), Err(ReceiveError::NotOpened));
}

/// Seals as the format says, with a changed header; written apart from the core, on RustCrypto.
fn seal(plaintext: &[u8], to: &PublicJwk, change: impl FnOnce(&mut Value)) -> String {
    let ephemeral = SecretKey::generate();
    let point = ephemeral.public_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    let mut header = json!({"alg": "ECDH-ES", "enc": "A256GCM", "epk": {"kty": "EC", "crv": "P-256",
        "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y)}});
    change(&mut header);
    let header = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
    let secret = ephemeral.diffie_hellman(&PublicKey::from_sec1_bytes(to.bytes()).unwrap());
    let round = [
        &[0, 0, 0, 1],
        &secret.raw_secret_bytes()[..],
        &[0, 0, 0, 7],
        b"A256GCM",
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    ];
    let cipher = Aes256Gcm::new_from_slice(&Hash::of(&round.concat()).0).unwrap();
    let payload = Payload { msg: plaintext, aad: header.as_bytes() };
    let sealed = cipher.encrypt(&[7; 12].into(), payload).unwrap();
    let (text, tag) = sealed.split_at(plaintext.len());
    let [iv, text, tag] = [&[7; 12][..], text, tag].map(|part| BASE64URL_NOPAD.encode(part));
    format!("{header}..{iv}.{text}.{tag}")
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
