//! Values, items and outcomes as the demo shows them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sluicegate::gate::{Reason, Withheld};
use sluicegate::payload::claims::Items;
use sluicegate::register::{ItemId, Register, RowId, Value, Verdict};
use sluicegate::sdk::Outcome;

/// A value in words.
pub fn value(value: &Value) -> String {
    match value {
        Value::Boolean(true) => "yes".into(),
        Value::Boolean(false) => "no".into(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Integers(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Value::Texts(list) => list.join(", "),
        Value::Verdict(Verdict::Detected { confidence }) => {
            format!("detected, confidence {confidence} of 100")
        }
        Value::Verdict(Verdict::NotDetected) => "not detected".into(),
        Value::Verdict(Verdict::NotEvaluable { reason }) => format!("not evaluable: {reason}"),
    }
}

/// An item's Chinese label, without what stands in parentheses.
pub fn zh(register: &Register, item: &ItemId) -> String {
    let label = register.item(item).map(|item| item.label.zh.clone()).unwrap_or_default();
    let end = label.find(['(', '(']).unwrap_or(label.len());
    label[..end].to_owned()
}

/// What an outcome withholds.
pub fn withheld(outcome: &Outcome) -> &[Withheld] {
    match outcome {
        Outcome::Permitted { withheld, .. } | Outcome::Withheld { withheld, .. } => withheld,
    }
}

/// The items that leave.
pub fn released(outcome: &Outcome) -> BTreeSet<ItemId> {
    match outcome {
        Outcome::Permitted { released, .. } => released.iter().map(|shared| shared.item.clone()).collect(),
        Outcome::Withheld { .. } => BTreeSet::new(),
    }
}

/// Why an item stays, if it does.
pub fn reason(outcome: &Outcome, item: &str) -> Option<Reason> {
    withheld(outcome).iter().find(|withheld| withheld.item.as_str() == item).map(|withheld| withheld.reason)
}

/// Whether nothing leaves, for this reason alone.
pub fn all_withheld(outcome: &Outcome, reason: Reason) -> bool {
    let stays = withheld(outcome);
    matches!(outcome, Outcome::Withheld { .. })
        && !stays.is_empty()
        && stays.iter().all(|withheld| withheld.reason == reason)
}

/// The text that leaves.
pub fn text(outcome: &Outcome) -> Result<&str, String> {
    match outcome {
        Outcome::Permitted { delivery, .. } => Ok(delivery.text()),
        Outcome::Withheld { row, withheld, .. } => {
            let why = withheld.first().map_or("", |withheld| withheld.reason.code());
            Err(format!("{row} was withheld: {why}"))
        }
    }
}

/// Each reason of an outcome with the items that stay for it.
pub fn by_reason(outcome: &Outcome) -> BTreeMap<Reason, Vec<&ItemId>> {
    let mut reasons: BTreeMap<Reason, Vec<&ItemId>> = BTreeMap::new();
    for withheld in withheld(outcome) {
        reasons.entry(withheld.reason).or_default().push(&withheld.item);
    }
    reasons
}

/// A line for each reason: its code, and its sentence in both languages.
pub fn legend<'o>(outcomes: impl IntoIterator<Item = &'o Outcome>) -> String {
    let mut reasons = BTreeSet::new();
    for outcome in outcomes {
        reasons.extend(withheld(outcome).iter().map(|withheld| withheld.reason));
    }
    let line = |reason: Reason| {
        let sentence = reason.sentence();
        format!("{}: {} {}\n", reason.code(), sentence.zh, sentence.en)
    };
    reasons.into_iter().map(line).collect()
}

/// Item ids, in a line.
pub fn names<'i>(items: impl IntoIterator<Item = &'i ItemId>) -> String {
    items.into_iter().map(ItemId::as_str).collect::<Vec<_>>().join(", ")
}

/// The same items, whatever their order.
pub fn same(items: &Items, outcome: &Outcome) -> bool {
    items.keys().cloned().collect::<BTreeSet<_>>() == released(outcome)
}

/// An outcome for the JSON.
pub fn outcome_json(outcome: &Outcome) -> serde_json::Value {
    let (row, what): (&RowId, _) = match outcome {
        Outcome::Permitted { row, .. } => (row, "permitted"),
        Outcome::Withheld { row, .. } => (row, "withheld"),
    };
    json!({ "row": row, "outcome": what, "released": released(outcome), "withheld": withheld(outcome) })
}
