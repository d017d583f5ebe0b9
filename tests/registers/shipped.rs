//! The register of the 1688 platform: whole, verbatim, signed, and as cautious as it says it is.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};
use sluicegate::jose::{KeyUse, PublicJwk};
use sluicegate::register::document::Document;
use sluicegate::register::{
    Ground, Hash, Identifies, Necessity, REGISTER_TYP, RecipientId, RowId, ScenarioId, Source, Transform,
};

use super::{SHIPPED, shipped};

const NOTICE: &str = include_str!("../../registers/1688-notice.txt");

fn demo_key(name: &str) -> Value {
    let path = format!("{}/registers/demo-keys/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The public half of a demo key.
fn public(name: &str) -> PublicJwk {
    let mut key = demo_key(name);
    key.as_object_mut().unwrap().remove("d");
    PublicJwk::from_value(&key).unwrap()
}

#[test]
fn every_row_of_the_published_table_is_there() {
    let register = shipped();
    let rows: Vec<_> = register.rows().iter().map(|row| row.id.as_str()).collect();
    assert_eq!(rows, ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"]);
    for (scenario, recipient, row) in [
        ("order.payment", "alipay", "alipay.payment"),
        ("aml.submission", "alipay", "alipay.aml"),
        ("order.placed", "merchants", "merchants.order"),
        ("ad.delivery", "ads", "ads.delivery"),
        ("order.placed", "logistics", "logistics.order"),
    ] {
        let scenario = ScenarioId::new(scenario).unwrap();
        let found = register.row_for(&scenario, &RecipientId::new(recipient).unwrap()).unwrap();
        assert_eq!(found.id.as_str(), row);
    }
}

#[test]
fn the_published_wording_stands_verbatim_in_the_notice() {
    let document: Document = serde_json::from_slice(SHIPPED).unwrap();
    for row in &document.rows {
        let published = &row.as_published;
        let nothing = published.policy.clone();
        let product = published.product.as_ref().unwrap_or(&nothing);
        for text in [
            &published.company,
            product,
            &published.information,
            &published.purpose,
            &published.scenario,
            &published.method,
            &published.policy,
        ] {
            assert!(NOTICE.contains(&text.zh) && NOTICE.contains(&text.en), "{}: {text:?}", row.id);
        }
    }
    let digest = Hash::of(NOTICE.as_bytes()).to_string();
    assert!(document.notices.iter().all(|notice| notice.digest == digest));
    assert_eq!(document.notices.iter().map(|n| n.language.as_str()).collect::<Vec<_>>(), ["zh", "en"]);
}

/// Verifies `registers/1688.jws`; with `UPDATE=1` it is signed anew.
#[test]
fn the_signed_register_is_the_register() {
    let path = format!("{}/registers/1688.jws", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, sign(SHIPPED)).unwrap();
    }
    let compact = std::fs::read_to_string(path).unwrap();
    let [header, payload, signature] = compact.split('.').collect::<Vec<_>>()[..] else { panic!() };
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap();
    assert!(decode(payload) == SHIPPED, "1688.json changed since it was signed: see registers/README.md");
    let header_json: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header_json, json!({ "alg": "ES256", "kid": "1688-sig-demo", "typ": REGISTER_TYP }));
    let key = public("controller-sig");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.bytes())
        .verify(format!("{header}.{payload}").as_bytes(), &decode(signature))
        .unwrap();
    let mut keys = shipped().controller().keys.clone().into_iter();
    assert!(keys.any(|listed| PublicJwk::from_value(&listed).unwrap().is_same_key(&key)));
}

fn sign(json: &[u8]) -> String {
    let header = json!({ "alg": "ES256", "kid": "1688-sig-demo", "typ": REGISTER_TYP }).to_string();
    let signed = [header.as_bytes(), json].map(|part| BASE64URL_NOPAD.encode(part)).join(".");
    let private =
        BASE64URL_NOPAD.decode(demo_key("controller-sig")["d"].as_str().unwrap().as_bytes()).unwrap();
    let random = ring::rand::SystemRandom::new();
    let public = public("controller-sig");
    let (algorithm, point) = (&ECDSA_P256_SHA256_FIXED_SIGNING, public.bytes());
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, point, &random).unwrap();
    let signature = pair.sign(&random, signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

#[test]
fn the_demo_keys_are_the_keys_of_the_register() {
    let register = shipped();
    assert!(register.controller_key().unwrap().is_same_key(&public("controller-enc")));
    let recipient = |id: &str| register.recipient(&RecipientId::new(id).unwrap()).unwrap();
    let alipay = recipient("alipay");
    assert!(alipay.key(KeyUse::Encryption).unwrap().is_same_key(&public("alipay-enc")));
    assert!(alipay.key(KeyUse::Signature).unwrap().is_same_key(&public("alipay-sig")));
    assert_eq!(recipient("ads").pinned[0].thumbprint, public("ads-lantern-enc").thumbprint());
    assert_eq!(recipient("logistics").pinned[0].thumbprint, public("logistics-heron-enc").thumbprint());
    assert!(!recipient("ads").pinned.iter().any(|p| p.thumbprint == public("ads-kite-enc").thumbprint()));
}

// INVARIANT 6: device items are not necessary information for shopping.
#[test]
fn no_item_of_the_device_is_required_but_by_a_consent() {
    for row in shipped().rows() {
        for item in row.items.iter().filter(|item| item.source == Source::Device) {
            assert_eq!(item.necessity, Necessity::Optional, "{} {}", row.id, item.id);
            assert!(item.asks_consent(), "{} {}", row.id, item.id);
        }
    }
}

#[test]
fn every_contract_row_has_an_item_that_may_be_refused() {
    for row in shipped().rows() {
        let contract = |necessity| {
            row.items.iter().any(|item| item.ground == Ground::Contract && item.necessity == necessity)
        };
        assert_eq!(contract(Necessity::Required), contract(Necessity::Optional), "{}", row.id);
    }
}

#[test]
fn the_duty_of_the_payment_company_is_not_stretched_to_the_device() {
    let register = shipped();
    let row = register.row(&RowId::new("alipay.aml").unwrap()).unwrap();
    for item in &row.items {
        let device = item.source == Source::Device;
        assert_eq!(item.ground == Ground::StatutoryDuty, !device, "{}", item.id);
        assert_eq!(item.ground == Ground::SeparateConsent, device, "{}", item.id);
    }
}

// INVARIANT 7: de-identified means it.
#[test]
fn advertising_gets_a_pseudonym_and_what_is_linkable_is_asked_alone() {
    let register = shipped();
    let row = register.row(&RowId::new("ads.delivery").unwrap()).unwrap();
    assert!(row.is_advertising() && row.deidentified);
    for item in &row.items {
        assert_ne!(item.identifies, Identifies::Person, "{}", item.id);
        assert_eq!(item.asks_alone(), item.transform.is_linkable(), "{}", item.id);
        assert!(item.identifies == Identifies::Nobody || item.transform != Transform::None, "{}", item.id);
    }
}

#[test]
fn the_sensitive_item_is_asked_alone_or_stands_on_a_duty() {
    let register = shipped();
    let sensitive = |row: &str| -> Vec<_> {
        let row = register.row(&RowId::new(row).unwrap()).unwrap();
        row.items
            .iter()
            .filter(|item| item.sensitive)
            .map(|item| (item.id.to_string(), item.ground))
            .collect()
    };
    let user = || "alipay.user_id".to_owned();
    assert_eq!(sensitive("alipay.payment"), [(user(), Ground::SeparateConsent)]);
    assert_eq!(sensitive("alipay.aml"), [(user(), Ground::StatutoryDuty)]);
}

#[test]
fn identifiers_that_no_row_needs_stand_in_no_row() {
    let register = shipped();
    let shared: BTreeSet<_> =
        register.rows().iter().flat_map(|row| &row.items).map(|item| item.id.as_str()).collect();
    for id in
        ["device.android_id", "device.aaid", "device.idfv", "check.accessibility", "device.storage_class"]
    {
        assert!(!shared.contains(id), "{id}");
    }
}

#[test]
fn every_row_says_what_the_notice_leaves_open() {
    for row in &shipped().document().rows {
        assert!(!row.decided_by_us.is_empty(), "{}", row.id);
    }
}
