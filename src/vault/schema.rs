//! The tables, their format version and the migrations from every older one.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::VaultError;
use super::folder::Place;

/// How long a call waits for another process or thread before it gives [`VaultError::Busy`].
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The format version this library writes.
pub const FORMAT: u32 = MIGRATIONS.len() as u32 - 1;

/// The n-th brings a store of format n-1 to format n; the first makes an empty file format 0.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE keys(id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, digest BLOB NOT NULL, seals INTEGER NOT NULL);
    CREATE TABLE meta(key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE accounts(tag BLOB PRIMARY KEY, alias TEXT NOT NULL, wrapped BLOB NOT NULL, digest BLOB NOT NULL,
        generation INTEGER NOT NULL, answers BLOB) WITHOUT ROWID;
    CREATE TABLE erased(alias TEXT PRIMARY KEY, tag BLOB NOT NULL, generation INTEGER NOT NULL,
        destroyed INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE entries(idx INTEGER PRIMARY KEY, account BLOB, commitment BLOB NOT NULL, body BLOB NOT NULL);
    CREATE TABLE hashes(idx INTEGER PRIMARY KEY, hash BLOB NOT NULL);
    CREATE TABLE shares(account BLOB NOT NULL, key BLOB NOT NULL, row BLOB NOT NULL, party BLOB NOT NULL,
        nonce BLOB NOT NULL, generation INTEGER NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(account, key)) WITHOUT ROWID;
    CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, acked INTEGER,
        body BLOB NOT NULL);
    CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, account BLOB NOT NULL, row BLOB NOT NULL,
        party BLOB NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX events_of ON events(account, row, party);
    CREATE TABLE dealings(account BLOB NOT NULL, row BLOB NOT NULL, party BLOB NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY(account, row, party)) WITHOUT ROWID;
    CREATE TABLE parties(tag BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE counters(key BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
"];

/// `SLG` and the format version: both this and `user_version` must say it, so that one flipped bit of the header
/// is damage and not "a newer format".
const fn application_id(format: u32) -> u32 {
    0x534c_4700 + format
}

/// A connection to the store's file with the settings the vault relies on; the file may still be empty.
pub(super) fn connect(place: &Place) -> Result<Connection, VaultError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(place.file(), flags)?;
    settle(&connection)?;
    Ok(connection)
}

/// A connection to a store in memory.
pub(super) fn connect_in_memory() -> Result<Connection, VaultError> {
    let connection = Connection::open_in_memory()?;
    settle(&connection)?;
    Ok(connection)
}

fn settle(connection: &Connection) -> Result<(), VaultError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Temporary tables in memory: no file outside the vault's folder. Cell sizes checked: damage is found early.
    connection.execute_batch(
        "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;
         PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA synchronous=FULL;",
    )?;
    // The change of mode does not wait by itself when two processes make the store at once.
    let until = Instant::now() + BUSY_TIMEOUT;
    loop {
        let wal = connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()));
        match wal.map_err(VaultError::from) {
            Err(VaultError::Busy) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            other => break other?,
        }
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// The format of the store, none if the file is still empty.
pub(super) fn format(connection: &Connection) -> Result<Option<u32>, VaultError> {
    let pragma = |name| connection.query_row(name, [], |row| row.get::<_, u32>(0));
    let (application, format) = (pragma("PRAGMA application_id")?, pragma("PRAGMA user_version")?);
    if (application, format) == (0, 0) {
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        return if tables == 0 { Ok(None) } else { Err(VaultError::Corrupt("header")) };
    }
    if application != application_id(format) || format > 0xff {
        return Err(VaultError::Corrupt("header"));
    }
    if format > FORMAT {
        return Err(VaultError::NewerFormat { found: format, known: FORMAT });
    }
    Ok(Some(format))
}

/// Brings the store to [`FORMAT`], in one transaction; `fill` completes a store that was empty.
/// Gives back whether it was.
pub(super) fn migrate(
    connection: &mut Connection,
    fill: impl FnOnce(rusqlite::Transaction<'_>) -> Result<(), VaultError>,
) -> Result<bool, VaultError> {
    if format(connection)? == Some(FORMAT) {
        return Ok(false);
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again: another process may have been first.
    let found = format(&tx)?;
    let first = found.map_or(0, |format| format as usize + 1);
    for step in &MIGRATIONS[first..] {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", application_id(FORMAT))?;
    tx.pragma_update(None, "user_version", FORMAT)?;
    match found {
        Some(_) => tx.commit()?,
        None => fill(tx)?,
    }
    Ok(found.is_none())
}
