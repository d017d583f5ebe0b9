//! Invariants 7, 11, 12 and 13: linkable values, duties, children, and acts that are refused.

use proptest::prelude::*;
use sluicegate::consent::Subject;
use sluicegate::register::document::Minors;
use sluicegate::register::{Age, Ground, Transform};

use super::{dutiful, lively, played};
use crate::world::oracle::{grant_for, last_acceptance, written, written_item};
use crate::world::plan::Verb;
use crate::world::play::{order, party};

proptest! {
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
}
