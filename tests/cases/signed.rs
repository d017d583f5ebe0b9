//! What case files use that only the controller, a recipient or a stranger can make: registers, cards, requests, keys.
//!
//! All of it is derived from `registers/1688.json` and the demo keys; `UPDATE=1 cargo test --test cases` writes it anew.

use std::fs;

use serde_json::{Value, json};
use sluicegate::jose::jws::Header;
use sluicegate::payload::typ;
use sluicegate::register::{REGISTER_TYP, Register, RowId};
use sluicegate_cli::demo_controller::key;

use super::folder;

/// 2026-11-24T12:00:00Z in seconds.
const NOON: i64 = 1_795_521_600;
const DAY: i64 = 86_400;

fn shipped() -> Value {
    serde_json::from_str(include_str!("../../registers/1688.json")).unwrap()
}

fn row<'r>(register: &'r mut Value, id: &str) -> &'r mut Value {
    let rows = register["rows"].as_array_mut().unwrap();
    rows.iter_mut().find(|row| row["id"] == id).unwrap()
}

/// The shipped register, changed, in this version.
fn register(version: u64, change: impl FnOnce(&mut Value)) -> Value {
    let mut register = shipped();
    register["version"] = version.into();
    change(&mut register);
    register
}

fn sign(typ: &str, company: &str, claims: &Value) -> String {
    let key = key(company, "sig").unwrap();
    key.sign_es256(Header::es256(typ, key.public()), claims).unwrap()
}

fn retention(register: &mut Value, years: [&str; 5]) {
    let ids = ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"];
    for (id, period) in ids.into_iter().zip(years) {
        row(register, id)["retention"] = period.into();
    }
}

/// The payment's purpose in other words.
fn reword(register: &mut Value) {
    let purposes = register["purposes"].as_array_mut().unwrap();
    let payment = purposes.iter_mut().find(|purpose| purpose["id"] == "order.payment").unwrap();
    payment["text"] = json!({ "zh": "支付订单", "en": "Paying for the order" });
}

fn remove_item(row: &mut Value, item: &str) {
    row["items"].as_array_mut().unwrap().retain(|entry| entry["item"] != item);
    for list in row["as_published"]["nouns"].as_array_mut().unwrap() {
        list["items"].as_array_mut().unwrap().retain(|id| id != item);
    }
    for decided in row["decided_by_us"].as_array_mut().unwrap() {
        if let Some(items) = decided.get_mut("items") {
            items.as_array_mut().unwrap().retain(|id| id != item);
        }
    }
}

fn registers() -> Vec<(&'static str, String)> {
    let all = ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"];
    let old = Register::parse(include_bytes!("../../registers/1688.json")).unwrap();
    let payment = old.row(&RowId::new("alipay.payment").unwrap()).unwrap().hash();
    let signed = |register: Value| sign(REGISTER_TYP, "1688", &register);
    let shipped_again = signed(register(1, |_| ()));
    // The signature of one version 1 under the bytes of another.
    let other = signed(register(1, |register| register["issued"] = "2026-11-25".into()));
    let (body, _) = other.rsplit_once('.').unwrap();
    let (_, signature) = shipped_again.rsplit_once('.').unwrap();
    let tampered = format!("{body}.{signature}");
    vec![
        ("1-other", other),
        ("1-tampered", tampered),
        ("1-strangers", sign(REGISTER_TYP, "alipay", &shipped())),
        ("2-widened", signed(register(2, |r| retention(r, ["P5Y", "P12Y", "P5Y", "P1Y", "P2Y"])))),
        (
            "2-narrowed",
            signed(register(2, |r| {
                retention(r, ["P1Y", "P5Y", "P1Y", "P3M", "P6M"]);
                remove_item(row(r, "alipay.payment"), "check.attestation");
            })),
        ),
        ("2-reworded", signed(register(2, reword))),
        (
            "2-editorial",
            signed(register(2, |r| {
                reword(r);
                row(r, "alipay.payment")["editorial_of"] = json!([payment]);
            })),
        ),
        ("2-rows-off", signed(register(2, |r| r["off"] = json!({ "rows": all, "items": [] })))),
        (
            "2-items-off",
            signed(register(2, |r| {
                let items = ["device.os_name", "account.member_name", "order.note", "ad.click", "service.id"];
                r["off"] = json!({ "rows": [], "items": items });
            })),
        ),
        (
            "2-required-off",
            signed(register(2, |r| r["off"] = json!({ "rows": [], "items": ["order.id", "ad.exposure"] }))),
        ),
        ("3-on-again", signed(register(3, |_| ()))),
        (
            "2-once-a-day",
            signed(register(2, |r| {
                for id in ["alipay.aml", "ads.delivery"] {
                    row(r, id)["frequency"] = json!({ "most": 1, "within": "P1D" });
                }
            })),
        ),
        (
            "2-against-the-rules",
            signed(register(2, |r| row(r, "alipay.payment")["items"][7]["ground"] = "contract".into())),
        ),
    ]
}

fn card(signer: &str, party: &str, recipient: &str, keyed: bool) -> String {
    let mut claims = json!({
        "iss": signer, "sub": party, "recipient": recipient, "name": party, "iat": NOON, "exp": NOON + DAY,
    });
    if keyed {
        claims["jwk"] = serde_json::to_value(key("kite", "enc").unwrap().public()).unwrap();
    }
    sign(typ::PARTY, signer, &claims)
}

fn request(signer: &str, jti: &str, order: &str, secret: bool, from: i64) -> String {
    let claims = json!({
        "iss": signer, "aud": "1688", "case": "AML-2026-0042", "order": order, "secret": secret, "jti": jti,
        "iat": from, "exp": from + 3600,
    });
    sign(typ::AML, signer, &claims)
}

fn cards_and_requests() -> Vec<(&'static str, String)> {
    vec![
        ("card-kite", card("1688", "kite", "ads", true)),
        ("card-kite-without-key", card("1688", "kite", "ads", false)),
        ("card-kite-by-a-stranger", card("alipay", "kite", "ads", true)),
        ("card-kite-as-carrier", card("1688", "kite", "logistics", true)),
        ("aml-1", request("alipay", "req-1", "1688-0001", false, NOON)),
        ("aml-2", request("alipay", "req-2", "1688-0001", false, NOON)),
        ("aml-secret", request("alipay", "req-3", "1688-0001", true, NOON)),
        ("aml-of-another-order", request("alipay", "req-4", "1688-0002", false, NOON)),
        ("aml-a-year-later", request("alipay", "req-5", "1688-0001", false, NOON + 366 * DAY)),
        ("aml-by-a-stranger", request("1688", "req-6", "1688-0001", false, NOON)),
    ]
}

fn keys() -> Vec<(&'static str, String)> {
    let public = |company: &str, key_use: &str| {
        serde_json::to_string(key(company, key_use).unwrap().public()).unwrap()
    };
    let parties = ["lantern", "kite", "heron"].map(|party| (party, public(party, "enc")));
    [("controller", public("1688", "sig")), ("alipay-sig", public("alipay", "sig"))]
        .into_iter()
        .chain(parties)
        .collect()
}

#[test]
fn what_cases_use_is_what_the_shipped_register_and_the_demo_keys_give() {
    let named = |sub: &'static str, end: &'static str, made: Vec<(&'static str, String)>| {
        made.into_iter().map(move |(name, text)| (format!("{sub}/{name}.{end}"), text))
    };
    let made = named("registers", "jws", registers())
        .chain(named("signed", "jws", cards_and_requests()))
        .chain(named("keys", "jwk", keys()));
    for (name, text) in made {
        let path = folder().join(&name);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, format!("{text}\n")).unwrap();
        }
        // ES256 by RFC 6979: the same text, signature included.
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found.trim(), text, "{name} is stale: UPDATE=1 cargo test --test cases");
    }
}
