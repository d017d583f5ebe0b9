//! What a person can do: accept the notice, grant, refuse, withdraw; and what they may be asked.

use serde::Serialize;

use super::{Acceptance, Answer, AnswerId, Answers, Manner, State, Subject};
use crate::register::{Instant, ItemId, PartyId, Register, Row, RowId};

/// An act that does not fit the register or what was said before. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The register has no such row.
    #[error("row: there is no row \"{0}\"")]
    UnknownRow(RowId),
    /// The row has no such item.
    #[error("item: row {row} has no item \"{item}\"")]
    UnknownItem {
        /// The row.
        row: RowId,
        /// What was asked for.
        item: ItemId,
    },
    /// The register lists no such notice.
    #[error("notice: there is no version {version} in \"{language}\"")]
    UnknownNotice {
        /// The version.
        version: u32,
        /// The language.
        language: String,
    },
    /// An older notice than the one that was accepted.
    #[error("notice: version {given} is older than the accepted {accepted}")]
    OlderNotice {
        /// What was given.
        given: u32,
        /// What stands.
        accepted: u32,
    },
    /// Nothing of the row is the person's to grant.
    #[error("row: {0} asks no consent; its items stand on contract or law")]
    NothingToGrant(RowId),
    /// The item stands on contract or law and the row does not run without it.
    #[error(
        "item: {item} of row {row} is required by contract or law; it can't be granted, refused or withdrawn"
    )]
    NotAnswerable {
        /// The row.
        row: RowId,
        /// The item.
        item: ItemId,
    },
    /// A grant before the notice (PIPL 17: informed first).
    #[error("notice: not accepted yet, so there is nothing to answer")]
    NoticeFirst,
    /// An empty list.
    #[error("subjects: is empty")]
    NoSubject,
    /// The same subject twice.
    #[error("subjects: {0} stands twice")]
    SubjectTwice(String),
}

/// How and where an act was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Instant,
    /// In which language.
    pub language: String,
    /// Where, in the host's words.
    pub surface: String,
    /// Whether a guardian made it (PIPL 31).
    pub guardian: bool,
}

/// What a consent screen may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// About what.
    pub subject: Subject,
    /// The items the answer decides on.
    pub items: Vec<ItemId>,
    /// What was said last.
    pub state: Option<State>,
    /// Not before: the cool-down after a refusal or withdrawal.
    pub not_before: Option<Instant>,
}

/// Whether what is said of one subject is said of another: a row's is said of each item of it.
pub(super) fn covers(subject: &Subject, of: &Subject) -> bool {
    of.row == subject.row && of.party == subject.party && (subject.item.is_none() || of.item == subject.item)
}

impl Answers {
    /// The notice was shown and accepted.
    pub fn accept_notice(
        &mut self,
        register: &Register,
        version: u32,
        act: Act,
    ) -> Result<AnswerId, ActError> {
        let Act { at, language, surface, guardian } = act;
        if register.notice(version, &language).is_none() {
            return Err(ActError::UnknownNotice { version, language });
        }
        if let Some(accepted) =
            self.acceptance().map(|accepted| accepted.version).filter(|accepted| *accepted > version)
        {
            return Err(ActError::OlderNotice { given: version, accepted });
        }
        let id = self.advance();
        let disclosed = || register.rows().iter().filter(|row| row.notice <= version);
        for row in disclosed() {
            self.keep_row(row.hash(), row.canonical());
        }
        let rows = disclosed().map(|row| (row.id.clone(), row.hash())).collect();
        let register_version = register.version();
        self.accept(Acceptance { id, version, language, at, surface, guardian, register_version, rows });
        Ok(id)
    }

    /// The person agreed. One subject alone is separate consent; several together are not.
    pub fn grant(
        &mut self,
        register: &Register,
        subjects: &[Subject],
        act: &Act,
    ) -> Result<Vec<AnswerId>, ActError> {
        if self.acceptance().is_none() {
            return Err(ActError::NoticeFirst);
        }
        self.answer(register, subjects, State::Granted, act)
    }

    /// The person said no: to the subject and, for a row, to each item of it. Returns the subjects that stood
    /// granted until now.
    pub fn refuse(
        &mut self,
        register: &Register,
        subjects: &[Subject],
        act: &Act,
    ) -> Result<Vec<Subject>, ActError> {
        let rows = self.check(register, subjects)?;
        let mut granted = Vec::new();
        for (subject, row) in subjects.iter().zip(rows) {
            if self
                .given()
                .iter()
                .any(|answer| answer.state == State::Granted && covers(subject, &answer.subject))
            {
                granted.extend(self.withdraw(register, subject, act)?);
            } else if self.stands_without_own(row, subject) {
                granted.push(subject.clone());
            }
        }
        self.answer(register, subjects, State::Refused, act)?;
        Ok(granted)
    }

    /// The person takes back what they granted: the subject itself and, for a row, each item of it; or an item
    /// that is shared without an answer of its own. Returns the subjects that stood; withdrawing what was never
    /// shared changes nothing. What was granted can be withdrawn whatever the register says by now.
    pub fn withdraw(
        &mut self,
        register: &Register,
        subject: &Subject,
        act: &Act,
    ) -> Result<Vec<Subject>, ActError> {
        let granted: Vec<Answer> = self
            .given()
            .iter()
            .filter(|answer| answer.state == State::Granted && covers(subject, &answer.subject))
            .cloned()
            .collect();
        if granted.is_empty() {
            let rows = self.check(register, std::slice::from_ref(subject))?;
            if !rows.iter().any(|row| self.stands_without_own(row, subject)) {
                return Ok(Vec::new());
            }
            self.answer(register, std::slice::from_ref(subject), State::Withdrawn, act)?;
            return Ok(vec![subject.clone()]);
        }
        let mut withdrawn = Vec::with_capacity(granted.len());
        for answer in granted {
            let id = self.advance();
            withdrawn.push(answer.subject.clone());
            self.put(Answer {
                id,
                state: State::Withdrawn,
                at: act.at,
                surface: act.surface.clone(),
                ..answer
            });
        }
        Ok(withdrawn)
    }

    /// The questions were shown: recorded, unless an answer stands.
    pub fn asked(&mut self, register: &Register, subjects: &[Subject], act: &Act) -> Result<(), ActError> {
        self.check(register, subjects)?;
        let open: Vec<Subject> =
            subjects.iter().filter(|subject| self.to(subject).is_none()).cloned().collect();
        if open.is_empty() { Ok(()) } else { self.answer(register, &open, State::Asked, act).map(drop) }
    }

    /// What may be asked about this row and party, and not before when.
    pub fn questions(&self, row: &Row, party: &PartyId) -> Vec<Question> {
        let question = |item: Option<ItemId>, items: Vec<ItemId>| {
            let subject = Subject { row: row.id.clone(), party: party.clone(), item };
            let answer = self.to(&subject);
            let cooling = answer.filter(|answer| matches!(answer.state, State::Refused | State::Withdrawn));
            let not_before = cooling.map(|answer| answer.at.plus_millis(row.ask_again_after.millis()));
            Question { state: answer.map(|answer| answer.state), subject, items, not_before }
        };
        let together: Vec<ItemId> = row
            .items
            .iter()
            .filter(|item| item.asks_consent() && !item.asks_alone())
            .map(|item| item.id.clone())
            .collect();
        let alone = row.items.iter().filter(|item| item.asks_alone()).map(|item| item.id.clone());
        let first = (!together.is_empty()).then(|| question(None, together));
        first.into_iter().chain(alone.map(|item| question(Some(item.clone()), vec![item]))).collect()
    }

    /// Whether the item is shared without an answer of its own: it was granted with its row, or it is optional
    /// on contract or law. It alone is then withdrawn, the rest stays.
    fn stands_without_own(&self, row: &Row, subject: &Subject) -> bool {
        let Some(item) = subject.item.as_ref().and_then(|id| row.item(id)) else { return false };
        match self.to(subject).map(|answer| answer.state) {
            Some(State::Refused | State::Withdrawn) => false,
            own if item.asks_consent() => {
                own.is_none() && !item.asks_alone() && self.row_grant_stands(subject)
            }
            _ => true,
        }
    }

    fn row_grant_stands(&self, subject: &Subject) -> bool {
        let row = Subject { item: None, ..subject.clone() };
        self.to(&row).is_some_and(|answer| answer.state == State::Granted)
    }

    fn check<'r>(&self, register: &'r Register, subjects: &[Subject]) -> Result<Vec<&'r Row>, ActError> {
        if subjects.is_empty() {
            return Err(ActError::NoSubject);
        }
        let mut rows = Vec::with_capacity(subjects.len());
        for (index, subject) in subjects.iter().enumerate() {
            if subjects[..index].contains(subject) {
                return Err(ActError::SubjectTwice(subject.row.to_string()));
            }
            let row = register.row(&subject.row).ok_or_else(|| ActError::UnknownRow(subject.row.clone()))?;
            match &subject.item {
                None if !row.asks_consent() => return Err(ActError::NothingToGrant(row.id.clone())),
                None => {}
                Some(id) => {
                    let error = || ActError::UnknownItem { row: row.id.clone(), item: id.clone() };
                    let item = row.item(id).ok_or_else(error)?;
                    if !item.asks_consent() && item.necessity == crate::register::Necessity::Required {
                        return Err(ActError::NotAnswerable { row: row.id.clone(), item: id.clone() });
                    }
                }
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn answer(
        &mut self,
        register: &Register,
        subjects: &[Subject],
        state: State,
        act: &Act,
    ) -> Result<Vec<AnswerId>, ActError> {
        let rows = self.check(register, subjects)?;
        let manner = if subjects.len() == 1 { Manner::Separate } else { Manner::Bundled };
        let notice_version = self.acceptance().map_or(0, |accepted| accepted.version);
        let mut ids = Vec::with_capacity(subjects.len());
        for (subject, row) in subjects.iter().zip(rows) {
            let id = self.advance();
            self.keep_row(row.hash(), row.canonical());
            self.put(Answer {
                id,
                subject: subject.clone(),
                state,
                manner,
                at: act.at,
                expires: act.at.plus_millis(row.consent_lasts.millis()),
                row_hash: row.hash(),
                register_version: register.version(),
                notice_version,
                language: act.language.clone(),
                surface: act.surface.clone(),
                guardian: act.guardian,
            });
            ids.push(id);
        }
        Ok(ids)
    }
}
