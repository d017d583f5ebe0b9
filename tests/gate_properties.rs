//! One property for each invariant of DESIGN that concerns the gate, over random worlds.
//!
//! `PROPTEST_CASES=10000` for the full run. docs/proofs.md lists which mutation each of them catches.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use sluicegate::consent::{HighWater, Subject};
use sluicegate::gate::{PartyStanding, Reason};
use sluicegate::register::document::{Document, Minors};
use sluicegate::register::{Age, Ground, Identifies, Instant, Method, Necessity, Register, Rule, Transform};
use world::oracle::{
    asked_alone, grant_for, last_acceptance, on_consent, shares_no_more, written, written_item,
};
use world::plan::{Edit, Plan, RowItemPlan, RowPlan, Step, SubjectPlan, Verb, plan, row};
use world::play::{BEGINNING, Entry, Played, Said, order, party};

const HOUR: i64 = 3_600_000;

fn played() -> impl Strategy<Value = Played> {
    plan().prop_map(|plan: Plan| Played::of(&plan))
}

/// Worlds that begin with everything accepted and granted, so that something mostly leaves.
fn lively() -> impl Strategy<Value = Played> {
    (plan(), any::<bool>(), 1..4_u32).prop_map(|(mut plan, guardian, version)| {
        let begin = [Step::Accept { version, guardian }, Step::GrantAll { guardian }];
        plan.steps.splice(0..0, begin);
        plan.ask.available = true;
        Played::of(&plan)
    })
}

/// Worlds whose first row has a statutory duty, at first.
fn dutiful() -> impl Strategy<Value = Played> {
    plan().prop_map(|mut plan: Plan| {
        let row = &mut plan.rows[0];
        (row.purpose, row.deidentified) = (0, false);
        row.items.truncate(2);
        let duty = RowItemPlan {
            item: 0,
            ground: Ground::StatutoryDuty,
            necessity: Necessity::Required,
            transform: Transform::None,
        };
        row.items.push(duty);
        Played::of(&plan)
    })
}

proptest! {
    /// Each item of a payload stands in the row and its own ground holds now; no row runs before its notice.
    #[test]
    fn invariant_1_nothing_without_a_ground(world in lively()) {
        let moment = world.moment();
        let document = world.register().document();
        let row = written(document, &moment.row.id).unwrap();
        let named: Vec<String> = moment.outcomes().iter().map(|(id, _)| id.to_string()).collect();
        let items: Vec<String> = row.items.iter().map(|item| item.item.clone()).collect();
        prop_assert_eq!(named, items, "every item of the row is decided, once, in order");
        for (id, basis) in moment.released() {
            let item = written_item(row, &id).unwrap();
            prop_assert_eq!(basis.ground, item.ground);
            let (accepted, version) = last_acceptance(&world).expect("released before any notice");
            prop_assert!(version >= row.notice, "released before the notice that discloses it");
            let accepted_under = &world.registers[accepted.register];
            prop_assert!(shares_no_more(accepted_under, world.register(), &moment.row.id));
            prop_assert!(written(accepted_under.document(), &moment.row.id).unwrap().notice <= version);
            let off = |register: &Register| register.row(&moment.row.id).is_some_and(|row| row.off);
            let off_since = |from: usize| world.registers[from..=world.current].iter().any(off);
            prop_assert!(!off_since(accepted.register), "switched off since");
            if on_consent(item) {
                let (grant, together) =
                    grant_for(&world, &moment.row.id, &moment.party, &id).expect("released without a grant");
                prop_assert!(item.ground == Ground::Consent || together == 1, "not a consent of its own");
                let lasts = written(world.registers[grant.register].document(), &moment.row.id).unwrap()
                    .consent_lasts.millis();
                prop_assert!(moment.at.millis() < grant.at.millis() + lasts, "expired");
                prop_assert!(!off_since(grant.register), "switched off since");
                let answer = moment.answers.given().iter().find(|answer| answer.id == basis.answer).unwrap();
                prop_assert_eq!(answer.at, grant.at);
                prop_assert!(moment.current, "consent on answers that may be old");
            } else {
                prop_assert_eq!(basis.answer, moment.answers.acceptance().unwrap().id);
            }
        }
    }

    /// A withdrawal that returned wins, whatever was granted before.
    #[test]
    fn invariant_4_what_was_withdrawn_stays(world in lively(), whole in any::<bool>()) {
        let before = world.moment();
        for (id, basis) in before.released() {
            let optional = before.row.item(&id).unwrap().necessity == Necessity::Optional;
            let consent = matches!(basis.ground, Ground::Consent | Ground::SeparateConsent);
            if !consent && (whole || !optional) {
                continue;
            }
            let mut world = world.clone();
            let item = (!whole).then(|| id.clone());
            let subject = Subject { row: before.row.id.clone(), party: before.party.clone(), item };
            world.say(Verb::Withdraw, &[subject], false).unwrap();
            prop_assert!(world.moment().outcome(&id).is_err(), "{} left after its withdrawal", id);
        }
    }

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
                    world::document::publish(row);
                }
            }
            1 => row.retention = world::document::period("PT1H"),
            2 if moment.recent.is_empty() && row.frequency.is_none() => {
                let within = world::document::period("P1D");
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
        let register = world::document::register(&document);
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

    /// A refused optional item is withheld, and nothing else changes.
    #[test]
    fn invariant_6_refusing_what_is_optional_breaks_nothing(world in lively(), pick in 0..6_usize) {
        let before = world.moment();
        let row = before.row.clone();
        let item = &row.items[pick % row.items.len()];
        prop_assume!(item.necessity == Necessity::Optional);
        let mut refused = world.clone();
        let subject = Subject { row: row.id.clone(), party: before.party.clone(), item: Some(item.id.clone()) };
        refused.say(Verb::Refuse, &[subject], false).unwrap();
        let after = refused.moment();
        prop_assert!(after.outcome(&item.id).is_err(), "a refused item left");
        for (id, outcome) in before.outcomes() {
            if id != item.id {
                prop_assert_eq!(after.outcome(&id), outcome, "{} changed with a refusal of {}", id, item.id);
            }
        }
    }

    /// A vault that can't be used withholds everything and says so.
    #[test]
    fn invariant_6_an_unusable_vault_withholds_everything(world in lively()) {
        let mut moment = world.moment();
        moment.available = false;
        for (_, outcome) in moment.outcomes() {
            prop_assert_eq!(outcome, Err(Reason::VaultUnavailable));
        }
    }

    /// Whatever document passes: a de-identified row names nobody, linkable values are optional and on a
    /// consent of their own, and no device item is necessary.
    #[test]
    fn invariant_7_no_valid_register_breaks_deidentification(
        plan in plan(), rows in prop::collection::vec(row(), 1..3), identifies in 0..3_usize, at in 0..6_usize,
    ) {
        let mut document = world::play::registers(&plan)[0].document().clone();
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
    fn invariant_7_each_breach_is_found(plan in plan(), breach in 0..3_usize) {
        let mut document = world::play::registers(&plan).pop().unwrap().document().clone();
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
            _ => {
                row.method = sluicegate::register::Method::Interface;
                within.transform = Transform::Md5;
                within.necessity = Necessity::Required;
                Rule::LinkableIdentifier
            }
        };
        world::document::publish(row);
        let invalid = Register::from_document(document).unwrap_err();
        let found = invalid.problems().iter().any(|p| p.rule == rule && p.path.starts_with("$.rows[0].items[0]"));
        prop_assert!(found, "{}", invalid);
    }

    /// A linkable value never leaves on an answer that was given with anything else.
    #[test]
    fn invariant_7_linkable_values_have_a_consent_of_their_own(world in lively()) {
        let moment = world.moment();
        for (id, basis) in moment.released() {
            let item = written_item(written(world.register().document(), &moment.row.id).unwrap(), &id).unwrap();
            if [Transform::Sealed, Transform::Md5, Transform::Sha256Md5].contains(&item.transform) {
                let answer = moment.answers.given().iter().find(|answer| answer.id == basis.answer).unwrap();
                prop_assert_eq!(answer.subject.item.as_ref(), Some(&id));
                let (_, together) = grant_for(&world, &moment.row.id, &moment.party, &id).unwrap();
                prop_assert_eq!(together, 1);
            }
        }
    }

    /// The same inputs, the same decision: after a journey through JSON, and whatever others said.
    #[test]
    fn invariant_9_same_inputs_same_decision(world in lively(), noise in prop::collection::vec(any::<bool>(), 3)) {
        let moment = world.moment();
        let before = moment.outcomes();
        prop_assert_eq!(&before, &moment.outcomes());
        let mut other = world.clone();
        let json = serde_json::to_vec(&other.answers).unwrap();
        other.answers = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(&other.answers, &world.answers);
        let register = serde_json::to_vec(world.register().document()).unwrap();
        let current = other.current;
        other.registers[current] = Register::parse(&register).unwrap();
        prop_assert_eq!(&before, &other.moment().outcomes());
        // What is said about another party or another row is no input of this decision.
        let elsewhere = party(world.ask.party + 1);
        for (row, granted) in world.register().rows().iter().zip(noise) {
            let party = if row.id == moment.row.id { elsewhere.clone() } else { moment.party.clone() };
            let verb = if granted { Verb::Grant } else { Verb::Refuse };
            let _ = other.say(verb, &[Subject { row: row.id.clone(), party, item: None }], granted);
        }
        prop_assert_eq!(&before, &other.moment().outcomes());
    }

    /// A clock that is turned back never revives a consent that had expired.
    #[test]
    fn invariant_10_a_clock_turned_back_revives_nothing(
        world in lively(), forward in prop::collection::vec(1..24_i64, 0..40), back in 1..20_000_i64,
    ) {
        // The marks as the clock walks on by less than a day each time.
        let mut moment = world.moment();
        let mut mark = HighWater::default().confirmed(moment.at);
        for hours in &forward {
            moment.at = moment.at.plus_millis(hours * HOUR);
            mark = mark.seen(moment.at);
        }
        moment.expiry_time = mark.expiry_time(moment.at);
        let then = moment.outcomes();
        let walked = moment.at;
        moment.at = moment.at.plus_millis(-back * HOUR);
        mark = mark.seen(moment.at);
        moment.expiry_time = mark.expiry_time(moment.at);
        prop_assert!(moment.expiry_time >= walked, "the mark went back with the clock");
        for (id, outcome) in then {
            if outcome == Err(Reason::Expired) {
                prop_assert!(moment.outcome(&id).is_err(), "{} revived", id);
            }
        }
    }

    /// A consent holds up to the millisecond at which it expires, and not on it.
    #[test]
    fn invariant_10_a_consent_expires_on_time(world in lively()) {
        let moment = world.moment();
        for (id, basis) in moment.released() {
            let Some(answer) = moment.answers.given().iter().find(|answer| answer.id == basis.answer) else { continue };
            let mut late = moment.clone();
            late.expiry_time = answer.expires;
            prop_assert_eq!(late.outcome(&id), Err(Reason::Expired));
        }
    }

    /// The mark serves consent expiry alone: what stands on contract or duty does not see it.
    #[test]
    fn invariant_10_only_consent_expires(world in lively(), mark in 0..4_i64) {
        let mut moment = world.moment();
        let required_consent = moment.row.items.iter().any(|item| {
            item.necessity == Necessity::Required && matches!(item.ground, Ground::Consent | Ground::SeparateConsent)
        });
        let before = moment.outcomes();
        moment.expiry_time = Instant::from_millis(BEGINNING * mark).unwrap();
        for (id, outcome) in before {
            let ground = moment.row.item(&id).unwrap().ground;
            if matches!(ground, Ground::Contract | Ground::StatutoryDuty) && !required_consent {
                prop_assert_eq!(moment.outcome(&id), outcome);
            }
        }
        // And a jump of more than a day moves nothing until trusted time confirms it.
        let start = Instant::from_millis(BEGINNING).unwrap();
        let jumped = start.plus_millis((25 + mark) * HOUR);
        let marked = HighWater::default().seen(start).seen(jumped);
        prop_assert_eq!(marked.expiry_time(start), start);
        prop_assert_eq!(marked.confirmed(jumped).expiry_time(start), jumped);
    }

    /// A row with a statutory duty runs on an open request about this order, and on nothing else.
    #[test]
    fn invariant_11_a_duty_runs_on_a_request_alone(world in dutiful(), wrong in 0..4_usize) {
        let mut moment = world.moment();
        let row = written(world.register().document(), &moment.row.id).unwrap();
        if row.items.iter().all(|item| item.ground != Ground::StatutoryDuty) {
            return Ok(());
        }
        if !moment.released().is_empty() {
            let request = moment.request.clone().expect("released without a request");
            prop_assert!(!request.secret, "released on a secret request");
            prop_assert_eq!(Some(&request.order), moment.order.as_ref(), "released for another order");
        }
        match wrong {
            0 => moment.request = None,
            1 => moment.order = None,
            2 => moment.order = Some(order(world.ask.request.map_or(1, |(index, _)| index + 1))),
            _ => moment.request.iter_mut().for_each(|request| request.secret = true),
        }
        prop_assert!(moment.released().is_empty(), "released with wrong {}", wrong);
    }

    /// Under 14, nothing leaves that a guardian did not answer for, on contract rows neither.
    #[test]
    fn invariant_12_under_14_a_guardian_answers(world in lively()) {
        let mut moment = world.moment();
        moment.age = Age::Under14;
        let row = written(world.register().document(), &moment.row.id).unwrap();
        for (id, basis) in moment.released() {
            prop_assert!(row.minors != Minors::Never);
            prop_assert!(last_acceptance(&world).unwrap().0.guardian, "accepted by a child");
            if matches!(basis.ground, Ground::Consent | Ground::SeparateConsent) {
                let (grant, _) = grant_for(&world, &moment.row.id, &moment.party, &id).unwrap();
                prop_assert!(grant.guardian, "granted by a child");
            }
        }
    }

    /// An act that is refused changes nothing.
    #[test]
    fn invariant_13_a_bad_act_changes_nothing(world in played(), verb in 0..4_usize, row in 0..3_usize, bad in 0..3_usize) {
        let mut world = world;
        let before = world.answers.clone();
        let id = world.register().rows()[row % world.register().rows().len()].id.clone();
        let good = Subject { row: id, party: party(0), item: None };
        let subjects = match bad {
            0 => vec![good.clone(), Subject { row: "no.such".to_owned().try_into().unwrap(), ..good }],
            1 => vec![good.clone(), Subject { item: Some("no.such".to_owned().try_into().unwrap()), ..good }],
            _ => vec![good.clone(), good],
        };
        let verb = [Verb::Grant, Verb::Refuse, Verb::Asked, Verb::Withdraw][verb];
        prop_assert!(world.say(verb, &subjects, false).is_err());
        prop_assert_eq!(&world.answers, &before);
    }

    /// What was said up to the version that was switched off no longer holds once it is on again.
    #[test]
    fn kill_switch_off_and_on_asks_anew(world in lively(), off in 0..6_u64) {
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
        let register = world::document::register(&document);
        let mut off = moment.clone();
        off.row = register.row(&moment.row.id).unwrap().clone();
        prop_assert!(off.outcome(&item.id).is_err());
        prop_assert!(!(row_too || item.necessity == Necessity::Required) || off.released().is_empty());
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
            let device = item.source == sluicegate::register::Source::Device;
            let necessary =
                !on_consent(within) || (within.necessity == Necessity::Required && !row.deidentified);
            if (row.deidentified && names) || (linkable && !own) || (device && necessary) {
                found.push((row.id.clone(), within.item.clone()));
            }
        }
    }
    found
}

/// The properties above would hold of a gate that never opens and of worlds that never vary. These are neither.
#[test]
fn the_worlds_are_lively() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (mut grounds, mut reasons, mut changed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..3000 {
        let world = Played::of(&plan().new_tree(&mut runner).unwrap().current());
        let moment = world.moment();
        let stale = |hash| hash != moment.row.hash();
        for (_, outcome) in moment.outcomes() {
            match outcome {
                Ok(basis) => {
                    grounds.push(basis.ground);
                    let given = moment.answers.given().iter().find(|answer| answer.id == basis.answer);
                    changed += usize::from(given.is_some_and(|answer| stale(answer.row_hash)));
                }
                Err(reason) => reasons.push(reason),
            }
        }
    }
    for ground in [Ground::Consent, Ground::SeparateConsent, Ground::Contract, Ground::StatutoryDuty] {
        let count = grounds.iter().filter(|released| **released == ground).count();
        println!("released on {ground:?}: {count}");
        assert!(count >= 20, "{ground:?}: {count}");
    }
    println!("released on a grant for an earlier row: {changed}");
    assert!(changed >= 10, "released on a grant for an earlier row: {changed}");
    let by_sdk = [Reason::Absent, Reason::NotProvided, Reason::Contended];
    for reason in Reason::ALL.iter().filter(|reason| !by_sdk.contains(reason)) {
        let count = reasons.iter().filter(|withheld| *withheld == reason).count();
        println!("{}: {count}", reason.code());
        assert!(count >= 1, "{} is never reached", reason.code());
    }
}
