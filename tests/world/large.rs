//! A register of any size, for measuring: companies with keys, ten items in each row.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use super::document::{document, item, purpose, recipient, row, row_item, sealing_key};
use super::sluicegate::register::document::{Document, Kind};
use super::sluicegate::register::{Ground, Identifies, Necessity, Source, Transform};

/// Rows to a twentieth as many companies, on this many items.
pub fn large(rows: usize, items: usize) -> Document {
    let companies = rows.div_ceil(20);
    let item_ids: Vec<String> = (0..items).map(|index| format!("item.n{index}")).collect();
    let host_items = item_ids.iter().map(|id| item(id, Source::Host, Identifies::Nobody)).collect();
    let company = |index: usize| {
        let mut company = recipient(&format!("company{index}"));
        company.kind = Kind::Company;
        company.keys = vec![sealing_key(), signing_key()];
        company
    };
    let written = |index: usize| {
        let within = (0..10).map(|at| {
            let ground = [Ground::Contract, Ground::SeparateConsent][at % 2];
            let id = &item_ids[(index * 10 + at) % items];
            row_item(id, ground, Necessity::Optional, Transform::None)
        });
        row(&format!("row{index}"), &format!("company{}", index % companies), "purpose", within.collect())
    };
    document(
        host_items,
        (0..companies).map(company).collect(),
        vec![purpose("purpose", "DeliveryOfGoods")],
        (0..rows).map(written).collect(),
    )
}

fn signing_key() -> serde_json::Value {
    let mut key = sealing_key();
    key["use"] = "sig".into();
    key
}
