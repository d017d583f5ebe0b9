//! Invariant 7 in the register: what a valid one can't say.

use proptest::prelude::*;
use sluicegate::register::document::Document;
use sluicegate::register::{Ground, Identifies, Method, Necessity, Register, Rule, Source, Transform};

use crate::world::oracle::on_consent;
use crate::world::plan::{RowPlan, plan, row};

proptest! {
    /// Whatever document passes: a de-identified row names nobody, linkable values are optional and on a
    /// consent of their own, and no device item is necessary.
    #[test]
    fn invariant_7_no_valid_register_breaks_deidentification(
        plan in plan(), rows in prop::collection::vec(row(), 1..3), identifies in 0..3_usize, at in 0..6_usize,
    ) {
        let mut document = crate::world::play::registers(&plan)[0].document().clone();
        document.items[at].identifies = [Identifies::Nobody, Identifies::Device, Identifies::Person][identifies];
        unrepaired(&mut document, &rows);
        let Ok(register) = Register::from_document(document.clone()) else { return Ok(()) };
        prop_assert!(broken(&document).is_empty(), "passed with {:?}", broken(&document));
        for (parsed, written) in register.rows().iter().zip(&document.rows) {
            prop_assert_eq!(parsed.items.len(), written.items.len());
        }
    }

    /// Each single breach of de-identification in an otherwise valid register is found and named.
    #[test]
    fn invariant_7_each_breach_is_found(plan in plan(), breach in 0..5_usize) {
        let mut document = crate::world::play::registers(&plan).pop().unwrap().document().clone();
        let row = &mut document.rows[0];
        row.items[0].item = "order.remark".to_owned();
        row.items.truncate(1);
        let item = document.items.iter_mut().find(|item| item.id == "order.remark").unwrap();
        (item.sensitive, item.identifies) = (false, Identifies::Nobody);
        row.deidentified = true;
        let within = &mut row.items[0];
        (within.ground, within.necessity) = (Ground::SeparateConsent, Necessity::Optional);
        within.transform = Transform::None;
        let rule = match breach {
            0 => {
                item.identifies = Identifies::Person;
                Rule::NotDeidentified
            }
            1 => {
                item.identifies = Identifies::Device;
                Rule::NotDeidentified
            }
            2 | 3 => {
                row.method = Method::Interface;
                within.transform = Transform::Md5;
                if breach == 2 {
                    within.necessity = Necessity::Required;
                } else {
                    within.ground = Ground::Contract;
                }
                Rule::LinkableIdentifier
            }
            _ => {
                row.deidentified = false;
                item.source = Source::Device;
                within.necessity = Necessity::Required;
                Rule::DeviceItemNecessary
            }
        };
        crate::world::document::publish(row);
        let invalid = Register::from_document(document).unwrap_err();
        let found = invalid.problems().iter().any(|p| p.rule == rule && p.path.starts_with("$.rows[0].items[0]"));
        prop_assert!(found, "{}", invalid);
    }
}

fn unrepaired(document: &mut Document, rows: &[RowPlan]) {
    for (written, plan) in document.rows.iter_mut().zip(rows) {
        written.deidentified = plan.deidentified;
        written.method = plan.method;
        for (item, plan) in written.items.iter_mut().zip(&plan.items) {
            (item.ground, item.necessity) = (plan.ground, plan.necessity);
            item.transform = plan.transform;
        }
    }
}

/// The breaches of invariants 6 and 7 in a written document, by row and item.
fn broken(document: &Document) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for row in &document.rows {
        for within in &row.items {
            let item = document.items.iter().find(|item| item.id == within.item).unwrap();
            let plain = within.transform == Transform::None;
            let names =
                item.identifies == Identifies::Person || (item.identifies == Identifies::Device && plain);
            let linkable = !plain && within.transform != Transform::Pseudonym;
            let own = within.ground == Ground::SeparateConsent && within.necessity == Necessity::Optional;
            let device = item.source == Source::Device;
            let necessary =
                !on_consent(within) || (within.necessity == Necessity::Required && !row.deidentified);
            if (row.deidentified && names) || (linkable && !own) || (device && necessary) {
                found.push((row.id.clone(), within.item.clone()));
            }
        }
    }
    found
}
