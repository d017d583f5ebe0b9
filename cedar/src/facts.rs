//! Turns a world into Cedar's entities and contexts: plain facts from the written documents, the answers and
//! the ask. Nothing is decided here.

use std::collections::{HashMap, HashSet};

use cedar_policy::{Entity, EntityUid, RestrictedExpression as Fact};
use sluicegate::consent::{Answer, Manner, State};
use sluicegate::register::document::{Document, Minors, Relation, Role, Row, RowItem};
use sluicegate::register::{Age, Bilingual, Ground, Identifies, Method, Necessity, Transform};

/// An entity's attributes, or a context.
pub type Facts = Vec<(String, Fact)>;

pub fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.parse().expect("a type name"), cedar_policy::EntityId::new(id))
}

pub fn text(text: &str) -> Fact {
    Fact::new_string(text.to_owned())
}

pub fn entity(uid: EntityUid, facts: Facts) -> Entity {
    Entity::new(uid, facts.into_iter().collect::<HashMap<_, _>>(), HashSet::new()).expect("plain attributes")
}

pub fn set(facts: &mut Facts, name: &str, fact: Fact) {
    facts.push((name.to_owned(), fact));
}

fn both(words: &Bilingual) -> String {
    format!("{}|{}", words.zh, words.en)
}

pub fn age(age: Age) -> &'static str {
    match age {
        Age::Unknown => "unknown",
        Age::Under14 => "under_14",
        Age::Over14 => "over_14",
    }
}

pub fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::Consent => "consent",
        Ground::SeparateConsent => "separate_consent",
        Ground::Contract => "contract",
        Ground::StatutoryDuty => "statutory_duty",
    }
}

/// From what shows least, 0, to the plain value, 4.
fn shown(transform: Transform) -> u8 {
    match transform {
        Transform::Pseudonym => 0,
        Transform::Sealed => 1,
        Transform::Sha256Md5 => 2,
        Transform::Md5 => 3,
        Transform::None => 4,
    }
}

/// A row as one version of the register has it.
pub fn row(name: &str, document: &Document, row: &Row) -> Entity {
    let recipient = document.recipients.iter().find(|known| known.id == row.recipient).expect("valid");
    let purpose = document.purposes.iter().find(|known| known.id == row.purpose).expect("valid");
    let item = |within: &RowItem| document.items.iter().find(|known| known.id == within.item).expect("valid");
    let ids = |which: &dyn Fn(&RowItem) -> bool| {
        Fact::new_set(row.items.iter().filter(|within| which(within)).map(|within| text(&within.item)))
    };
    let mut facts = Facts::new();
    let mut add = |name: &str, fact: Fact| set(&mut facts, name, fact);
    add("recipient", text(&row.recipient));
    add("recipientName", text(&both(&recipient.name)));
    add("relation", text(if recipient.relation == Relation::Affiliate { "affiliate" } else { "partner" }));
    let entrusted = recipient.role == Role::EntrustedParty;
    add("role", text(if entrusted { "entrusted_party" } else { "independent_handler" }));
    add("scenario", text(&row.scenario));
    add("purpose", text(&row.purpose));
    add("purposeText", text(&both(&purpose.text)));
    let method = match row.method {
        Method::SdkLocal => "sdk_local",
        Method::Background => "background",
        Method::Interface => "interface",
    };
    add("method", text(method));
    add("retention", Fact::new_long(row.retention.millis()));
    if let Some(frequency) = &row.frequency {
        add("most", Fact::new_long(i64::from(frequency.most)));
        add("within", Fact::new_long(frequency.within.millis()));
    }
    add("deidentified", Fact::new_bool(row.deidentified));
    add("minors", text(if row.minors == Minors::Never { "never" } else { "guardian" }));
    add("notice", Fact::new_long(i64::from(row.notice)));
    add("off", Fact::new_bool(document.off.rows.contains(&row.id)));
    add("items", ids(&|_| true));
    add("contract", ids(&|within| within.ground == Ground::Contract));
    add("duty", ids(&|within| within.ground == Ground::StatutoryDuty));
    add("consent", ids(&|within| within.ground == Ground::Consent));
    add("separate", ids(&|within| within.ground == Ground::SeparateConsent));
    add("required", ids(&|within| within.necessity == Necessity::Required));
    add("optional", ids(&|within| within.necessity == Necessity::Optional));
    add("sensitive", ids(&|within| item(within).sensitive));
    add("linkable", ids(&|within| (1..4).contains(&shown(within.transform))));
    add("namesDevice", ids(&|within| item(within).identifies != Identifies::Nobody));
    add("namesPerson", ids(&|within| item(within).identifies == Identifies::Person));
    add("aboveOne", ids(&|within| shown(within.transform) >= 1));
    add("aboveTwo", ids(&|within| shown(within.transform) >= 2));
    add("aboveThree", ids(&|within| shown(within.transform) >= 3));
    add("plain", ids(&|within| shown(within.transform) >= 4));
    let labels =
        row.items.iter().map(|within| text(&format!("{}|{}", within.item, both(&item(within).label))));
    add("labels", Fact::new_set(labels));
    entity(uid("Row", name), facts)
}

/// An answer; `then` names the row as it was when it was asked.
pub fn answer(name: &str, answer: &Answer, then: &str) -> Entity {
    let state = match answer.state {
        State::Asked => "asked",
        State::Granted => "granted",
        State::Refused => "refused",
        State::Withdrawn => "withdrawn",
    };
    let mut facts = Facts::new();
    let mut add = |name: &str, fact: Fact| set(&mut facts, name, fact);
    add("about", text(if answer.subject.item.is_some() { "item" } else { "row" }));
    add("state", text(state));
    add("manner", text(if answer.manner == Manner::Bundled { "bundled" } else { "separate" }));
    add("guardian", Fact::new_bool(answer.guardian));
    add("expires", Fact::new_long(answer.expires.millis()));
    add("register", Fact::new_long(answer.register_version.cast_signed()));
    add("asked", Fact::new_entity_uid(uid("Row", then)));
    entity(uid("Answer", name), facts)
}

/// An item of the asked row, with the names of the answers about it and about its row.
pub fn item(within: &RowItem, off: bool, own: Option<&str>, together: Option<&str>) -> Entity {
    let mut facts = Facts::new();
    let mut add = |name: &str, fact: Fact| set(&mut facts, name, fact);
    add("id", text(&within.item));
    add("row", Fact::new_entity_uid(uid("Row", "now")));
    add("ground", text(ground(within.ground)));
    add("necessity", text(if within.necessity == Necessity::Required { "required" } else { "optional" }));
    add("off", Fact::new_bool(off));
    for (name, answer) in [("own", own), ("together", together)] {
        if let Some(answer) = answer {
            add(name, Fact::new_entity_uid(uid("Answer", answer)));
        }
    }
    entity(uid("Item", &within.item), facts)
}
