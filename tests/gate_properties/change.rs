//! Invariant 5 and the kill switch: what a new version of the register does to what was said.

use std::collections::BTreeSet;

use proptest::prelude::*;
use sluicegate::consent::{Answers, Subject};
use sluicegate::gate::PartyStanding;
use sluicegate::register::document::{Document, Frequency, Item, Minors, Relation, Role, Row};
use sluicegate::register::{Age, Ground, Identifies, Instant, Method, Necessity, Register, Transform};

use super::lively;
use crate::world::document::{period, register, row, row_item, shop};
use crate::world::moment::Moment;
use crate::world::oracle::{
    asked_alone, grant_for, last_acceptance, on_consent, shares_no_more, written, written_item,
};
use crate::world::plan::{Edit, PERIODS, RowItemPlan, Step, SubjectPlan, Verb, plan};
use crate::world::play::{BEGINNING, Entry, Played, Said, act, party, registers};
use crate::world::repair::repair;

proptest! {
    /// An answer holds for a changed row only if that shares no more, and never reaches what it was not asked for.
    #[test]
    fn invariant_5_a_change_never_widens(world in lively()) {
        let moment = world.moment();
        for (id, basis) in moment.released() {
            if matches!(basis.ground, Ground::Contract | Ground::StatutoryDuty) {
                continue;
            }
            let (grant, _) = grant_for(&world, &moment.row.id, &moment.party, &id).expect("a grant");
            let then = &world.registers[grant.register];
            prop_assert!(shares_no_more(then, world.register(), &moment.row.id), "the row was widened");
            let was = written_item(written(then.document(), &moment.row.id).unwrap(), &id).unwrap();
            prop_assert!(on_consent(was), "granted when it was nobody's to grant");
            let Said::About { subjects, .. } = &grant.said else { unreachable!() };
            let by_itself = subjects.iter().any(|subject| subject.item.as_ref() == Some(&id));
            prop_assert!(by_itself || !asked_alone(then.document(), was), "granted with a row it was not asked with");
        }
    }

    /// A row's grant reaches what was asked with the row, then: not what stood on contract, not what was asked alone.
    #[test]
    fn invariant_5_a_grant_reaches_only_what_was_asked(mut plan in plan(), was in 0..3_usize, optional in any::<bool>()) {
        let row = &mut plan.rows[0];
        (row.purpose, row.deidentified, row.notice, row.method) = (0, false, 1, Method::Interface);
        row.items.retain(|item| item.item != 5 && item.ground != Ground::StatutoryDuty);
        let necessity = if optional { Necessity::Optional } else { Necessity::Required };
        let item = |ground, necessity, transform| RowItemPlan { item: 5, ground, necessity, transform };
        row.items.push(match was {
            0 => item(Ground::Contract, necessity, Transform::None),
            1 => item(Ground::SeparateConsent, Necessity::Optional, Transform::Sealed),
            _ => item(Ground::SeparateConsent, Necessity::Optional, Transform::None),
        });
        // Beside it, something that is asked with the row.
        row.items.retain(|item| item.item != 3);
        row.items.push(RowItemPlan { item: 3, ..item(Ground::SeparateConsent, Necessity::Optional, Transform::None) });
        let place = row.items.iter().filter(|item| item.item < 5).map(|item| item.item).collect::<BTreeSet<_>>().len();
        plan.versions = vec![vec![
            Edit::Ground(0, place, Ground::SeparateConsent),
            Edit::Transform(0, place, Transform::Pseudonym),
            Edit::Sensitive(5, false),
        ]];
        plan.sensitive[5] = false;
        (plan.ask.row, plan.ask.party) = (0, 0);
        let whole = SubjectPlan { row: 0, party: 0, item: None };
        let say = Step::Say { verb: Verb::Grant, subjects: vec![whole], guardian: true };
        plan.steps = vec![Step::Accept { version: 3, guardian: true }, say, Step::Upgrade];
        let mut moment = Played::of(&plan).moment();
        (moment.available, moment.current, moment.age) = (true, true, Age::Over14);
        (moment.row.frequency, moment.standing) = (None, PartyStanding { has_key: true, enrolled: true });
        let outcome = moment.outcome(&"order.remark".to_owned().try_into().unwrap());
        if was < 2 {
            prop_assert!(outcome.is_err(), "a grant reached what it was not asked for");
        } else if !moment.row.items.iter().any(|item| item.necessity == Necessity::Required) && !moment.row.off {
            prop_assert!(outcome.is_ok(), "{:?}", outcome);
        }
    }

    /// Narrowing never re-asks: fewer items, shorter retention, rarer, other words marked editorial.
    #[test]
    fn invariant_5_narrowing_never_asks_again(world in lively(), drop in 0..6_usize, how in 0..5_usize) {
        let moment = world.moment();
        let before = moment.outcomes();
        let mut document = world.register().document().clone();
        document.version += 1;
        let index = document.rows.iter().position(|row| row.id == moment.row.id.as_str()).unwrap();
        let row = &mut document.rows[index];
        match how {
            0 if row.items.len() > 1 => {
                let at = drop % row.items.len();
                if row.items[at].necessity == Necessity::Optional {
                    row.items.remove(at);
                    crate::world::document::publish(row);
                }
            }
            1 => row.retention = crate::world::document::period("PT1H"),
            2 if moment.recent.is_empty() && row.frequency.is_none() => {
                let within = crate::world::document::period("P1D");
                row.frequency = Some(sluicegate::register::document::Frequency { most: 1, within });
            }
            3 => {
                row.editorial_of.push(moment.row.hash());
                let purpose = row.purpose.clone();
                let known = document.purposes.iter_mut().find(|known| known.id == purpose).unwrap();
                known.text.zh.push('吧');
            }
            _ => row.decided_by_us[0].what.en.push('!'),
        }
        let register = crate::world::document::register(&document);
        let mut later = moment.clone();
        later.row = register.row(&moment.row.id).unwrap().clone();
        // An answer for an earlier version that held only as editorial of it must be marked again.
        let held = before.iter().filter(|(_, outcome)| outcome.is_ok());
        let direct = |hash| hash == moment.row.hash();
        let accepted = moment.answers.acceptance().and_then(|accepted| accepted.rows.get(&moment.row.id).copied());
        for (id, outcome) in held {
            let basis = outcome.unwrap();
            let given = moment.answers.given().iter().find(|answer| answer.id == basis.answer);
            if how == 3 && !(accepted.is_some_and(direct) && given.is_none_or(|answer| direct(answer.row_hash))) {
                continue;
            }
            if later.row.item(id).is_some() {
                prop_assert_eq!(later.outcome(id), *outcome, "{} was asked again", id);
            }
        }
    }

    /// The notice is compared with the row it was accepted for, each grant with the row it was given for.
    #[test]
    fn invariant_5_each_answer_is_held_to_its_own_row(kept in [0..5_usize, 0..5_usize, 0..5_usize]) {
        let row = |kept: usize| {
            let mut document = shop();
            document.rows[0].retention = period(PERIODS[kept]);
            document
        };
        let [accepted, granted, now] = kept.map(row).map(|document| register(&document));
        let mut moment = over_14(&now, 0);
        moment.answers.accept_notice(&accepted, 1, act(moment.at, false)).unwrap();
        let subject = Subject { row: moment.row.id.clone(), party: moment.party.clone(), item: None };
        moment.answers.grant(&granted, &[subject], &act(moment.at, false)).unwrap();
        let out = |item: &str| moment.outcome(&item.to_owned().try_into().unwrap()).is_ok();
        prop_assert_eq!(out("order.amount"), kept[2] <= kept[0]);
        prop_assert_eq!(out("device.model"), kept[2] <= kept[0] && kept[2] <= kept[1]);
    }

    /// Each way of sharing more, alone and marked editorial, voids the acceptance and the grant.
    #[test]
    fn invariant_5_each_widening_voids_what_was_said(widening in 0..WIDENINGS.len(), plan in plan()) {
        let (name, narrow, widen) = WIDENINGS[widening];
        // Rows beside it are as drawn; the row itself is the narrowest.
        let mut document = registers(&plan)[0].document().clone();
        document.rows[0] = narrowest();
        known(&mut document).sensitive = false;
        narrow(&mut document);
        repair(&mut document);
        let before = register(&document);
        document.version = 2;
        if !name.starts_with("words") {
            document.rows[0].editorial_of = vec![before.rows()[0].hash()];
        }
        widen(&mut document);
        repair(&mut document);
        let after = register(&document);
        let mut moment = over_14(&after, 0);
        let mut then = over_14(&before, 0);
        then.answers.accept_notice(&before, 1, act(then.at, true)).unwrap();
        for question in then.answers.questions(&then.row, &then.party) {
            then.answers.grant(&before, &[question.subject], &act(then.at, true)).unwrap();
        }
        let count = then.released().len();
        prop_assert_eq!(count, then.row.items.len(), "{} began with everything released", name);
        moment.answers = then.answers;
        prop_assert!(moment.released().is_empty(), "{name} left the acceptance standing");
        moment.answers.accept_notice(&after, 1, act(moment.at, true)).unwrap();
        for (id, basis) in moment.released() {
            let consent = matches!(basis.ground, Ground::Consent | Ground::SeparateConsent);
            prop_assert!(!consent, "{name} left the grant of {id} standing");
        }
    }

    /// What was said up to the version that was switched off no longer holds once it is on again.
    #[test]
    fn kill_switch_off_and_on_asks_anew(mut world in lively(), off in 0..6_u64, again in any::<bool>()) {
        if again {
            world.step(&Step::Accept { version: 3, guardian: true });
        }
        let mut moment = world.moment();
        moment.last_off = moment.last_off.max(Some(off));
        let version = |entry: &Entry| world.registers[entry.register].version();
        for (id, basis) in moment.released() {
            prop_assert!(version(last_acceptance(&world).unwrap().0) > off, "accepted before it was off");
            if matches!(basis.ground, Ground::Consent | Ground::SeparateConsent) {
                let (grant, _) = grant_for(&world, &moment.row.id, &moment.party, &id).unwrap();
                prop_assert!(version(grant) > off, "granted before it was off");
            }
        }
    }

    /// What is switched off does not leave, whatever was said; and a required item off holds the row.
    #[test]
    fn kill_switch_what_is_off_stays(world in lively(), pick in 0..6_usize, row_too in any::<bool>()) {
        let moment = world.moment();
        let mut document = world.register().document().clone();
        let item = moment.row.items[pick % moment.row.items.len()].clone();
        if row_too {
            document.off.rows.push(moment.row.id.to_string());
        } else {
            document.off.items.push(item.id.to_string());
        }
        let register = crate::world::document::register(&document);
        let mut off = moment.clone();
        off.row = register.row(&moment.row.id).unwrap().clone();
        prop_assert!(off.outcome(&item.id).is_err());
        prop_assert!(!(row_too || item.necessity == Necessity::Required) || off.released().is_empty());
    }
}

/// A change to a document.
type Turn = fn(&mut Document);

/// The row that can be widened in every way: two items, of which one is asked.
fn narrowest() -> Row {
    let mut row = row(
        "row0",
        "payer",
        "payment",
        vec![
            row_item("order.remark", Ground::SeparateConsent, Necessity::Optional, Transform::Pseudonym),
            row_item("order.amount", Ground::SeparateConsent, Necessity::Optional, Transform::None),
        ],
    );
    row.retention = period("P1D");
    row.minors = Minors::Never;
    row.frequency = Some(Frequency { most: 1, within: period("P1D") });
    row.deidentified = true;
    row
}

/// A way of sharing more: its name, what the register has to be before, and what it becomes.
const WIDENINGS: [(&str, Turn, Turn); 20] = [
    ("another recipient", |_| {}, |d| d.rows[0].recipient = "partner".to_owned()),
    ("another relation", |_| {}, |d| d.recipients[0].relation = Relation::Affiliate),
    (
        "an independent handler",
        |d| d.recipients[0].role = Role::EntrustedParty,
        |d| d.recipients[0].role = Role::IndependentHandler,
    ),
    ("another event", |_| {}, |d| d.rows[0].scenario.push('x')),
    ("another purpose", |_| {}, |d| d.rows[0].purpose = "delivery".to_owned()),
    ("another method", |_| {}, |d| d.rows[0].method = Method::SdkLocal),
    ("kept longer", |_| {}, |d| d.rows[0].retention = period("P30D")),
    ("more often", |_| {}, |d| d.rows[0].frequency.as_mut().unwrap().most = 2),
    ("more densely", |_| {}, |d| d.rows[0].frequency.as_mut().unwrap().within = period("PT1H")),
    ("as often as it likes", |_| {}, |d| d.rows[0].frequency = None),
    ("no longer de-identified", |_| {}, |d| d.rows[0].deidentified = false),
    ("under 14", |_| {}, |d| d.rows[0].minors = Minors::Guardian),
    (
        "an item more",
        |_| {},
        |d| {
            let more =
                row_item("device.model", Ground::SeparateConsent, Necessity::Optional, Transform::None);
            d.rows[0].items.push(more);
        },
    ),
    (
        "a weaker consent",
        |d| d.recipients[0].role = Role::EntrustedParty,
        |d| {
            d.rows[0].items[0].ground = Ground::Consent;
        },
    ),
    ("no consent", |_| {}, |d| d.rows[0].items[0].ground = Ground::Contract),
    ("in the clear", |_| {}, |d| d.rows[0].items[0].transform = Transform::None),
    (
        "naming a device",
        |d| known(d).identifies = Identifies::Nobody,
        |d| {
            known(d).identifies = Identifies::Device;
        },
    ),
    ("sensitive", |d| known(d).sensitive = false, |d| known(d).sensitive = true),
    ("no longer optional", |_| {}, |d| d.rows[0].items[0].necessity = Necessity::Required),
    ("words of a label", |_| {}, |d| known(d).label.zh.push('了')),
];

fn known(document: &mut Document) -> &mut Item {
    document.items.iter_mut().find(|item| item.id == "order.remark").unwrap()
}

/// Nothing said yet, everything else in order, for one who is over 14.
fn over_14(register: &Register, row: usize) -> Moment {
    let at = Instant::from_millis(BEGINNING).unwrap();
    Moment {
        row: register.rows()[row].clone(),
        party: party(0),
        order: None,
        age: Age::Over14,
        at,
        request: None,
        available: true,
        answers: Answers::default(),
        current: true,
        expiry_time: at,
        last_off: None,
        recent: Vec::new(),
        standing: PartyStanding { has_key: true, enrolled: true },
    }
}
