//! What waits for the host to deliver it: sealed copies of entries, and notices of withdrawal and erasure.

use serde::{Deserialize, Serialize};

use crate::register::{ControllerId, Hash, Instant, ItemId, PartyId, RowId};

/// One sealed text for one reader, kept until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxItem {
    /// Its number, by which it is acknowledged; it only grows.
    pub id: u64,
    /// Who can open it.
    pub to: Addressee,
    /// What is in it.
    pub kind: OutboxKind,
    /// The sealed text: a JWE in compact form (RFC 7516).
    pub body: String,
    /// When it was made.
    pub created: Instant,
}

/// Who an item of the outbox is sealed to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// The controller: the statutory record is its own.
    Controller(ControllerId),
    /// A party that received.
    Party(PartyId),
}

/// What an item of the outbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxKind {
    /// A ledger entry with its salt, for the controller's record.
    Entry,
    /// A [`WithdrawalNotice`].
    WithdrawalNotice,
    /// An [`ErasureNotice`].
    ErasureNotice,
}

/// Tells a party that received that its ground is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalNotice {
    /// The row under which it received.
    pub row: RowId,
    /// The party.
    pub party: PartyId,
    /// The item, if the withdrawal is of one; otherwise the whole row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The latest payloads, permits or batches that the party received of the account, by their `jti`: how the party
    /// finds what it concerns.
    pub payloads: Vec<String>,
    /// When the person withdrew; for batched rows to the day.
    pub withdrawn_at: Instant,
}

/// Tells the reader that an account's records on the phone were erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureNotice {
    /// The tag that the ledger's erasure entry names; for the controller alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Hash>,
    /// The party that received; none for the controller's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    /// What it received, as in [`WithdrawalNotice`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payloads: Vec<String>,
    /// When they were erased.
    pub erased_at: Instant,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_withdrawal_notice_spells_its_fields_as_documented() {
        let mut notice = WithdrawalNotice {
            row: RowId::new("ads.delivery").unwrap(),
            party: PartyId::new("partner-7").unwrap(),
            item: None,
            withdrawn_at: Instant::from_millis(5).unwrap(),
            payloads: vec!["j-1".into()],
        };
        let json = serde_json_canonicalizer::to_string(&notice).unwrap();
        assert_eq!(json, r#"{"party":"partner-7","payloads":["j-1"],"row":"ads.delivery","withdrawn_at":5}"#);
        notice.item = Some(ItemId::new("device.oaid").unwrap());
        let json = serde_json::to_string(&notice).unwrap();
        assert_eq!(serde_json::from_str::<WithdrawalNotice>(&json).unwrap(), notice);
        assert!(serde_json::from_str::<WithdrawalNotice>(&json.replace("item", "thing")).is_err());
    }

    #[test]
    fn an_outbox_item_says_whom_it_is_for() {
        let item = OutboxItem {
            id: 1,
            to: Addressee::Party(PartyId::new("partner-7").unwrap()),
            kind: OutboxKind::WithdrawalNotice,
            body: "a.b.c.d.e".into(),
            created: Instant::from_millis(5).unwrap(),
        };
        let json = serde_json::to_value(&item).unwrap();
        assert_eq!(json["to"]["party"], "partner-7");
        assert_eq!(json["kind"], "withdrawal_notice");
        assert_eq!(serde_json::from_value::<OutboxItem>(json).unwrap(), item);
    }
}
