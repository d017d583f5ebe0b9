//! Makes a drawn document obey the register's rules, by giving way where a rule is broken.

use super::document::{publish, row_item};
use super::sluicegate::register::document::{Document, Minors, Role};
use super::sluicegate::register::{Ground, Identifies, ItemType, Method, Necessity, Source, Transform};

/// After this the document passes. Repeated, since giving way to one rule can break another.
pub fn repair(document: &mut Document) {
    for _ in 0..4 {
        repair_once(document);
    }
    for row in &mut document.rows {
        publish(row);
    }
    let (rows, items) = (document.rows.clone(), document.items.clone());
    document.off.rows.retain(|id| rows.iter().any(|row| row.id == *id));
    document.off.items.retain(|id| items.iter().any(|item| item.id == *id));
}

fn repair_once(document: &mut Document) {
    // A known device identifier can't be said to identify nobody.
    for item in document.items.iter_mut().filter(|item| item.id == "device.oaid") {
        item.identifies = item.identifies.max(Identifies::Device);
    }
    let (items, recipients, purposes) =
        (document.items.clone(), document.recipients.clone(), document.purposes.clone());
    for row in &mut document.rows {
        let find = |id: &str| items.iter().find(|item| item.id == id).unwrap();
        let role = recipients.iter().find(|recipient| recipient.id == row.recipient).unwrap().role;
        let advertising =
            purposes.iter().any(|purpose| purpose.id == row.purpose && purpose.dpv == "dpv:Advertising");
        if advertising {
            row.minors = Minors::Never;
        }
        if row.items.iter().any(|item| item.ground == Ground::StatutoryDuty) {
            row.method = Method::SdkLocal;
        }
        if row.method == Method::Background
            && row.items.iter().any(|item| find(&item.item).source == Source::Device)
        {
            row.method = Method::Interface;
        }
        let (method, deidentified) = (row.method, row.deidentified);
        for within in &mut row.items {
            let item = find(&within.item);
            if advertising && matches!(within.ground, Ground::Contract | Ground::StatutoryDuty) {
                within.ground = Ground::SeparateConsent;
            }
            if method == Method::Background || item.kind != ItemType::Text {
                within.transform = Transform::None;
            } else if deidentified
                && item.identifies == Identifies::Device
                && within.transform == Transform::None
            {
                within.transform = Transform::Pseudonym;
            }
            if !matches!(within.transform, Transform::None | Transform::Pseudonym) {
                within.ground = Ground::SeparateConsent;
                within.necessity = Necessity::Optional;
            }
            if within.ground == Ground::Consent && (role == Role::IndependentHandler || item.sensitive) {
                within.ground = Ground::SeparateConsent;
            }
            if item.source == Source::Device {
                if !matches!(within.ground, Ground::Consent | Ground::SeparateConsent) {
                    within.ground = Ground::SeparateConsent;
                }
                if !deidentified {
                    within.necessity = Necessity::Optional;
                }
            }
        }
        row.items.retain(|within| {
            let item = find(&within.item);
            let named = match item.identifies {
                Identifies::Nobody => false,
                Identifies::Device => within.transform == Transform::None,
                Identifies::Person => true,
            };
            !(deidentified && named)
        });
        if row.items.is_empty() {
            row.deidentified = false;
            row.items.push(row_item(
                "order.amount",
                Ground::SeparateConsent,
                Necessity::Optional,
                Transform::None,
            ));
        }
        let necessary =
            row.items.iter().any(|item| matches!(item.ground, Ground::Contract | Ground::StatutoryDuty));
        for within in &mut row.items {
            if necessary && matches!(within.ground, Ground::Consent | Ground::SeparateConsent) {
                within.necessity = Necessity::Optional;
            }
        }
    }
}
