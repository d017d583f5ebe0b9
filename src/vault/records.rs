//! The rows of the other rooms: shares, outbox, events, parties, counters.

use super::seal::Tag;
use super::transaction::{Transaction, integer, number};
use super::{Account, VaultError};
use crate::register::{Instant, Nonce, PartyId, RowId};

/// A share to be stored, so that the same order and attempt gives the same result again.
#[derive(Debug, Clone, Copy)]
pub struct NewShare<'a> {
    /// What makes the share the same one (row, party, order, attempt), as the caller writes it.
    pub key: &'a [u8],
    /// The row it was made under.
    pub row: &'a RowId,
    /// Who receives it.
    pub party: &'a PartyId,
    /// The nonce it is bound to.
    pub nonce: &'a Nonce,
    /// The answers' generation it was decided on.
    pub generation: u64,
    /// From when on it is of no use.
    pub expires: Instant,
    /// The result to give again.
    pub body: &'a [u8],
}

/// A stored share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredShare {
    /// The answers' generation it was decided on.
    pub generation: u64,
    /// From when on it is of no use.
    pub expires: Instant,
    /// Stands for the nonce: compare with [`Transaction::nonce_tag`].
    pub nonce: Tag,
    /// The result.
    pub body: Vec<u8>,
}

/// A message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its number; grows, never used again.
    pub id: u64,
    /// When it was put.
    pub created: Instant,
    /// When it was acknowledged, if it was.
    pub acked: Option<Instant>,
    /// What was put.
    pub body: Vec<u8>,
}

/// A queued event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number; grows, never used again.
    pub id: u64,
    /// When it happened.
    pub at: Instant,
    /// What was put.
    pub body: Vec<u8>,
}

impl Transaction<'_> {
    fn row_tag(&self, row: &RowId) -> Tag {
        self.vault().tag("row", row.as_str().as_bytes())
    }

    fn party_tag(&self, party: &PartyId) -> Tag {
        self.vault().tag("party", party.as_str().as_bytes())
    }

    /// What stands for a nonce in [`StoredShare`].
    pub fn nonce_tag(&self, nonce: &Nonce) -> Tag {
        self.vault().tag("nonce", nonce.as_str().as_bytes())
    }

    /// The account's share of this key.
    pub fn share(&self, account: &Account, key: &[u8]) -> Result<Option<StoredShare>, VaultError> {
        let tag = self.share_tag(account, key);
        let sql =
            "SELECT row, party, nonce, generation, expires, body FROM shares WHERE account = ?1 AND key = ?2";
        let found = self.one(sql, (account.tag().0, tag.0), |row| {
            let tags: [Vec<u8>; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok((tags, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?, row.get::<_, Vec<u8>>(5)?))
        })?;
        let Some(([row, party, nonce], generation, expires, sealed)) = found else { return Ok(None) };
        let (generation, expires, nonce) = (number(generation)?, instant(expires)?, Tag::from_stored(nonce)?);
        let numbers = [generation.to_be_bytes(), expires.millis().to_be_bytes()];
        let place: [&[u8]; 7] = [&tag.0, &account.tag().0, &row, &party, &nonce.0, &numbers[0], &numbers[1]];
        let body = account.key().open("shares", &place, &sealed)?;
        Ok(Some(StoredShare { generation, expires, nonce, body }))
    }

    /// Stores a share; [`VaultError::Conflict`] if there is one of this key.
    pub fn put_share(&mut self, account: &Account, share: &NewShare<'_>) -> Result<(), VaultError> {
        self.stands(account)?;
        let tag = self.share_tag(account, share.key);
        let (row, party, nonce) =
            (self.row_tag(share.row), self.party_tag(share.party), self.nonce_tag(share.nonce));
        let numbers = [share.generation.to_be_bytes(), share.expires.millis().to_be_bytes()];
        let place: [&[u8]; 7] =
            [&tag.0, &account.tag().0, &row.0, &party.0, &nonce.0, &numbers[0], &numbers[1]];
        let sealed = account.key().seal("shares", &place, share.body)?;
        let (generation, expires) = (integer(share.generation)?, share.expires.millis());
        let sql = "INSERT INTO shares VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = (account.tag().0, tag.0, row.0, party.0, nonce.0, generation, expires, sealed);
        self.run(sql, values).map(drop)
    }

    fn share_tag(&self, account: &Account, key: &[u8]) -> Tag {
        let name = super::seal::prefixed(&[&account.tag().0[..], key]);
        self.vault().tag("share", &name)
    }

    /// Deletes the account's shares, of one row and party if given; gives back how many.
    pub fn delete_shares(
        &mut self,
        account: &Account,
        row: Option<&RowId>,
        party: Option<&PartyId>,
    ) -> Result<usize, VaultError> {
        let (row, party) = (row.map(|row| self.row_tag(row).0), party.map(|party| self.party_tag(party).0));
        let sql = "DELETE FROM shares WHERE account = ?1 AND (?2 IS NULL OR row = ?2) AND (?3 IS NULL OR party = ?3)";
        self.run(sql, (account.tag().0, row, party))
    }

    /// Deletes shares that expired; gives back how many.
    pub fn prune_shares(&mut self, now: Instant) -> Result<usize, VaultError> {
        self.run("DELETE FROM shares WHERE expires <= ?1", (now.millis(),))
    }

    /// Puts a message in the outbox; gives back its number.
    pub fn push_message(&mut self, created: Instant, body: &[u8]) -> Result<u64, VaultError> {
        let id = self.insert("INSERT INTO outbox(created, body) VALUES(?1, x'')", (created.millis(),))?;
        let place = [id.to_be_bytes(), created.millis().to_be_bytes()];
        let sealed = self.vault().seal("outbox", &[&place[0], &place[1]], body)?;
        self.run("UPDATE outbox SET body = ?2 WHERE id = ?1", (id, sealed))?;
        number(id)
    }

    /// Messages with a number above `after`, the oldest first, at most `limit`; acknowledged ones are left out.
    pub fn messages(&self, after: u64, limit: u32) -> Result<Vec<StoredMessage>, VaultError> {
        let sql = "SELECT id, created, acked, body FROM outbox WHERE id > ?1 AND acked IS NULL ORDER BY id LIMIT ?2";
        let rows = self.all(sql, (integer(after)?, limit), |row| {
            let acked: Option<i64> = row.get(2)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, acked, row.get::<_, Vec<u8>>(3)?))
        })?;
        let open = |(id, created, acked, sealed): (i64, i64, Option<i64>, Vec<u8>)| {
            let place = [id.to_be_bytes(), created.to_be_bytes()];
            let body = self.vault().unseal("outbox", &[&place[0], &place[1]], &sealed)?;
            let acked = acked.map(instant).transpose()?;
            Ok(StoredMessage { id: number(id)?, created: instant(created)?, acked, body })
        };
        rows.into_iter().map(open).collect()
    }

    /// Marks messages as delivered; unknown numbers are passed over. Gives back how many were marked.
    pub fn ack_messages(&mut self, ids: &[u64], at: Instant) -> Result<usize, VaultError> {
        let mut marked = 0;
        for id in ids.iter().filter_map(|id| i64::try_from(*id).ok()) {
            let sql = "UPDATE outbox SET acked = ?2 WHERE id = ?1 AND acked IS NULL";
            marked += self.run(sql, (id, at.millis()))?;
        }
        Ok(marked)
    }

    /// Deletes acknowledged messages; gives back how many.
    pub fn prune_messages(&mut self) -> Result<usize, VaultError> {
        self.run("DELETE FROM outbox WHERE acked IS NOT NULL", ())
    }

    /// Queues an event for a row and party; gives back its number.
    pub fn push_event(
        &mut self,
        account: &Account,
        row: &RowId,
        party: &PartyId,
        at: Instant,
        body: &[u8],
    ) -> Result<u64, VaultError> {
        self.stands(account)?;
        let (row, party) = (self.row_tag(row), self.party_tag(party));
        let sql = "INSERT INTO events(account, row, party, at, body) VALUES(?1, ?2, ?3, ?4, x'')";
        let id = self.insert(sql, (account.tag().0, row.0, party.0, at.millis()))?;
        let numbers = [id.to_be_bytes(), at.millis().to_be_bytes()];
        let place: [&[u8]; 5] = [&account.tag().0, &row.0, &party.0, &numbers[0], &numbers[1]];
        let sealed = account.key().seal("events", &place, body)?;
        self.run("UPDATE events SET body = ?2 WHERE id = ?1", (id, sealed))?;
        number(id)
    }

    /// The account's events for a row and party, the oldest first, at most `limit`.
    pub fn events(
        &self,
        account: &Account,
        row: &RowId,
        party: &PartyId,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, VaultError> {
        let (row, party) = (self.row_tag(row), self.party_tag(party));
        let sql = "SELECT id, at, body FROM events WHERE account = ?1 AND row = ?2 AND party = ?3 ORDER BY id LIMIT ?4";
        let rows = self.all(sql, (account.tag().0, row.0, party.0, limit), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        let open = |(id, at, sealed): (i64, i64, Vec<u8>)| {
            let numbers = [id.to_be_bytes(), at.to_be_bytes()];
            let place: [&[u8]; 5] = [&account.tag().0, &row.0, &party.0, &numbers[0], &numbers[1]];
            let body = account.key().open("events", &place, &sealed)?;
            Ok(StoredEvent { id: number(id)?, at: instant(at)?, body })
        };
        rows.into_iter().map(open).collect()
    }

    /// How many events the account has queued for a row and party.
    pub fn event_count(&self, account: &Account, row: &RowId, party: &PartyId) -> Result<u64, VaultError> {
        let sql = "SELECT count(*) FROM events WHERE account = ?1 AND row = ?2 AND party = ?3";
        self.count(sql, (account.tag().0, self.row_tag(row).0, self.party_tag(party).0))
    }

    /// Deletes the account's events, of one row and party if given; gives back how many.
    pub fn delete_events(
        &mut self,
        account: &Account,
        row: Option<&RowId>,
        party: Option<&PartyId>,
    ) -> Result<usize, VaultError> {
        let (row, party) = (row.map(|row| self.row_tag(row).0), party.map(|party| self.party_tag(party).0));
        let sql = "DELETE FROM events WHERE account = ?1 AND (?2 IS NULL OR row = ?2) AND (?3 IS NULL OR party = ?3)";
        self.run(sql, (account.tag().0, row, party))
    }

    /// Deletes these events (they went out in a batch); gives back how many were there.
    pub fn take_events(&mut self, ids: &[u64]) -> Result<usize, VaultError> {
        let mut taken = 0;
        for id in ids.iter().filter_map(|id| i64::try_from(*id).ok()) {
            taken += self.run("DELETE FROM events WHERE id = ?1", (id,))?;
        }
        Ok(taken)
    }

    /// Deletes the oldest events of all accounts until at most `max` are left; gives back how many.
    pub fn trim_events(&mut self, max: u64) -> Result<usize, VaultError> {
        let sql =
            "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id DESC LIMIT -1 OFFSET ?1)";
        self.run(sql, (integer(max)?,))
    }

    /// What is kept of a party (its enrolled key and certificate).
    pub fn party(&self, party: &PartyId) -> Result<Option<Vec<u8>>, VaultError> {
        let tag = self.party_tag(party);
        let sealed: Option<Vec<u8>> =
            self.one("SELECT body FROM parties WHERE tag = ?1", (tag.0,), |row| row.get(0))?;
        sealed.map(|sealed| self.vault().unseal("parties", &[&tag.0], &sealed)).transpose()
    }

    /// Keeps this of a party.
    pub fn put_party(&mut self, party: &PartyId, body: &[u8]) -> Result<(), VaultError> {
        let tag = self.party_tag(party);
        let sealed = self.vault().seal("parties", &[&tag.0], body)?;
        self.run("INSERT OR REPLACE INTO parties VALUES(?1, ?2)", (tag.0, sealed)).map(drop)
    }

    /// Adds to the counter of this name; gives back its count.
    pub fn count_up(&mut self, name: &str, by: u64) -> Result<u64, VaultError> {
        let tag = self.vault().tag("counter", name.as_bytes());
        let sealed: Option<Vec<u8>> =
            self.one("SELECT body FROM counters WHERE key = ?1", (tag.0,), |row| row.get(0))?;
        let before =
            sealed.map(|sealed| self.counter(&tag.0, &sealed)).transpose()?.map_or(0, |(_, count)| count);
        let count = before.saturating_add(by);
        let body = [&count.to_be_bytes(), name.as_bytes()].concat();
        let sealed = self.vault().seal("counters", &[&tag.0], &body)?;
        self.run("INSERT OR REPLACE INTO counters VALUES(?1, ?2)", (tag.0, sealed))?;
        Ok(count)
    }

    /// Every counter by name.
    pub fn counters(&self) -> Result<Vec<(String, u64)>, VaultError> {
        let rows = self.all("SELECT key, body FROM counters", (), |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let mut counters: Vec<_> =
            rows.iter().map(|(key, sealed)| self.counter(key, sealed)).collect::<Result<_, _>>()?;
        counters.sort();
        Ok(counters)
    }

    fn counter(&self, key: &[u8], sealed: &[u8]) -> Result<(String, u64), VaultError> {
        let body = self.vault().unseal("counters", &[key], sealed)?;
        let (count, name) = body.split_first_chunk::<8>().ok_or(VaultError::Corrupt("counter"))?;
        let name = std::str::from_utf8(name).map_err(|_| VaultError::Corrupt("counter"))?;
        Ok((name.to_owned(), u64::from_be_bytes(*count)))
    }
}

fn instant(millis: i64) -> Result<Instant, VaultError> {
    Instant::from_millis(millis).map_err(|_| VaultError::Corrupt("time"))
}
