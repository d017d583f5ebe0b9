//! One broken rule at a time, each with the place it is reported at. The ten of `broken/` are the longer stories.

use serde_json::{Value, json};
use sluicegate::register::Rule;

use super::{SHIPPED, add, at, at_item, json_path, places, problems, remove, replace};

/// The one problem that this patch makes, at this JSON pointer.
#[track_caller]
fn refused(patch: Value, pointer: &str, rule: Rule) {
    let found = problems(patch.clone());
    assert_eq!(places(&found), [(json_path(pointer).as_str(), rule)], "{patch}: {found:#?}");
}

/// The same at the place that was patched.
#[track_caller]
fn refused_there(pointer: &str, value: impl Into<Value>, rule: Rule) {
    refused(replace(pointer, value), pointer, rule);
}

fn device_item(id: &str) -> Value {
    json!({ "id": id, "label": { "zh": "名称", "en": "name" }, "type": "text", "sensitive": false,
        "identifies": "nobody", "changeable": true, "source": "device" })
}

fn new_item(id: &str, field: &str, value: impl Into<Value>) -> Value {
    let mut item = device_item(id);
    item[field] = value.into();
    add("/items/0", item)
}

/// The JSON pointers of every text that is given in both languages.
fn bilingual(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("zh") && members.contains_key("en") {
                found.push(pointer.to_owned());
            }
            members.iter().for_each(|(name, member)| bilingual(member, &format!("{pointer}/{name}"), found));
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                bilingual(element, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_text_is_missing_in_either_language() {
    let mut texts = Vec::new();
    bilingual(&serde_json::from_slice(SHIPPED).unwrap(), "", &mut texts);
    assert!(texts.len() > 100);
    for text in texts.iter().filter(|text| !text.ends_with("/as_published/policy")) {
        for language in ["zh", "en"] {
            let pointer = format!("{text}/{language}");
            let found = problems(replace(&pointer, " "));
            let at = json_path(&pointer);
            assert!(places(&found).contains(&(at.as_str(), Rule::MissingText)), "{at}: {found:#?}");
        }
    }
}

#[test]
fn what_has_an_id_has_one_of_the_right_form() {
    let lists = ["purposes", "items", "recipients", "rows"].map(|list| format!("/{list}/0/id"));
    let others = ["/id", "/controller/id", "/rows/0/scenario"].map(str::to_owned);
    for pointer in lists.iter().chain(&others) {
        let found = problems(replace(pointer, "Not an id"));
        assert!(places(&found).contains(&(json_path(pointer).as_str(), Rule::Form)), "{pointer}: {found:#?}");
    }
}

#[test]
fn what_is_needed_is_not_empty() {
    for pointer in ["/notices", "/rows/0/items"] {
        let found = problems(replace(pointer, json!([])));
        let at = json_path(pointer);
        assert!(places(&found).contains(&(at.as_str(), Rule::MissingText)), "{found:#?}");
    }
    refused_there("/controller/contact", " ", Rule::MissingText);
    refused_there("/rows/0/impact_assessment", " ", Rule::MissingText);
    refused_there("/format", "sluicegate-register/1", Rule::Format);
    refused_there("/version", 0, Rule::Form);
}

#[test]
fn what_is_never_collected_has_no_name() {
    for id in
        ["device.imei2", "device.wifi_ssid", "sim.serial-number", "net.ip", "device.location", "host.imsi"]
    {
        refused(add("/items/0", device_item(id)), "/items/0/id", Rule::ImmutableIdentifier);
    }
    let label = json!({ "zh": "手机IMEI", "en": "phone number one" });
    refused(new_item("device.one", "label", label), "/items/0/label", Rule::ImmutableIdentifier);
}

#[test]
fn an_identifier_can_be_reset_and_says_that_it_identifies() {
    let model = at("items", "device.install_id");
    refused(
        replace(&format!("{model}/changeable"), false),
        &format!("{model}/changeable"),
        Rule::ImmutableIdentifier,
    );
    refused(add("/items/0", device_item("device.gaid")), "/items/0/identifies", Rule::Mismatch);
}

#[test]
fn a_device_signal_can_t_pass_for_a_fact_of_the_host() {
    refused(new_item("device.one", "source", "host"), "/items/0/source", Rule::Mismatch);
    let mut verdict = device_item("order.safe");
    verdict["type"] = "verdict".into();
    verdict["source"] = "host".into();
    refused(add("/items/0", verdict), "/items/0/source", Rule::Mismatch);
    refused(new_item("device.one", "type", "event"), "/items/0/source", Rule::Mismatch);
}

#[test]
fn bounds_fit_the_type() {
    let amount = at("items", "order.amount_minor");
    refused(add(&format!("{amount}/max"), 5), &format!("{amount}/max"), Rule::Mismatch);
    refused(add(&format!("{amount}/one_of"), json!(["5"])), &format!("{amount}/one_of"), Rule::Mismatch);
}

#[test]
fn a_label_enumerates_one_thing() {
    let label = format!("{}/label", at("items", "order.note"));
    for (zh, en) in
        [("备注等", "note"), ("订单信息", "note"), ("备注", "Order information"), ("备注", "notes etc.")]
    {
        refused_there(&label, json!({ "zh": zh, "en": en }), Rule::VagueItem);
    }
}

#[test]
fn recipients_have_the_keys_their_kind_needs() {
    let (alipay, ads) = (at("recipients", "alipay"), at("recipients", "ads"));
    let pin =
        json!([{ "party": "x", "name": "X", "thumbprint": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" }]);
    refused(add(&format!("{alipay}/pinned"), pin), &format!("{alipay}/pinned"), Rule::Mismatch);
    let key = json!([{ "kty": "OKP", "crv": "X25519", "use": "enc",
        "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08" }]);
    refused(add(&format!("{ads}/keys"), key), &format!("{ads}/keys"), Rule::Mismatch);
    refused_there(&format!("{ads}/pinned/0/thumbprint"), "x", Rule::Key);
    refused_there(&format!("{ads}/pinned/0/name"), " ", Rule::MissingText);
    refused_there(&format!("{ads}/pinned/0/party"), "", Rule::Form);
    let again = json!({ "party": "lantern", "name": "L", "thumbprint": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" });
    refused(add(&format!("{ads}/pinned/-"), again), &format!("{ads}/pinned/1/party"), Rule::Duplicate);
    let no_signature = problems(remove(&format!("{alipay}/keys/1")));
    let aml = json_path(&format!("{}/recipient", at("rows", "alipay.aml")));
    assert_eq!(places(&no_signature), [(aml.as_str(), Rule::StatutoryDuty)]);
    let no_encryption = problems(remove(&format!("{alipay}/keys/0")));
    assert_eq!(no_encryption.len(), 2, "{no_encryption:#?}");
}

#[test]
fn a_private_key_in_a_register_is_noticed() {
    let key = format!("{}/keys/1", at("recipients", "alipay"));
    let found = problems(add(&format!("{key}/d"), "AA"));
    let at_key = json_path(&key);
    assert!(places(&found).contains(&(at_key.as_str(), Rule::Key)), "{found:#?}");
    assert!(found[0].message.contains("private"), "{found:#?}");
}

#[test]
fn a_background_row_holds_nothing_of_the_device() {
    let row = at("rows", "merchants.order");
    let item = json!({ "item": "device.model", "ground": "separate_consent", "necessity": "optional", "transform": "none" });
    let decided = json!({ "what": { "zh": "型号", "en": "model" }, "items": ["device.model"] });
    let patch = json!([
        { "op": "add", "path": format!("{row}/items/0"), "value": item },
        { "op": "add", "path": format!("{row}/decided_by_us/0"), "value": decided },
    ]);
    refused(patch, &format!("{row}/items/0/item"), Rule::Mismatch);
    let note = at_item("merchants.order", "order.note");
    refused(replace(&format!("{note}/transform"), "pseudonym"), &format!("{note}/transform"), Rule::Mismatch);
}

#[test]
fn only_a_text_can_be_de_identified() {
    let created = at_item("alipay.payment", "order.created_at");
    refused_there(&format!("{created}/transform"), "pseudonym", Rule::Mismatch);
}

#[test]
fn a_statutory_duty_is_one_company_s_and_runs_on_its_request() {
    let row = at("rows", "alipay.aml");
    refused_there(&format!("{row}/method"), "interface", Rule::StatutoryDuty);
    let id = at_item("logistics.order", "order.id");
    let found = problems(replace(&format!("{id}/ground"), "statutory_duty"));
    let row = json_path(&at("rows", "logistics.order"));
    let expected =
        [(format!("{row}.recipient"), Rule::StatutoryDuty), (format!("{row}.method"), Rule::StatutoryDuty)];
    let found: Vec<_> = found.into_iter().map(|problem| (problem.path, problem.rule)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_refusal_can_t_break_what_the_contract_needs() {
    let id = at_item("logistics.order", "order.id");
    refused(replace(&format!("{id}/ground"), "separate_consent"), &format!("{id}/necessity"), Rule::Mismatch);
}

#[test]
fn advertising_stands_on_consent_and_never_reaches_children() {
    let row = at("rows", "ads.delivery");
    refused_there(&format!("{row}/minors"), "guardian", Rule::Advertising);
    refused_there(
        &format!("{}/ground", at_item("ads.delivery", "ad.exposure")),
        "contract",
        Rule::Advertising,
    );
}

#[test]
fn a_device_identifier_in_the_clear_is_not_de_identified() {
    let pseudonym = at_item("ads.delivery", "ad.pseudonym");
    refused(
        replace(&format!("{pseudonym}/transform"), "none"),
        &format!("{pseudonym}/item"),
        Rule::NotDeidentified,
    );
}

#[test]
fn a_linkable_identifier_is_optional_and_on_its_own_consent() {
    let oaid = at_item("ads.delivery", "device.oaid");
    for (field, value) in [("ground", "consent"), ("necessity", "required")] {
        refused(
            replace(&format!("{oaid}/{field}"), value),
            &format!("{oaid}/ground"),
            Rule::LinkableIdentifier,
        );
    }
}

#[test]
fn a_sensitive_item_says_why_in_its_row() {
    let row = at("rows", "alipay.payment");
    let user = at_item("alipay.payment", "alipay.user_id");
    refused(remove(&format!("{row}/sensitive_because")), &format!("{user}/item"), Rule::SensitiveItem);
}

#[test]
fn a_noun_is_quoted_as_it_stands_and_means_items_of_its_row() {
    let row = at("rows", "logistics.order");
    let noun = format!("{row}/as_published/nouns/0");
    // The published typo is quoted too: mending it is not quoting.
    let found = problems(replace(&format!("{noun}/en"), "other information regarding an order"));
    let rules: Vec<_> = found.iter().map(|problem| problem.rule).collect();
    assert_eq!(rules, [Rule::UnmappedNoun, Rule::UnmappedNoun]);
    refused(add(&format!("{noun}/items/-"), "order.note"), &format!("{noun}/items"), Rule::UnknownReference);
    let product = format!("{}/as_published/product/en", at("rows", "alipay.payment"));
    refused_there(&product, "", Rule::MissingText);
}

#[test]
fn two_rows_can_t_answer_the_same_ask() {
    let row = at("rows", "logistics.order");
    let patch = json!([
        { "op": "copy", "from": row, "path": "/rows/-" },
        { "op": "replace", "path": "/rows/5/id", "value": "logistics.order.2" },
    ]);
    refused(patch, "/rows/5/scenario", Rule::Duplicate);
    let item = at_item("logistics.order", "order.id");
    let twice = json!([{ "op": "copy", "from": item, "path": format!("{row}/items/-") }]);
    let found = problems(twice);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, Rule::Duplicate);
}

#[test]
fn dates_and_links_are_what_they_say() {
    refused_there("/issued", "2026-00-10", Rule::Form);
    refused_there("/issued", "2026-02-32", Rule::Form);
    refused_there("/notices/0/url", "https://", Rule::Form);
    refused_there("/notices/0/language", "中文", Rule::Form);
    refused_there("/notices/0/digest", "00", Rule::Form);
    refused_there("/controller/jurisdiction", "cn", Rule::Form);
}
