//! The person's copy of an answer: ISO/IEC TS 27560:2023 in the W3C profile `dpv-27560`, as JSON-LD.
//!
//! Beside the fields of the standard it holds the answer itself and its canonical row, so that the person's other
//! phone can take over exactly what was refused or withdrawn.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::acts::covers;
use super::{Answer, Answers, Manner, State, Subject};
use crate::register::{AccountId, Bilingual, CanonicalRow, Ground, Instant, Register};

/// The profile that receipts conform to.
pub const PROFILE: &str = "https://w3id.org/dpv/schema/dpv-27560#";

/// The part of a receipt that another phone takes over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carried {
    /// Whose answer.
    pub account: AccountId,
    /// The answer.
    pub answer: Answer,
    /// The row it was given for.
    pub row: CanonicalRow,
}

/// Why a receipt is not taken over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not of this format.
    #[error("receipt: holds no answer in this format")]
    Form,
    /// The row in it is not the one the answer names.
    #[error("receipt: its row is not the one that was answered for")]
    Row,
    /// It is somebody else's.
    #[error("receipt: is another account's")]
    Account,
}

/// The DPV consent status of an answer at a time.
fn status(answer: &Answer, at: Instant) -> &'static str {
    match answer.state {
        State::Asked => "dpv:ConsentRequested",
        State::Granted if at >= answer.expires => "dpv:ConsentExpired",
        State::Granted => "dpv:ConsentGiven",
        State::Refused => "dpv:ConsentRefused",
        State::Withdrawn => "dpv:ConsentWithdrawn",
    }
}

/// RFC 3339 in UTC.
fn date(at: Instant) -> String {
    let millis = u64::try_from(at.millis()).unwrap_or(0);
    humantime::format_rfc3339_millis(std::time::UNIX_EPOCH + std::time::Duration::from_millis(millis))
        .to_string()
}

fn words<'t>(text: &'t Bilingual, language: &str) -> &'t str {
    if language.starts_with("zh") { &text.zh } else { &text.en }
}

impl Answers {
    /// The receipt of an answer as it stands at a time: a JSON-LD document, to be signed by the caller.
    pub fn receipt(
        &self,
        register: &Register,
        account: &AccountId,
        answer: &Answer,
        at: Instant,
    ) -> Option<Value> {
        let row = self.canonical(&answer.row_hash)?;
        let language = answer.language.as_str();
        let controller = register.controller();
        let notice = register.notice(answer.notice_version, language);
        let recipient = register.recipient(&row.recipient);
        let purpose = register.document().purposes.iter().find(|purpose| purpose.id == row.purpose.as_str());
        let asked = |ground: Ground| matches!(ground, Ground::Consent | Ground::SeparateConsent);
        let about = |id| answer.subject.item.as_ref().is_none_or(|item| item == id);
        let items = row.items.iter().filter(|item| asked(item.ground) && about(&item.item));
        let information: Vec<Value> = items
            .map(|item| {
                let kind = if item.sensitive { "dpv:SensitivePersonalData" } else { "dpv:PersonalData" };
                json!({ "@id": format!("item:{}", item.item), "@type": kind, "dct:title": words(&item.label, language) })
            })
            .collect();
        let record_id = format!("{}-{}", self.record_name(account), answer.id.0);
        Some(json!({
            "@context": {
                "dpv": "https://w3id.org/dpv#", "dct": "http://purl.org/dc/terms/", "schema": "https://schema.org/",
                "loc": "https://w3id.org/dpv/loc#", "cn-pipl": "urn:sluicegate:cn-pipl#",
                "item": "urn:sluicegate:item:", "sluicegate": "urn:sluicegate:receipt#",
            },
            "@type": "dpv:ConsentReceipt",
            "@id": format!("urn:sluicegate:receipt:{record_id}-{}", at.millis()),
            "dct:identifier": format!("{record_id}-{}", at.millis()),
            "dct:conformsTo": format!("{PROFILE}receipt"),
            "dct:created": date(at),
            "dct:publisher": controller.id,
            "schema:recipient": "dpv:DataSubject",
            "dpv:hasRecordOfActivity": {
                "@type": "dpv:ConsentRecord",
                "dct:identifier": record_id,
                "dct:conformsTo": format!("{PROFILE}record"),
                "dpv:hasDataSubject": { "dct:identifier": account.as_str(), "@type": "dpv:Consumer" },
                "dpv:hasDataController": {
                    "dct:identifier": controller.id, "@type": "dpv:DataController",
                    "dpv:hasName": words(&controller.name, language),
                    "dpv:hasAddress": words(&controller.address, language),
                    "dpv:hasContact": controller.contact,
                },
                "dpv:hasJurisdiction": format!("loc:{}", controller.jurisdiction),
                "dpv:hasApplicableLaw": "cn-pipl:PIPL",
                "dpv:hasNotice": {
                    "@type": "dpv:ConsentNotice", "schema:version": answer.notice_version,
                    "dct:language": language, "schema:url": notice.map(|notice| &notice.url),
                    "sluicegate:digest": notice.map(|notice| &notice.digest),
                },
                "dpv:hasProcess": {
                    "@type": "dpv:Process",
                    "dct:identifier": row.row,
                    "dpv:hasPurpose": purpose.map(|purpose| [purpose.dpv.as_str(), purpose.cn_pipl.as_str()]),
                    "dct:description": words(&row.purpose_text, language),
                    "dpv:hasLegalBasis": "dpv:Consent",
                    "dpv:hasPersonalData": information,
                    "dpv:hasRecipient": {
                        "dct:identifier": answer.subject.party.as_str(), "@type": "dpv:Recipient",
                        "dpv:hasName": words(&row.recipient_name, language),
                        "dpv:hasContact": recipient.map(|recipient| words(&recipient.contact, language)),
                    },
                    "dpv:hasStorageCondition": [
                        { "@type": "dpv:StorageLocation", "dpv:hasLocation": words(&controller.storage, language) },
                        { "@type": "dpv:StorageDuration", "dpv:hasDuration": row.retention.to_string() },
                    ],
                    "dpv:hasRight": {
                        "@type": "dpv:WithdrawingFromActivity", "dct:description": words(&controller.rights, language),
                    },
                },
                "dpv:hasConsentStatus": {
                    "@type": status(answer, at),
                    "dct:date": date(answer.at), "dct:valid": date(answer.expires),
                    "dpv:isIndicatedBy": if answer.guardian { "dpv:ParentOfDataSubject" } else { "dpv:DataSubject" },
                    "dpv:hasIndicationMethod": answer.surface,
                    "sluicegate:separate": answer.manner == Manner::Separate,
                },
            },
            "sluicegate:carried": Carried { account: account.clone(), answer: answer.clone(), row: row.clone() },
        }))
    }

    /// Names the account in record ids without showing it.
    fn record_name(&self, account: &AccountId) -> String {
        crate::register::Hash::of(account.as_str().as_bytes()).to_string()[..16].to_owned()
    }

    /// Takes over a refusal or withdrawal from the person's other phone, if it is not older than what stands here; of a
    /// row, it ends the grants of the row's items too. A grant is never taken over: whoever signed it, it was not given
    /// on this phone. Returns the subjects whose grants ended; none if nothing changed.
    pub fn import(&mut self, carried: Carried) -> Result<Option<Vec<Subject>>, ReceiptError> {
        let Carried { answer, row, .. } = carried;
        if row.hash() != answer.row_hash || row.row != answer.subject.row {
            return Err(ReceiptError::Row);
        }
        let says_no = matches!(answer.state, State::Refused | State::Withdrawn);
        let older = |stands: &Answer| {
            stands.at < answer.at || (stands.at == answer.at && stands.state == State::Granted)
        };
        if !says_no || !self.to(&answer.subject).is_none_or(older) {
            return Ok(None);
        }
        let ends = |given: &&Answer| given.state == State::Granted && covers(&answer.subject, &given.subject);
        let ended: Vec<Answer> =
            self.given().iter().filter(ends).filter(|given| older(given)).cloned().collect();
        let mut subjects = Vec::with_capacity(ended.len());
        for given in ended.into_iter().filter(|given| given.subject != answer.subject) {
            let id = self.advance();
            subjects.push(given.subject.clone());
            self.put(Answer { id, state: State::Withdrawn, at: answer.at, ..given });
        }
        if self.to(&answer.subject).is_some_and(|stands| stands.state == State::Granted) {
            subjects.push(answer.subject.clone());
        }
        let id = self.advance();
        self.keep_row(answer.row_hash, &row);
        self.put(Answer { id, ..answer });
        Ok(Some(subjects))
    }
}

impl Carried {
    /// What another phone can take over from a verified receipt.
    pub fn of(receipt: &Value, account: &AccountId) -> Result<Self, ReceiptError> {
        let carried: Carried = receipt
            .get("sluicegate:carried")
            .and_then(|carried| serde_json::from_value(carried.clone()).ok())
            .ok_or(ReceiptError::Form)?;
        if carried.account == *account { Ok(carried) } else { Err(ReceiptError::Account) }
    }
}
