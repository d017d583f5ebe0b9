//! Diff of two registers: what happened to each row, and who is asked again; and the kill switch.

use serde_json::json;
use sluicegate::register::{Change, Diff, ItemId, Register, RowChange, RowId, Widening};

use super::{at, parsed, replace, shipped};

fn changes(new: &Register) -> Vec<RowChange> {
    let diff = Diff::between(&shipped(), new);
    assert_eq!((diff.from, diff.to), (1, new.version()));
    diff.rows
}

fn change(row: &str, change: Change, notice_again: bool, consent_again: bool) -> RowChange {
    RowChange { row: RowId::new(row).unwrap(), change, notice_again, consent_again }
}

fn in_row(row: &str, field: &str) -> String {
    format!("{}/{field}", at("rows", row))
}

#[test]
fn the_same_register_has_no_diff() {
    let diff = Diff::between(&shipped(), &shipped());
    assert!(diff.rows.is_empty() && diff.asks_nobody());
}

#[test]
fn a_narrowed_row_asks_nobody() {
    let narrowed = parsed(json!([
        { "op": "replace", "path": "/version", "value": 2 },
        { "op": "replace", "path": in_row("ads.delivery", "retention"), "value": "P3M" },
    ]));
    assert_eq!(changes(&narrowed), [change("ads.delivery", Change::Narrowed, false, false)]);
    assert!(Diff::between(&shipped(), &narrowed).asks_nobody());
}

#[test]
fn a_widened_row_asks_those_who_answered_for_it_and_no_others() {
    let consent = parsed(replace(&in_row("ads.delivery", "retention"), "P1Y"));
    let widened = || Change::Widened { by: vec![Widening::Retention] };
    assert_eq!(changes(&consent), [change("ads.delivery", widened(), true, true)]);
    assert!(!Diff::between(&shipped(), &consent).asks_nobody());
    // A contract row is told about again; there is no consent to ask for.
    let contract = parsed(replace(&in_row("merchants.order", "retention"), "P5Y"));
    assert_eq!(changes(&contract), [change("merchants.order", widened(), true, false)]);
}

#[test]
fn an_item_shared_by_several_rows_changes_them_all() {
    let longer = parsed(replace(&format!("{}/max", at("items", "order.line_titles")), 300));
    let rows: Vec<_> = changes(&longer).into_iter().map(|change| change.row.to_string()).collect();
    assert_eq!(rows, ["alipay.payment", "merchants.order", "logistics.order"]);
}

#[test]
fn a_rewording_that_is_marked_asks_nobody_and_one_that_is_not_asks() {
    let label = format!("{}/label/en", at("items", "ad.click"));
    let by = Change::Widened { by: vec![Widening::Wording] };
    assert_eq!(changes(&parsed(replace(&label, "a tap"))), [change("ads.delivery", by, true, true)]);
    let old = shipped();
    let hash = old.row(&RowId::new("ads.delivery").unwrap()).unwrap().hash();
    let marked = parsed(json!([
        { "op": "replace", "path": label, "value": "a tap" },
        { "op": "add", "path": in_row("ads.delivery", "editorial_of"), "value": [hash.to_string()] },
    ]));
    assert_eq!(changes(&marked), [change("ads.delivery", Change::Reworded, false, false)]);
}

#[test]
fn rows_that_come_and_go_are_named() {
    let ads = at("rows", "ads.delivery");
    let without = parsed(json!([{ "op": "remove", "path": ads }]));
    assert_eq!(changes(&without), [change("ads.delivery", Change::Removed, false, false)]);
    let back = Diff::between(&without, &shipped());
    assert_eq!(back.rows, [change("ads.delivery", Change::Added, true, false)]);
}

#[test]
fn a_newer_notice_is_accepted_again_though_the_row_is_the_same() {
    let digest = "00".repeat(32);
    let notice = |language| {
        json!({ "op": "add", "path": "/notices/-", "value": { "version": 2, "language": language,
            "url": "https://privacy.1688.example/2", "digest": digest } })
    };
    let newer = parsed(json!([
        notice("zh"),
        notice("en"),
        { "op": "replace", "path": in_row("logistics.order", "notice"), "value": 2 },
    ]));
    assert_eq!(newer.newest_notice(), 2);
    assert_eq!(changes(&newer), [change("logistics.order", Change::Narrowed, true, false)]);
}

#[test]
fn a_switched_off_row_or_item_is_off_wherever_it_stands() {
    let off = parsed(json!([{ "op": "add", "path": "/off",
        "value": { "rows": ["ads.delivery"], "items": ["check.root"] } }]));
    let root = ItemId::new("check.root").unwrap();
    for row in off.rows() {
        assert_eq!(row.off, row.id.as_str() == "ads.delivery");
        for item in &row.items {
            assert_eq!(item.off, item.id == root, "{} {}", row.id, item.id);
        }
    }
    assert!(off.rows().iter().filter(|row| row.item(&root).is_some()).count() > 1);
    assert!(Diff::between(&shipped(), &off).asks_nobody());
}

#[test]
fn a_diff_is_written_for_machines_too() {
    let wider = parsed(replace(&in_row("ads.delivery", "frequency/most"), 48));
    assert_eq!(
        serde_json::to_value(Diff::between(&shipped(), &wider)).unwrap(),
        json!({ "from": 1, "to": 1, "rows": [{ "row": "ads.delivery", "is": "widened",
            "by": [{ "change": "frequency" }], "notice_again": true, "consent_again": true }] })
    );
}
