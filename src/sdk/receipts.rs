//! Signed receipts: the person's copy of each answer, and what was answered on their other phone.

use super::answers::about_one;
use super::enrolment::Enrolment;
use super::{Error, Sluicegate, log};
use crate::consent::{Act, Carried, ReceiptError, State};
use crate::jose::jws::{self, Header, SigningInput};
use crate::ledger::AnswerState;
use crate::payload::enrol::Certificate;
use crate::register::{AccountId, Instant, PartyId};

/// The `typ` of a receipt.
pub const RECEIPT_TYP: &str = "sluicegate-receipt+json";

impl From<ReceiptError> for Error {
    fn from(error: ReceiptError) -> Self {
        let text = error.to_string();
        Error::input("receipt", text.strip_prefix("receipt: ").unwrap_or(&text))
    }
}

impl Sluicegate {
    /// A receipt for each answer of the account as it stands now (an expired consent says so): compact JWS, signed with
    /// the key that is enrolled with the controller. A question that was not answered has none.
    pub fn receipts(&self, account: &AccountId, at: Instant) -> Result<Vec<String>, Error> {
        let controller = PartyId::new(self.register.controller_id().as_str())?;
        let (answers, enrolment) = self.with_vault(at, |opened| {
            let account = opened.vault.account(account)?;
            let enrolment = opened.vault.read(|tx| Enrolment::load(tx, &controller))?;
            Ok((opened.account_answers(&account)?.answers, enrolment))
        })?;
        let unable = || Error::input("enrolment", "receipts are signed: enroll with the controller first");
        let enrolment = enrolment.ok_or_else(unable)?;
        let certificate = enrolment.certificate(at).ok_or_else(unable)?;
        let answered = answers.given().iter().filter(|answer| answer.state != State::Asked);
        let receipts = answered.filter_map(|answer| answers.receipt(&self.register, account, answer, at));
        receipts
            .map(|receipt| {
                let header =
                    Header::es256(RECEIPT_TYP, &enrolment.key).with_certificate(certificate.to_owned());
                self.sign(&enrolment, &controller, SigningInput::new(&header, &log::to_json(&receipt)?))
            })
            .collect()
    }

    /// Takes over a receipt from the person's other phone: a later refusal or withdrawal there holds here; a grant is
    /// never taken over. Returns whether anything changed.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a receipt that no install certified by the controller signed, of another account, or
    /// dated after now.
    pub fn import_receipt(&self, account: &AccountId, receipt: &str, at: Instant) -> Result<bool, Error> {
        let controller = PartyId::new(self.register.controller_id().as_str())?;
        let refused = |error: crate::jose::JoseError| Error::input("receipt", error);
        let certificate = Header::read_unverified(receipt).and_then(|header| header.certificate);
        let certificate = certificate.ok_or_else(|| Error::input("receipt", "has no certificate"))?;
        let certificate =
            Certificate::read(&certificate, self.controller_issuer(), &controller, at).map_err(refused)?;
        let json = jws::verify(receipt, &certificate.key, RECEIPT_TYP).map_err(refused)?;
        let json = serde_json::from_slice(&json).map_err(|_| ReceiptError::Form)?;
        let carried = Carried::of(&json, account)?;
        if carried.answer.at > at {
            return Err(Error::input("receipt", "is dated after now"));
        }
        let (subject, state) = (carried.answer.subject.clone(), carried.answer.state);
        let answer = &carried.answer;
        let act = Act {
            at,
            language: answer.language.clone(),
            surface: "import".into(),
            guardian: answer.guardian,
        };
        let before = self.answers(account, at)?.answers.generation();
        let after = self.act(account, &act, |answers, writing| {
            let Some(ended) = answers.import(carried.clone())? else { return Ok(Vec::new()) };
            writing.end_grants(self, &ended, at)?;
            let state = if state == State::Refused { AnswerState::Refused } else { AnswerState::Withdrawn };
            Ok(vec![about_one(&subject, state)])
        })?;
        Ok(after != before)
    }
}
