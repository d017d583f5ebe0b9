//! With whom an account has dealt: one sealed record per row and party, erased with the account.

use super::transaction::Transaction;
use super::{Account, VaultError};
use crate::register::{PartyId, RowId};

impl Transaction<'_> {
    fn dealing_place(&self, account: &Account, row: &RowId, party: &PartyId) -> [[u8; 32]; 3] {
        let tag = |kind: &str, name: &str| self.vault().tag(kind, name.as_bytes()).0;
        [account.tag().0, tag("row", row.as_str()), tag("party", party.as_str())]
    }

    /// What is kept of the account's dealings with a party under a row.
    pub fn dealing(
        &self,
        account: &Account,
        row: &RowId,
        party: &PartyId,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let place = self.dealing_place(account, row, party);
        let sql = "SELECT body FROM dealings WHERE account = ?1 AND row = ?2 AND party = ?3";
        let sealed: Option<Vec<u8>> = self.one(sql, place, |row| row.get(0))?;
        let bound: [&[u8]; 3] = [&place[0], &place[1], &place[2]];
        sealed.map(|sealed| account.key().open("dealings", &bound, &sealed)).transpose()
    }

    /// Keeps this of the account's dealings with a party under a row.
    pub fn put_dealing(
        &mut self,
        account: &Account,
        row: &RowId,
        party: &PartyId,
        body: &[u8],
    ) -> Result<(), VaultError> {
        self.stands(account)?;
        let place = self.dealing_place(account, row, party);
        let sealed = account.key().seal("dealings", &[&place[0], &place[1], &place[2]], body)?;
        let [account, row, party] = place;
        self.run("INSERT OR REPLACE INTO dealings VALUES(?1, ?2, ?3, ?4)", (account, row, party, sealed))
            .map(drop)
    }

    /// Everything that is kept of the account's dealings.
    pub fn dealings(&self, account: &Account) -> Result<Vec<Vec<u8>>, VaultError> {
        let sql = "SELECT row, party, body FROM dealings WHERE account = ?1 ORDER BY row, party";
        let rows = self.all(sql, (account.tag().0,), |row| {
            Ok([row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?])
        })?;
        let open = |[row, party, sealed]: [Vec<u8>; 3]| {
            account.key().open("dealings", &[&account.tag().0, &row, &party], &sealed)
        };
        rows.into_iter().map(open).collect()
    }
}
