//! Who the party is, on the register's or the controller's word, and whether it can receive.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Error, PartyRef, Sluicegate};
use crate::jose::jwe::RecipientKey;
use crate::jose::{Issuer, KeyUse, PublicJwk};
use crate::payload::{AmlRequest, Made, Party};
use crate::register::document::Kind;
use crate::register::{Instant, ItemId, Method, PartyId, Recipient, Row, RowId, ScenarioId};

/// The party of an ask, as far as it is known.
pub(super) struct Known {
    pub id: PartyId,
    /// As a person would know it.
    pub name: String,
    /// The key to seal to; none where nothing is sealed, or none is known.
    pub key: Option<RecipientKey>,
}

impl Known {
    /// Names the key that is sealed to, if one is.
    pub fn thumbprint(&self) -> Option<String> {
        self.key.as_ref().map(|key| key.jwk().thumbprint())
    }
}

/// How many hand-overs a notice can name.
const REMEMBERED: usize = 50;

/// What an account has dealt with a party under a row; kept sealed under the account's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dealing {
    pub row: RowId,
    pub party: PartyId,
    pub name: String,
    /// The key that withdrawals are sealed to; without one they go to the controller.
    pub key: Option<PublicJwk>,
    pub first: Instant,
    /// The items it has received so far.
    pub items: BTreeSet<ItemId>,
    /// The `jti` of the latest things it received, oldest first, at most [`REMEMBERED`].
    pub payloads: Vec<String>,
    /// The latest hand-overs, oldest first; as many as the row's frequency looks at, or one.
    pub recent: Vec<Instant>,
}

impl Dealing {
    /// The dealing after one more hand-over.
    pub fn after(known: Option<Dealing>, row: &Row, party: &Known, made: &Made, at: Instant) -> Dealing {
        let keep = row.frequency.as_ref().map_or(1, |frequency| frequency.most as usize);
        let key = party.key.as_ref().map(|key| key.jwk().clone());
        let new = Dealing {
            row: row.id.clone(),
            party: party.id.clone(),
            name: party.name.clone(),
            key: None,
            first: at,
            items: BTreeSet::new(),
            payloads: Vec::new(),
            recent: Vec::new(),
        };
        let mut dealing = Dealing { name: party.name.clone(), key, ..known.unwrap_or(new) };
        dealing.items.extend(made.items.iter().cloned());
        dealing.payloads.push(made.jti.clone());
        dealing.payloads.drain(..dealing.payloads.len().saturating_sub(REMEMBERED));
        dealing.recent.push(at);
        dealing.recent.sort();
        dealing.recent.drain(..dealing.recent.len().saturating_sub(keep));
        dealing
    }
}

impl Sluicegate {
    /// The row for this event and recipient.
    pub(super) fn row(&self, scenario: &ScenarioId, party: &PartyRef) -> Result<&Row, Error> {
        self.register.recipient(&party.recipient).ok_or_else(|| {
            Error::input("party.recipient", format!("the register has no recipient \"{}\"", party.recipient))
        })?;
        self.register.row_for(scenario, &party.recipient).ok_or_else(|| {
            Error::input("scenario", format!("the register has no row for {} at {scenario}", party.recipient))
        })
    }

    /// The party, from the register's keys, a pinned key, or a card signed by the controller.
    pub(super) fn party(&self, row: &Row, named: &PartyRef, at: Instant) -> Result<Known, Error> {
        let recipient = self
            .register
            .recipient(&named.recipient)
            .ok_or_else(|| Error::input("party.recipient", "is not in the register"))?;
        match recipient.kind {
            Kind::Company => self.company(recipient, named),
            Kind::Class => match (&named.card, &named.key) {
                (Some(card), _) => self.by_card(named, card, at),
                (None, Some(key)) => by_pin(recipient, named, key),
                (None, None) => Ok(Known { id: named.id.clone(), name: named.id.to_string(), key: None }),
            },
        }
        .map(|known| if row.method == Method::Background { Known { key: None, ..known } } else { known })
    }

    fn company(&self, recipient: &Recipient, named: &PartyRef) -> Result<Known, Error> {
        if named.id.as_str() != recipient.id.as_str() {
            return Err(Error::input(
                "party.id",
                format!("{} is one company; its id is its own", recipient.id),
            ));
        }
        if named.card.is_some() || named.key.is_some() {
            return Err(Error::input("party.key", "a company's keys stand in the register"));
        }
        let key = recipient.key(KeyUse::Encryption).cloned();
        let key = key.and_then(|key| RecipientKey::new(key).ok());
        Ok(Known { id: named.id.clone(), name: recipient.name.zh.clone(), key })
    }

    fn by_card(&self, named: &PartyRef, card: &str, at: Instant) -> Result<Known, Error> {
        let party =
            Party::verify(card, self.controller_issuer(), at).map_err(|e| Error::input("party.card", e))?;
        if party.id != named.id || party.recipient != named.recipient {
            return Err(Error::input("party.card", "is another party's"));
        }
        let key = party.key.and_then(|key| RecipientKey::new(key).ok());
        Ok(Known { id: party.id, name: party.name, key })
    }

    /// The controller as the signer of cards and certificates.
    pub(super) fn controller_issuer(&self) -> Issuer<'_> {
        Issuer {
            id: self.register.controller_id().as_str(),
            keys: std::slice::from_ref(&self.controller_key),
        }
    }

    /// A request signed by the row's recipient, verified.
    pub(super) fn request(&self, row: &Row, compact: &str, at: Instant) -> Result<AmlRequest, Error> {
        let recipient = self.register.recipient(&row.recipient);
        let keys: Vec<PublicJwk> = recipient
            .into_iter()
            .flat_map(|recipient| &recipient.keys)
            .filter(|key| key.key_use() == Some(KeyUse::Signature))
            .cloned()
            .collect();
        let issuer = Issuer { id: row.recipient.as_str(), keys: &keys };
        AmlRequest::verify(compact, issuer, self.register.controller_id(), at)
            .map_err(|e| Error::input("request", e))
    }
}

fn by_pin(recipient: &Recipient, named: &PartyRef, key: &str) -> Result<Known, Error> {
    let key = PublicJwk::from_json(key).map_err(|error| Error::input("party.key", error))?;
    let pinned = recipient.pinned.iter().find(|pinned| pinned.party == named.id.as_str());
    match pinned {
        Some(pinned) if pinned.thumbprint == key.thumbprint() => {
            let key = RecipientKey::new(key).map_err(|error| Error::input("party.key", error))?;
            Ok(Known { id: named.id.clone(), name: pinned.name.clone(), key: Some(key) })
        }
        Some(_) => Err(Error::input("party.key", "is not the key the register pins for this party")),
        None => Err(Error::input("party.key", "the register pins no key for this party; show its card")),
    }
}
