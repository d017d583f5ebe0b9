//! What is true of the vault as a whole.
#![allow(clippy::unwrap_used)]

mod contention;
mod damage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::register::{AccountId, Hash, Instant, Nonce, PartyId, RowId};

/// A folder for the vault, its keys and its anchor.
pub(super) struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn try_open(&self) -> Result<Opened, VaultError> {
        open_at(self.0.path())
    }

    pub fn open(&self) -> Vault {
        let opened = self.try_open().unwrap();
        assert_eq!(opened.reset, None);
        opened.vault
    }
}

pub(super) fn open_at(home: &Path) -> Result<Opened, VaultError> {
    let keys = Arc::new(FileKeyStore::new(home.join("keys")));
    Vault::open(&home.join("vault"), keys, Arc::new(FileAnchor::new(home.join("anchor/anchor.json"))))
}

pub(super) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub(super) fn answer(vault: &Vault, name: &str, bytes: &[u8]) -> u64 {
    let account = vault.account(&account(name)).unwrap();
    vault
        .write_anchored(|tx| {
            let generation = tx.next_generation(&account)?;
            tx.put_answers(&account, generation, bytes)?;
            Ok::<_, VaultError>(generation)
        })
        .unwrap()
}

pub(super) fn state(vault: &Vault, name: &str) -> (u64, Option<Vec<u8>>, Standing) {
    let account = vault.account(&account(name)).unwrap();
    let state = vault.answers(&account).unwrap();
    (state.answers.generation, state.answers.bytes, state.standing)
}

fn at(millis: i64) -> Instant {
    Instant::from_millis(millis).unwrap()
}

/// One value in every table, each holding `marker`.
fn fill(vault: &Vault, marker: &str) {
    let body = marker.as_bytes();
    let account = vault.account(&account(marker)).unwrap();
    let (row, party) = (RowId::new("alipay.payment").unwrap(), PartyId::new(marker).unwrap());
    let nonce = Nonce::new(marker).unwrap();
    vault
        .write_anchored(|tx| {
            let generation = tx.next_generation(&account)?;
            tx.put_answers(&account, generation, body)?;
            tx.append_entry(0, Some(&account), &Hash::of(b"one"), body)?;
            tx.append_entry(1, None, &Hash::of(b"two"), body)?;
            tx.put_hashes(0, &[Hash::of(b"h0"), Hash::of(b"h1"), Hash::of(b"h2")])?;
            tx.put_share(
                &account,
                &NewShare {
                    key: body,
                    row: &row,
                    party: &party,
                    nonce: &nonce,
                    generation,
                    expires: at(2000),
                    body,
                },
            )?;
            tx.push_message(at(1), body)?;
            tx.push_event(&account, &row, &party, at(1), body)?;
            tx.put_party(&party, body)?;
            tx.put_meta(marker, body).and_then(|()| tx.put_meta("name", body))?;
            tx.count_up(marker, 3)?;
            tx.set_register_version(7)?;
            tx.set_ledger(2, Hash::of(b"root"))?;
            tx.set_clock_high_water(at(1_000))
        })
        .unwrap();
}

#[test]
fn everything_written_survives_a_restart() {
    let home = Home::new();
    fill(&home.open(), "marker");
    let vault = home.open();
    assert_eq!(state(&vault, "marker"), (1, Some(b"marker".to_vec()), Standing::Same));
    let account = vault.account(&account("marker")).unwrap();
    let (row, party) = (RowId::new("alipay.payment").unwrap(), PartyId::new("marker").unwrap());
    vault
        .read(|tx| {
            assert_eq!(tx.entry_count()?, 2);
            assert_eq!(tx.entry(0)?.unwrap().body, Body::Open(b"marker".to_vec()));
            assert_eq!(tx.entry(1)?.unwrap().commitment, Hash::of(b"two"));
            assert_eq!(tx.entry(2)?, None);
            assert_eq!((tx.read_hash(2)?, tx.read_hash(3)?), (Some(Hash::of(b"h2")), None));
            assert_eq!(tx.hash_count()?, 3);
            let share = tx.share(&account, b"marker")?.unwrap();
            assert_eq!((share.generation, share.expires, &share.body[..]), (1, at(2000), &b"marker"[..]));
            assert_eq!(share.nonce, tx.nonce_tag(&Nonce::new("marker").unwrap()));
            assert_ne!(share.nonce, tx.nonce_tag(&Nonce::new("other").unwrap()));
            assert_eq!(tx.messages(0, 9)?[0].body, b"marker");
            assert_eq!(tx.events(&account, &row, &party, 9)?[0].body, b"marker");
            assert_eq!(tx.party(&party)?.unwrap(), b"marker");
            assert_eq!(tx.meta("name")?.unwrap(), b"marker");
            assert_eq!(tx.counters()?, [("marker".to_owned(), 3)]);
            Ok::<_, VaultError>(())
        })
        .unwrap();
    let (standing, marks) = vault.standing().unwrap();
    assert_eq!((standing, marks.seq, marks.register_version), (Standing::Same, 1, 7));
    assert_eq!((marks.ledger_size, marks.clock_high_water), (2, at(1000)));
    assert!(vault.seals().unwrap() > 10);
}

#[test]
fn no_value_account_or_party_stands_in_clear_on_disk() {
    let home = Home::new();
    let vault = home.open();
    fill(&vault, "zebra-crossing-4711");
    vault.write(|tx| tx.put_meta("late", b"zebra-crossing-4711")).unwrap();
    // In a process of its own, while the WAL is still there: reading SQLite's files here would drop its locks.
    let found = std::process::Command::new("grep")
        .args(["-rac", "-e", "zebra-crossing", "-e", "alipay"])
        .arg(home.path(""))
        .output()
        .unwrap();
    let counts = String::from_utf8(found.stdout).unwrap();
    assert!(counts.contains("vault.db-wal:0") && counts.contains("anchor.json:0"), "{counts}");
    assert!(counts.lines().all(|line| line.ends_with(":0")), "{counts}");
}

#[test]
fn an_error_in_a_transaction_changes_nothing() {
    let vault = Vault::in_memory().unwrap();
    let result = vault.write(|tx| tx.put_meta("a", b"1").and(Err::<(), _>(VaultError::Conflict("ours"))));
    assert_eq!(result, Err(VaultError::Conflict("ours")));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vault.write(|tx| {
            tx.put_meta("a", b"1")?;
            if tx.meta("a")?.is_some() {
                panic!("in a room above");
            }
            Ok::<_, VaultError>(())
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(vault.read(|tx| tx.meta("a")).unwrap(), None);
    vault.write(|tx| tx.put_meta("a", b"2")).unwrap();
}

#[test]
fn generations_only_grow_and_entries_only_append() {
    let vault = Vault::in_memory().unwrap();
    assert_eq!(answer(&vault, "a", b"x"), 1);
    assert_eq!(answer(&vault, "a", b"y"), 2);
    let account = vault.account(&account("a")).unwrap();
    let stale = vault.write_anchored(|tx| tx.put_answers(&account, 2, b"z"));
    assert_eq!(stale, Err(VaultError::Conflict("generation")));
    let hash = Hash::of(b"c");
    assert_eq!(vault.write(|tx| tx.append_entry(1, None, &hash, b"")), Err(VaultError::Conflict("entry")));
    vault.write(|tx| tx.append_entry(0, None, &hash, b"")).unwrap();
    assert_eq!(vault.write(|tx| tx.append_entry(0, None, &hash, b"")), Err(VaultError::Conflict("entry")));
    vault.write(|tx| tx.put_hashes(0, &[hash])).unwrap();
    assert_eq!(vault.write(|tx| tx.put_hashes(0, &[hash])), Err(VaultError::Conflict("row")));
    vault.write_anchored(|tx| tx.set_register_version(4)).unwrap();
    let older = vault.write_anchored(|tx| tx.set_register_version(3));
    assert_eq!(older, Err(VaultError::Conflict("register version")));
}

#[test]
fn queues_are_pruned_trimmed_and_purged_by_account_row_and_party() {
    let vault = Vault::in_memory().unwrap();
    let (a, b) = (vault.account(&account("a")).unwrap(), vault.account(&account("b")).unwrap());
    let (row, party) = (RowId::new("ads").unwrap(), PartyId::new("p").unwrap());
    let (other, nonce) = (PartyId::new("q").unwrap(), Nonce::new("n").unwrap());
    vault
        .write(|tx| {
            for (account, party) in [(&a, &party), (&a, &other), (&b, &party), (&a, &party)] {
                tx.push_event(account, &row, party, at(1), b"e")?;
            }
            for (key, party) in [(b"1", &party), (b"2", &other)] {
                let share = NewShare {
                    key,
                    row: &row,
                    party,
                    nonce: &nonce,
                    generation: 1,
                    expires: at(5),
                    body: b"",
                };
                tx.put_share(&a, &share)?;
                assert_eq!(tx.share(&b, key)?, None, "a key is its account's alone");
            }
            assert_eq!(tx.event_count(&a, &row, &party)?, 2);
            assert_eq!(tx.trim_events(3)?, 1);
            assert_eq!(tx.event_count(&a, &row, &party)?, 1);
            assert_eq!(tx.delete_events(&a, Some(&row), Some(&other))?, 1);
            assert_eq!(tx.delete_events(&a, None, None)?, 1);
            let left = tx.events(&b, &row, &party, 9)?;
            assert_eq!(tx.take_events(&[left[0].id, 99])?, 1);
            assert_eq!(tx.delete_shares(&a, Some(&row), Some(&party))?, 1);
            assert_eq!((tx.prune_shares(at(4))?, tx.prune_shares(at(5))?), (0, 1));
            let first = tx.push_message(at(1), b"m1")?;
            let second = tx.push_message(at(2), b"m2")?;
            assert_eq!(tx.ack_messages(&[first, 99], at(3))?, 1);
            assert_eq!(tx.messages(0, 9)?.iter().map(|m| m.id).collect::<Vec<_>>(), [second]);
            assert_eq!(tx.prune_messages()?, 1);
            assert_eq!(tx.count_up("read device.model", 1)?, 1);
            assert_eq!(tx.count_up("read device.model", 1)?, 2);
            Ok::<_, VaultError>(())
        })
        .unwrap();
}

#[test]
fn an_erased_account_is_unreadable_and_its_key_is_gone() {
    let home = Home::new();
    let vault = home.open();
    fill(&vault, "anna");
    let opened = vault.account(&account("anna")).unwrap();
    let keys = || std::fs::read_dir(home.path("keys")).unwrap().count();
    assert_eq!(keys(), 2);
    assert!(vault.write_anchored(|tx| tx.erase(&account("anna"))).unwrap());
    assert_eq!(keys(), 1);
    assert!(!vault.write_anchored(|tx| tx.erase(&account("anna"))).unwrap());
    vault
        .read(|tx| {
            let entry = tx.entry(0)?.unwrap();
            assert_eq!((entry.body, entry.commitment), (Body::Erased, Hash::of(b"one")));
            assert_eq!(tx.entry(1)?.unwrap().body, Body::Open(b"anna".to_vec()));
            assert_eq!(tx.answers(&opened), Err(VaultError::Erased));
            assert_eq!(tx.share(&opened, b"anna")?, None);
            Ok::<_, VaultError>(())
        })
        .unwrap();
    // A thread that still holds the account can't write for it.
    let hash = Hash::of(b"");
    assert_eq!(vault.write(|tx| tx.append_entry(2, Some(&opened), &hash, b"")), Err(VaultError::Erased));
    // The same person comes back: nothing of before, and a generation that no older copy has.
    assert_eq!(state(&vault, "anna"), (0, None, Standing::Same));
    assert_eq!(answer(&vault, "anna", b"new"), 3);
    assert_eq!(state(&vault, "anna"), (3, Some(b"new".to_vec()), Standing::Same));
    assert_eq!(vault.read(|tx| tx.entry(0)).unwrap().unwrap().body, Body::Erased);
}

/// A key store that can be locked.
struct Lockable(MemoryKeyStore, AtomicBool);

impl Lockable {
    fn free(&self) -> Result<(), KeyStoreError> {
        if self.1.load(Ordering::SeqCst) { Err(KeyStoreError::Locked) } else { Ok(()) }
    }
}

impl KeyStore for Lockable {
    fn create(&self, alias: String) -> Result<(), KeyStoreError> {
        self.free().and_then(|()| self.0.create(alias))
    }
    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.free().and_then(|()| self.0.wrap(alias, plain))
    }
    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
        self.free().and_then(|()| self.0.unwrap(alias, wrapped))
    }
    fn delete(&self, alias: String) -> Result<(), KeyStoreError> {
        self.free().and_then(|()| self.0.delete(alias))
    }
}

#[test]
fn a_locked_key_store_or_a_wrong_key_is_an_error_and_puts_nothing_aside() {
    let home = Home::new();
    let keys = Arc::new(Lockable(MemoryKeyStore::new(), AtomicBool::new(true)));
    let anchor = Arc::new(MemoryAnchor::default());
    let open = |keys: Arc<dyn KeyStore>| Vault::open(&home.path("vault"), keys, anchor.clone());
    assert_eq!(open(keys.clone()).err(), Some(VaultError::Locked));
    keys.1.store(false, Ordering::SeqCst);
    let vault = open(keys.clone()).unwrap().vault;
    answer(&vault, "a", b"yes");
    keys.1.store(true, Ordering::SeqCst);
    // What was opened stays usable; opening again is refused.
    assert_eq!(state(&vault, "a").0, 1);
    assert_eq!(vault.account(&account("b")).err(), Some(VaultError::Locked));
    drop(vault);
    assert_eq!(open(keys.clone()).err(), Some(VaultError::Locked));
    let stranger = Arc::new(MemoryKeyStore::new());
    assert_eq!(open(stranger.clone()).err(), Some(VaultError::WrongKey("missing")));
    stranger.create(VAULT_ALIAS.into()).unwrap();
    assert_eq!(open(stranger).err(), Some(VaultError::WrongKey("refused")));
    keys.1.store(false, Ordering::SeqCst);
    let opened = open(keys).unwrap();
    assert_eq!(opened.reset, None);
    assert_eq!(state(&opened.vault, "a"), (1, Some(b"yes".to_vec()), Standing::Same));
}

/// An anchor that can't be written for a while.
struct Stuck(MemoryAnchor, AtomicBool);

impl AnchorStore for Stuck {
    fn load(&self) -> Result<Option<Vec<u8>>, AnchorError> {
        self.0.load()
    }
    fn store(&self, anchor: Vec<u8>) -> Result<(), AnchorError> {
        if self.1.load(Ordering::SeqCst) { Err(AnchorError::Locked) } else { self.0.store(anchor) }
    }
}

#[test]
fn a_withdrawal_holds_even_when_the_anchor_cant_follow_and_the_anchor_follows_later() {
    let home = Home::new();
    let anchor = Arc::new(Stuck(MemoryAnchor::default(), AtomicBool::new(false)));
    let keys = Arc::new(MemoryKeyStore::new());
    let open = || Vault::open(&home.path("vault"), keys.clone(), anchor.clone()).unwrap().vault;
    let vault = open();
    answer(&vault, "a", b"granted");
    anchor.1.store(true, Ordering::SeqCst);
    let opened = vault.account(&account("a")).unwrap();
    let withdrawn = vault.write_anchored(|tx| tx.put_answers(&opened, 2, b"withdrawn"));
    assert!(matches!(withdrawn, Err(VaultError::Unsettled(_))));
    drop(vault);
    let vault = open();
    assert_eq!(state(&vault, "a"), (2, Some(b"withdrawn".to_vec()), Standing::Ahead));
    anchor.1.store(false, Ordering::SeqCst);
    answer(&vault, "b", b"any");
    assert_eq!(state(&vault, "a").2, Standing::Same);
}

#[test]
fn a_vault_in_memory_does_what_one_on_disk_does() {
    let vault = Vault::in_memory().unwrap();
    fill(&vault, "m");
    assert_eq!(state(&vault, "m").2, Standing::Same);
    assert_eq!(vault.standing().unwrap().1.register_version, 7);
}
