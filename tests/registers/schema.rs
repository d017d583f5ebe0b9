//! The JSON Schema beside the register: it accepts the shipped one, and what it refuses the parser refuses too.

use serde_json::{Value, json};
use sluicegate::register::{Register, Rule};

use super::{SHIPPED, add, at, at_item, patched, places, problems, remove, replace};

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../../registers/register.schema.json")).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

#[test]
fn the_shipped_register_is_valid_by_its_schema() {
    let document = serde_json::from_slice(SHIPPED).unwrap();
    let errors: Vec<_> = schema().iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn every_field_of_the_schema_is_described() {
    fn undescribed(value: &Value, path: &str, found: &mut Vec<String>) {
        for (name, field) in value["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            let exempt = path.starts_with("/jwk/") || path.starts_with("/published/");
            let described = field.get("description").is_some() || field.get("$ref").is_some();
            if !exempt && !described {
                found.push(path.clone());
            }
            undescribed(field, &path, found);
            undescribed(&field["items"], &path, found);
        }
    }
    let schema: Value = serde_json::from_str(include_str!("../../registers/register.schema.json")).unwrap();
    let mut found = Vec::new();
    undescribed(&schema, "", &mut found);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        undescribed(definition, &format!("/{name}"), &mut found);
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Breaks of the form, in every part of a register.
fn breaks() -> Vec<Value> {
    let alipay = at("recipients", "alipay");
    let ads = at("rows", "ads.delivery");
    let model = at("items", "device.model");
    let row_item = at_item("alipay.payment", "device.model");
    let ads_recipient = at("recipients", "ads");
    vec![
        replace("/format", "sluicegate-register/1"),
        replace("/id", "The 1688"),
        replace("/version", 0),
        replace("/version", "1"),
        replace("/issued", "24 November 2026"),
        replace("/issued", "2026-13-01"),
        add("/colour", "red"),
        remove("/rows"),
        remove("/controller/rights"),
        replace("/controller/contact", " "),
        replace("/controller/jurisdiction", "China"),
        replace("/controller/keys", json!([])),
        add("/controller/keys/0/d", "AA"),
        replace("/controller/keys/0/crv", "P-384"),
        replace("/notices", json!([])),
        replace("/notices/0/version", 0),
        replace("/notices/0/url", "http://privacy.1688.example"),
        replace("/notices/0/digest", "DF965E926445D40A2666A4C6254E7894D2E8594DB95C37EAB04758B806D4EF5E"),
        replace("/notices/0/language", ""),
        replace("/purposes/0/dpv", "dpv:Everything"),
        replace("/purposes/0/cn_pipl", "OrderPayment"),
        remove("/purposes/0/text/en"),
        replace("/purposes/0/text/zh", ""),
        replace(&format!("{model}/type"), "string"),
        replace(&format!("{model}/identifies"), "household"),
        replace(&format!("{model}/source"), "cloud"),
        replace(&format!("{model}/sensitive"), "no"),
        replace(&format!("{model}/max"), 0),
        replace(&format!("{model}/label"), "Model"),
        replace(&format!("{alipay}/kind"), "group"),
        replace(&format!("{alipay}/role"), "joint_handler"),
        replace(&format!("{alipay}/relation"), "friend"),
        replace(&format!("{ads_recipient}/pinned/0/thumbprint"), "short"),
        replace(&format!("{ads_recipient}/pinned/0/party"), ""),
        replace(&format!("{ads}/method"), "telepathy"),
        replace(&format!("{ads}/retention"), "as long as needed"),
        replace(&format!("{ads}/retention"), "P1Y6M"),
        replace(&format!("{ads}/frequency/most"), 0),
        replace(&format!("{ads}/minors"), "sometimes"),
        replace(&format!("{ads}/impact_assessment"), ""),
        replace(&format!("{ads}/items"), json!([])),
        replace(&format!("{ads}/as_published/nouns/0/items"), json!([])),
        remove(&format!("{ads}/as_published/scenario")),
        add(&format!("{ads}/editorial_of"), json!(["abc"])),
        replace(&format!("{row_item}/ground"), "legitimate_interest"),
        replace(&format!("{row_item}/necessity"), "nice_to_have"),
        replace(&format!("{row_item}/transform"), "rot13"),
        add(&format!("{row_item}/note"), "x"),
        add("/off", json!({ "recipients": ["alipay"] })),
    ]
}

#[test]
fn what_breaks_the_form_is_refused_by_the_schema_and_by_the_parser() {
    let schema = schema();
    for patch in breaks() {
        let bytes = patched(patch.clone());
        let document = serde_json::from_slice(&bytes).unwrap();
        assert!(!schema.is_valid(&document), "the schema accepts {patch}");
        assert!(Register::parse(&bytes).is_err(), "the parser accepts {patch}");
    }
}

#[test]
fn a_field_that_does_not_exist_is_refused_and_named() {
    let row = at_item("alipay.payment", "device.model");
    for (patch, path) in [
        (add("/colour", "red"), "$.colour".to_owned()),
        (add("/off", json!({ "recipients": [] })), "$.off.recipients".to_owned()),
        (add(&format!("{row}/note"), "x"), format!("{}.note", super::json_path(&row))),
        (replace(&format!("{row}/ground"), "hope"), format!("{}.ground", super::json_path(&row))),
    ] {
        assert_eq!(places(&problems(patch)), [(path.as_str(), Rule::Form)]);
    }
}

#[test]
fn what_is_not_a_register_at_all_is_refused() {
    for json in ["", "[]", "null", "{", "{}", "\u{feff}{}"] {
        let invalid = Register::parse(json.as_bytes()).unwrap_err();
        assert!(invalid.problems()[0].path.starts_with('$'), "{json}: {invalid}");
        assert!(!invalid.problems()[0].path.contains(".."), "{json}: {invalid}");
    }
    let twice = [SHIPPED, SHIPPED].concat();
    assert_eq!(places(Register::parse(&twice).unwrap_err().problems()), [("$", Rule::Form)]);
    let doubled = String::from_utf8(SHIPPED.to_vec()).unwrap().replacen('{', "{\"id\": \"1688\",", 1);
    assert!(Register::parse(doubled.as_bytes()).unwrap_err().to_string().contains("duplicate field"));
}
