//! INVARIANT 5, a register change never widens sharing: which changes of a row keep an answer and which void it.

use serde_json::{Value, json};
use sluicegate::register::{CanonicalRow, ItemId, Register, Row, RowId, Widening};

use super::{add, at, at_item, parsed, remove, replace, shipped};

fn row<'r>(register: &'r Register, id: &str) -> &'r Row {
    register.row(&RowId::new(id).unwrap()).unwrap()
}

/// How the patch widens the row; the other way round too.
#[track_caller]
fn widenings(id: &str, patch: Value) -> (Vec<Widening>, Vec<Widening>) {
    let (old, new) = (shipped(), parsed(patch));
    let (then, now) = (row(&old, id), row(&new, id));
    assert_ne!(then.hash(), now.hash(), "the change does not show in the hash");
    assert_eq!(
        now.is_held_by(then.canonical(), then.hash()),
        then.canonical().holds_for(now.canonical(), false)
    );
    (then.canonical().widenings(now.canonical(), false), now.canonical().widenings(then.canonical(), false))
}

/// The patch widens the row in this way, and undoing it does not.
#[track_caller]
fn widens(id: &str, patch: Value, by: Widening) {
    assert_eq!(widenings(id, patch), (vec![by], vec![]));
}

/// Either way is a widening: neither side is less than the other.
#[track_caller]
fn widens_both_ways(id: &str, patch: Value, by: Widening) {
    assert_eq!(widenings(id, patch), (vec![by.clone()], vec![by]));
}

fn item(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

fn in_row(row: &str, field: &str) -> String {
    format!("{}/{field}", at("rows", row))
}

#[test]
fn a_row_holds_for_itself() {
    for row in shipped().rows() {
        assert!(row.is_held_by(row.canonical(), row.hash()), "{}", row.id);
    }
}

#[test]
fn fewer_items_hold_and_more_do_not() {
    let carrier = json!([
        { "op": "add", "path": in_row("alipay.payment", "items/-"), "value":
            { "item": "device.carrier_name", "ground": "separate_consent", "necessity": "optional", "transform": "none" } },
        { "op": "add", "path": in_row("alipay.payment", "decided_by_us/1/items/-"), "value": "order.id" },
        { "op": "add", "path": in_row("alipay.payment", "decided_by_us/3/items/-"), "value": "device.carrier_name" },
    ]);
    widens("alipay.payment", carrier, Widening::Item { item: item("device.carrier_name") });
}

#[test]
fn a_canonical_row_remembers_what_was_asked_alone() {
    let register = shipped();
    let mut alone = 0;
    for row in register.rows() {
        for kept in &row.canonical().items {
            let asks_alone = row.item(&kept.item).unwrap().asks_alone();
            assert_eq!(kept.asks_alone(), asks_alone, "{} {}", row.id, kept.item);
            alone += usize::from(asks_alone);
        }
    }
    assert_eq!(alone, 2);
}

#[test]
fn the_order_of_items_is_no_change() {
    let move_item = json!([{ "op": "move", "from": at_item("alipay.payment", "device.locale"),
        "path": in_row("alipay.payment", "items/0") }]);
    let (old, new) = (shipped(), parsed(move_item));
    assert_eq!(row(&old, "alipay.payment").hash(), row(&new, "alipay.payment").hash());
}

#[test]
fn kept_longer_or_run_more_often_widens() {
    widens("ads.delivery", replace(&in_row("ads.delivery", "retention"), "P1Y"), Widening::Retention);
    widens("ads.delivery", replace(&in_row("ads.delivery", "frequency/most"), 25), Widening::Frequency);
    widens(
        "ads.delivery",
        replace(&in_row("ads.delivery", "frequency/within"), "PT12H"),
        Widening::Frequency,
    );
    widens("ads.delivery", remove(&in_row("ads.delivery", "frequency")), Widening::Frequency);
}

#[test]
fn another_recipient_purpose_scenario_or_method_widens_either_way() {
    let recipient = format!("{}/relation", at("recipients", "logistics"));
    widens_both_ways("logistics.order", replace(&recipient, "affiliate"), Widening::Recipient);
    let role = format!("{}/role", at("recipients", "logistics"));
    let (entrusted, independent) = widenings("logistics.order", replace(&role, "entrusted_party"));
    assert_eq!((entrusted, independent), (vec![], vec![Widening::Recipient]));
    let scenario = in_row("logistics.order", "scenario");
    widens_both_ways("logistics.order", replace(&scenario, "order.paid"), Widening::Scenario);
    let purpose = in_row("logistics.order", "purpose");
    widens_both_ways("logistics.order", replace(&purpose, "order.performance"), Widening::Purpose);
    let method = in_row("logistics.order", "method");
    widens_both_ways("logistics.order", replace(&method, "background"), Widening::Method);
    let carriers = replace(&in_row("logistics.order", "recipient"), "merchants");
    let (by, _) = widenings("logistics.order", {
        let mut patch = carriers;
        patch.as_array_mut().unwrap().extend(replace(&scenario, "order.sent").as_array().unwrap().clone());
        patch
    });
    assert_eq!(by, [Widening::Recipient, Widening::Scenario, Widening::Wording]);
}

#[test]
fn a_row_that_now_runs_for_children_widens() {
    let minors = in_row("logistics.order", "minors");
    assert_eq!(widenings("logistics.order", replace(&minors, "never")), (vec![], vec![Widening::Minors]));
}

#[test]
fn a_row_that_is_no_longer_de_identified_widens() {
    widens("ads.delivery", replace(&in_row("ads.delivery", "deidentified"), false), Widening::Identification);
}

#[test]
fn a_ground_may_only_move_to_separate_consent() {
    let note = at_item("logistics.order", "service.names");
    let (to_consent, back) =
        widenings("logistics.order", replace(&format!("{note}/ground"), "separate_consent"));
    assert_eq!(to_consent, []);
    assert_eq!(back, [Widening::Ground { item: item("service.names") }]);
    let title = at_item("alipay.aml", "order.paid_at");
    widens_both_ways(
        "alipay.aml",
        replace(&format!("{title}/ground"), "contract"),
        Widening::Ground { item: item("order.paid_at") },
    );
}

#[test]
fn an_item_that_can_no_longer_be_left_out_widens() {
    let note = at_item("merchants.order", "order.note");
    let required = replace(&format!("{note}/necessity"), "required");
    widens("merchants.order", required, Widening::Necessity { item: item("order.note") });
}

#[test]
fn a_transform_may_only_move_to_one_that_shows_less() {
    let oaid = at_item("ads.delivery", "device.oaid");
    let exposed = Widening::Exposure { item: item("device.oaid") };
    for worse in ["sha256_md5", "md5"] {
        widens("ads.delivery", replace(&format!("{oaid}/transform"), worse), exposed.clone());
    }
    let (better, back) = widenings("ads.delivery", replace(&format!("{oaid}/transform"), "pseudonym"));
    assert_eq!((better, back), (vec![], vec![exposed]));
}

#[test]
fn an_item_that_is_or_says_more_than_it_did_widens() {
    let note = at("items", "order.note");
    let exposed = Widening::Exposure { item: item("order.note") };
    widens("merchants.order", replace(&format!("{note}/max"), 501), exposed.clone());
    widens("merchants.order", remove(&format!("{note}/max")), exposed);
    let titles = at("items", "order.line_titles");
    let exposed = Widening::Exposure { item: item("order.line_titles") };
    widens("merchants.order", replace(&format!("{titles}/identifies"), "person"), exposed.clone());
    let kind = json!([{ "op": "replace", "path": format!("{titles}/type"), "value": "integers" }]);
    widens_both_ways("merchants.order", kind, exposed.clone());
    let network = at("items", "device.network_type");
    let exposed = Widening::Exposure { item: item("device.network_type") };
    widens("alipay.payment", add(&format!("{network}/one_of/-"), "satellite"), exposed.clone());
    widens("alipay.payment", remove(&format!("{network}/one_of")), exposed);
}

#[test]
fn an_item_that_turns_sensitive_widens() {
    let note = format!("{}/sensitive", at("items", "order.line_titles"));
    let mut patch = replace(&note, true);
    for row in ["merchants.order", "logistics.order"] {
        let because = json!({ "op": "add", "path": in_row(row, "sensitive_because"),
            "value": { "zh": "原因", "en": "because" } });
        patch.as_array_mut().unwrap().push(because);
    }
    widens("merchants.order", patch, Widening::Exposure { item: item("order.line_titles") });
}

#[test]
fn an_item_now_read_on_the_device_widens() {
    let canonical = row(&shipped(), "merchants.order").canonical().clone();
    let mut now = serde_json::to_value(&canonical).unwrap();
    now["items"][0]["source"] = "device".into();
    let read: CanonicalRow = serde_json::from_value(now).unwrap();
    let exposed = Widening::Exposure { item: canonical.items[0].item.clone() };
    assert_eq!(canonical.widenings(&read, false), [exposed]);
    assert_eq!(read.widenings(&canonical, false), []);
}

#[test]
fn other_words_void_an_answer_unless_the_register_says_they_are_editorial() {
    let old = shipped();
    let then = row(&old, "ads.delivery");
    for path in [
        format!("{}/text/zh", at("purposes", "ads.delivery")),
        format!("{}/name/en", at("recipients", "ads")),
        format!("{}/label/en", at("items", "ad.click")),
    ] {
        let mut patch = replace(&path, "otherwise worded");
        widens_both_ways("ads.delivery", patch.clone(), Widening::Wording);
        let mark = json!({ "op": "add", "path": in_row("ads.delivery", "editorial_of"),
            "value": [then.hash().to_string()] });
        patch.as_array_mut().unwrap().push(mark);
        let marked = parsed(patch);
        assert!(row(&marked, "ads.delivery").is_held_by(then.canonical(), then.hash()), "{path}");
    }
}

#[test]
fn the_editorial_mark_excuses_words_alone() {
    let old = shipped();
    let then = row(&old, "ads.delivery");
    let marked = parsed(json!([
        { "op": "replace", "path": in_row("ads.delivery", "retention"), "value": "P9M" },
        { "op": "replace", "path": format!("{}/label/en", at("items", "ad.click")), "value": "a tap" },
        { "op": "add", "path": in_row("ads.delivery", "editorial_of"), "value": [then.hash().to_string()] },
    ]));
    let now = row(&marked, "ads.delivery");
    assert!(!now.is_held_by(then.canonical(), then.hash()));
    assert_eq!(then.canonical().widenings(now.canonical(), true), [Widening::Retention]);
}

#[test]
fn what_is_not_part_of_an_answer_does_not_move_the_hash() {
    for patch in [
        replace("/version", 2),
        replace(&in_row("ads.delivery", "consent_lasts"), "P1M"),
        replace(&in_row("ads.delivery", "ask_again_after"), "P1Y"),
        replace(&in_row("ads.delivery", "impact_assessment"), "PIA-2"),
        replace(&in_row("ads.delivery", "how_to_refuse/en"), "Elsewhere."),
        add("/off", json!({ "rows": ["ads.delivery"], "items": ["check.root"] })),
    ] {
        let (old, new) = (shipped(), parsed(patch.clone()));
        assert_ne!(old.digest(), new.digest(), "{patch}");
        for (then, now) in old.rows().iter().zip(new.rows()) {
            assert_eq!(then.hash(), now.hash(), "{patch}");
        }
    }
}
