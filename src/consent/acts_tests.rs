//! What a person can do, said as statements about the product.
#![allow(clippy::unwrap_used)]

// The documents of the integration tests; the gate's tests use them too.
#[path = "../../tests/world/document.rs"]
pub(crate) mod document;

use super::{Act, ActError, Answers, Manner, State, Subject};
use crate as sluicegate;
use crate::register::{Instant, Necessity, Period, Register};

const DAY: i64 = 86_400_000;

fn day(day: i64) -> Instant {
    Instant::from_millis((20_000 + day) * DAY).unwrap()
}

fn act(at: Instant) -> Act {
    Act { at, language: "zh".into(), surface: "checkout_sheet".into(), guardian: false }
}

fn shop() -> Register {
    document::register(&document::shop())
}

fn row(row: &str) -> Subject {
    Subject {
        row: row.to_owned().try_into().unwrap(),
        party: "alipay".to_owned().try_into().unwrap(),
        item: None,
    }
}

fn item(of: &str, item: &str) -> Subject {
    Subject { item: Some(item.to_owned().try_into().unwrap()), ..row(of) }
}

fn accepted(register: &Register) -> Answers {
    let mut answers = Answers::default();
    answers.accept_notice(register, 1, act(day(0))).unwrap();
    answers
}

fn state(answers: &Answers, subject: &Subject) -> Option<State> {
    answers.to(subject).map(|answer| answer.state)
}

/// Runs a bad act and checks that the answers are as they were.
fn changes_nothing<T>(
    answers: &mut Answers,
    bad: impl FnOnce(&mut Answers) -> Result<T, ActError>,
) -> ActError {
    let before = answers.clone();
    let error = bad(answers).err().expect("the act is bad");
    assert_eq!(*answers, before);
    error
}

#[test]
fn accepting_the_notice_keeps_the_rows_it_disclosed_and_no_others() {
    let mut document = document::shop();
    document.rows[1].notice = 2;
    let register = document::register(&document);
    let answers = accepted(&register);
    let acceptance = answers.acceptance().unwrap();
    let rows: Vec<&str> = acceptance.rows.keys().map(|row| row.as_str()).collect();
    assert_eq!(rows, ["aml", "pay"]);
    assert_eq!((acceptance.version, acceptance.language.as_str()), (1, "zh"));
    for (id, hash) in &acceptance.rows {
        assert_eq!(answers.canonical(hash), Some(register.row(id).unwrap().canonical()));
    }
}

#[test]
fn a_notice_that_the_register_does_not_list_is_refused() {
    let register = shop();
    let mut answers = accepted(&register);
    let error = changes_nothing(&mut answers, |answers| answers.accept_notice(&register, 9, act(day(1))));
    assert_eq!(error, ActError::UnknownNotice { version: 9, language: "zh".into() });
    let french = Act { language: "fr".into(), ..act(day(1)) };
    let error = changes_nothing(&mut answers, |answers| answers.accept_notice(&register, 1, french));
    assert_eq!(error, ActError::UnknownNotice { version: 1, language: "fr".into() });
}

#[test]
fn an_older_notice_than_the_accepted_one_is_refused_and_the_same_one_is_not() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.accept_notice(&register, 2, act(day(1))).unwrap();
    answers.accept_notice(&register, 2, act(day(2))).unwrap();
    let error = changes_nothing(&mut answers, |answers| answers.accept_notice(&register, 1, act(day(3))));
    assert_eq!(error, ActError::OlderNotice { given: 1, accepted: 2 });
}

#[test]
fn nobody_grants_before_they_were_informed() {
    let register = shop();
    let mut answers = Answers::default();
    let error =
        changes_nothing(&mut answers, |answers| answers.grant(&register, &[row("pay")], &act(day(0))));
    assert_eq!(error, ActError::NoticeFirst);
}

#[test]
fn one_may_refuse_before_accepting_anything() {
    let register = shop();
    let mut answers = Answers::default();
    answers.refuse(&register, &[row("pay")], &act(day(0))).unwrap();
    assert_eq!(state(&answers, &row("pay")), Some(State::Refused));
    assert_eq!(answers.to(&row("pay")).unwrap().notice_version, 0);
}

#[test]
fn an_answer_keeps_what_it_was_given_for() {
    let register = shop();
    let mut answers = accepted(&register);
    let guardian = Act { guardian: true, ..act(day(3)) };
    let ids = answers.grant(&register, &[row("pay")], &guardian).unwrap();
    let answer = answers.to(&row("pay")).unwrap();
    let then = register.row(&row("pay").row).unwrap();
    assert_eq!(ids, [answer.id]);
    assert_eq!((answer.state, answer.manner), (State::Granted, Manner::Separate));
    assert_eq!((answer.at, answer.register_version, answer.notice_version), (day(3), 1, 1));
    assert_eq!((answer.surface.as_str(), answer.language.as_str()), ("checkout_sheet", "zh"));
    assert!(answer.guardian);
    assert_eq!(answers.canonical(&answer.row_hash), Some(then.canonical()));
}

#[test]
fn a_grant_lasts_as_long_as_its_row_says() {
    let mut document = document::shop();
    document.rows[0].consent_lasts = Period::new("P30D").unwrap();
    let register = document::register(&document);
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("pay")], &act(day(3))).unwrap();
    assert_eq!(answers.to(&row("pay")).unwrap().expires, day(33));
}

#[test]
fn several_subjects_at_once_are_a_bundle_and_one_is_separate() {
    let register = shop();
    let mut answers = accepted(&register);
    let together = [row("pay"), item("pay", "device.oaid")];
    answers.grant(&register, &together, &act(day(1))).unwrap();
    for subject in &together {
        assert_eq!(answers.to(subject).unwrap().manner, Manner::Bundled);
    }
    answers.grant(&register, &together[1..], &act(day(2))).unwrap();
    assert_eq!(answers.to(&together[0]).unwrap().manner, Manner::Bundled);
    assert_eq!(answers.to(&together[1]).unwrap().manner, Manner::Separate);
}

#[test]
fn a_second_grant_takes_the_place_of_the_first() {
    let register = shop();
    let mut answers = accepted(&register);
    let first = answers.grant(&register, &[row("pay")], &act(day(1))).unwrap();
    let second = answers.grant(&register, &[row("pay")], &act(day(2))).unwrap();
    assert!(second > first);
    assert_eq!(answers.given().len(), 1);
    assert_eq!(answers.to(&row("pay")).unwrap().at, day(2));
}

#[test]
fn what_was_refused_or_withdrawn_can_be_granted_again() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.refuse(&register, &[row("pay")], &act(day(1))).unwrap();
    answers.grant(&register, &[row("pay")], &act(day(2))).unwrap();
    assert_eq!(state(&answers, &row("pay")), Some(State::Granted));
    answers.withdraw(&register, &row("pay"), &act(day(3))).unwrap();
    assert_eq!(state(&answers, &row("pay")), Some(State::Withdrawn));
    answers.grant(&register, &[row("pay")], &act(day(4))).unwrap();
    assert_eq!(state(&answers, &row("pay")), Some(State::Granted));
}

#[test]
fn withdrawing_a_row_withdraws_each_item_of_it_that_was_granted() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("pay")], &act(day(1))).unwrap();
    answers.grant(&register, &[item("pay", "device.oaid")], &act(day(1))).unwrap();
    answers.refuse(&register, &[item("pay", "device.lang")], &act(day(1))).unwrap();
    answers.grant(&register, &[row("ads")], &act(day(1))).unwrap();
    let stood = answers.withdraw(&register, &row("pay"), &act(day(2))).unwrap();
    assert_eq!(stood, [row("pay"), item("pay", "device.oaid")]);
    assert_eq!(state(&answers, &item("pay", "device.oaid")), Some(State::Withdrawn));
    assert_eq!(state(&answers, &item("pay", "device.lang")), Some(State::Refused));
    assert_eq!(state(&answers, &row("ads")), Some(State::Granted));
}

#[test]
fn withdrawing_for_one_party_leaves_the_others() {
    let register = shop();
    let mut answers = accepted(&register);
    let other = Subject { party: "other".to_owned().try_into().unwrap(), ..row("ads") };
    answers.grant(&register, &[row("ads")], &act(day(1))).unwrap();
    answers.grant(&register, std::slice::from_ref(&other), &act(day(1))).unwrap();
    answers.withdraw(&register, &other, &act(day(2))).unwrap();
    assert_eq!(state(&answers, &row("ads")), Some(State::Granted));
    assert_eq!(state(&answers, &other), Some(State::Withdrawn));
}

#[test]
fn an_item_granted_with_its_row_can_be_withdrawn_alone() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("pay")], &act(day(1))).unwrap();
    let model = item("pay", "device.model");
    assert_eq!(answers.withdraw(&register, &model, &act(day(2))).unwrap(), std::slice::from_ref(&model));
    assert_eq!(state(&answers, &model), Some(State::Withdrawn));
    assert_eq!(state(&answers, &row("pay")), Some(State::Granted));
}

#[test]
fn an_optional_item_of_a_contract_can_be_withdrawn_without_ever_having_been_asked() {
    let register = shop();
    let mut answers = accepted(&register);
    let remark = item("pay", "order.remark");
    assert_eq!(answers.withdraw(&register, &remark, &act(day(1))).unwrap(), std::slice::from_ref(&remark));
    assert_eq!(state(&answers, &remark), Some(State::Withdrawn));
}

#[test]
fn withdrawing_what_does_not_stand_changes_nothing() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("pay")], &act(day(1))).unwrap();
    answers.refuse(&register, &[item("pay", "device.lang"), row("ads")], &act(day(1))).unwrap();
    answers.withdraw(&register, &item("pay", "device.model"), &act(day(1))).unwrap();
    let before = answers.clone();
    for subject in [
        item("pay", "device.lang"),  // refused
        item("pay", "device.model"), // withdrawn already
        item("pay", "device.oaid"),  // asked alone, and never granted
        row("ads"),                  // refused
    ] {
        assert_eq!(answers.withdraw(&register, &subject, &act(day(2))).unwrap(), []);
        assert_eq!(answers, before, "{subject:?}");
    }
}

#[test]
fn a_grant_can_be_withdrawn_after_its_row_left_the_register() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("ads")], &act(day(1))).unwrap();
    let mut document = document::shop();
    document.version = 2;
    document.rows.remove(1);
    let later = document::register(&document);
    assert_eq!(answers.withdraw(&later, &row("ads"), &act(day(2))).unwrap(), [row("ads")]);
    assert_eq!(state(&answers, &row("ads")), Some(State::Withdrawn));
}

#[test]
fn a_question_that_was_shown_is_taken_down_unless_it_was_answered() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.asked(&register, &[row("pay"), row("ads")], &act(day(1))).unwrap();
    assert_eq!(state(&answers, &row("pay")), Some(State::Asked));
    answers.grant(&register, &[row("pay")], &act(day(2))).unwrap();
    let before = answers.clone();
    answers.asked(&register, &[row("pay"), row("ads")], &act(day(3))).unwrap();
    assert_eq!(answers, before);
}

#[test]
fn a_consent_screen_asks_a_row_together_and_linkable_items_alone() {
    let register = shop();
    let pay = register.row(&row("pay").row).unwrap();
    let questions = accepted(&register).questions(pay, &row("pay").party);
    let asked: Vec<(Subject, Vec<&str>)> = questions
        .iter()
        .map(|question| (question.subject.clone(), question.items.iter().map(|id| id.as_str()).collect()))
        .collect();
    assert_eq!(
        asked,
        [
            (row("pay"), vec!["device.model", "device.lang"]),
            (item("pay", "device.oaid"), vec!["device.oaid"]),
        ]
    );
}

#[test]
fn after_a_refusal_or_a_withdrawal_nobody_is_asked_again_before_the_cool_down_ends() {
    let register = shop();
    let pay = register.row(&row("pay").row).unwrap();
    let mut answers = accepted(&register);
    let not_before = |answers: &Answers| answers.questions(pay, &row("pay").party)[0].not_before;
    assert_eq!(not_before(&answers), None);
    answers.refuse(&register, &[row("pay")], &act(day(1))).unwrap();
    assert_eq!(not_before(&answers), Some(day(31)));
    answers.grant(&register, &[row("pay")], &act(day(2))).unwrap();
    assert_eq!(not_before(&answers), None);
    answers.withdraw(&register, &row("pay"), &act(day(5))).unwrap();
    assert_eq!(not_before(&answers), Some(day(35)));
}

#[test]
fn bad_acts_name_what_is_wrong_and_change_nothing() {
    let register = shop();
    let mut answers = accepted(&register);
    answers.grant(&register, &[row("pay")], &act(day(1))).unwrap();
    let at = act(day(2));
    let unknown = row("no.such");
    let error = changes_nothing(&mut answers, |answers| {
        answers.grant(&register, &[row("ads"), unknown.clone()], &at)
    });
    assert_eq!(error, ActError::UnknownRow(unknown.row.clone()));
    let error = changes_nothing(&mut answers, |answers| answers.withdraw(&register, &unknown, &at));
    assert_eq!(error, ActError::UnknownRow(unknown.row));
    let stranger = item("pay", "no.such");
    let error = changes_nothing(&mut answers, |answers| {
        answers.refuse(&register, &[row("ads"), stranger.clone()], &at)
    });
    assert_eq!(error, ActError::UnknownItem { row: stranger.row, item: stranger.item.unwrap() });
    let error = changes_nothing(&mut answers, |answers| answers.grant(&register, &[], &at));
    assert_eq!(error, ActError::NoSubject);
    let twice = [row("ads"), row("ads")];
    let error = changes_nothing(&mut answers, |answers| answers.grant(&register, &twice, &at));
    assert_eq!(error, ActError::SubjectTwice("ads".into()));
    let error = changes_nothing(&mut answers, |answers| answers.asked(&register, &[row("aml")], &at));
    assert_eq!(error, ActError::NothingToGrant(row("aml").row));
}

#[test]
fn what_the_contract_needs_is_not_the_persons_to_answer() {
    let register = shop();
    let mut answers = accepted(&register);
    let amount = item("pay", "order.amount");
    assert_eq!(register.row(&amount.row).unwrap().items[0].necessity, Necessity::Required);
    let not_answerable =
        ActError::NotAnswerable { row: amount.row.clone(), item: amount.item.clone().unwrap() };
    let at = act(day(1));
    let one = std::slice::from_ref(&amount);
    assert_eq!(changes_nothing(&mut answers, |a| a.grant(&register, one, &at)), not_answerable);
    assert_eq!(changes_nothing(&mut answers, |a| a.refuse(&register, one, &at)), not_answerable);
    assert_eq!(changes_nothing(&mut answers, |a| a.withdraw(&register, &amount, &at)), not_answerable);
}

#[test]
fn every_change_has_a_generation_of_its_own() {
    let register = shop();
    let mut answers = Answers::default();
    assert_eq!(answers.generation(), 0);
    answers.accept_notice(&register, 1, act(day(0))).unwrap();
    assert_eq!(answers.generation(), 1);
    answers.grant(&register, &[row("pay"), row("ads")], &act(day(1))).unwrap();
    assert_eq!(answers.generation(), 3);
    answers.withdraw(&register, &row("ads"), &act(day(2))).unwrap();
    assert_eq!(answers.generation(), 4);
    let ids: Vec<u64> = answers.given().iter().map(|answer| answer.id.0).collect();
    assert_eq!(ids, [4, 2]);
}

#[test]
fn canonical_rows_are_forgotten_when_no_answer_needs_them() {
    let register = shop();
    let mut answers = accepted(&register);
    let pay = row("pay");
    answers.grant(&register, std::slice::from_ref(&pay), &act(day(1))).unwrap();
    let old = register.row(&pay.row).unwrap().hash();
    let mut document = document::shop();
    document.version = 2;
    document.rows[0].retention = Period::new("P30D").unwrap();
    let later = document::register(&document);
    let new = later.row(&pay.row).unwrap().hash();
    assert_ne!(old, new);
    answers.accept_notice(&later, 1, act(day(2))).unwrap();
    assert!(answers.canonical(&old).is_some(), "the grant was given for it");
    answers.grant(&later, std::slice::from_ref(&pay), &act(day(3))).unwrap();
    assert!(answers.canonical(&old).is_none());
    assert!(answers.canonical(&new).is_some());
}
