//! Opening: the register is verified, the vault is opened when it can be. Nothing of the device is read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::{Error, Host, Opened, Signer, Sluicegate, log};
use crate::device::{LiveSystem, ReadBudget, System};
use crate::jose::PublicJwk;
use crate::ledger::{Entry, LogKey};
use crate::register::{Hash, Instant, ItemId, PartyId, Register, Row, RowId, RowItem};
use crate::vault::{AnchorStore, KeyStore, ResetReason, Standing, Vault, VaultError};

/// Where the vault is kept.
pub enum Place {
    /// In a folder, with keys and anchor elsewhere.
    Folder {
        /// The vault's own folder.
        folder: PathBuf,
        /// Keeps the wrapping keys.
        keys: Arc<dyn KeyStore>,
        /// Keeps the anchor, outside the folder.
        anchor: Arc<dyn AnchorStore>,
    },
    /// In memory, as long as the object lives: for the tests of host apps.
    Memory,
}

/// What an app opens the gate with.
pub struct SdkOptions {
    /// The register, signed by the controller (compact JWS).
    pub register: String,
    /// The controller's signing key, built into the app: what everything is trusted by.
    pub controller_key: PublicJwk,
    /// Where the vault is.
    pub place: Place,
    /// The app's provider of values.
    pub host: Arc<dyn Host>,
    /// The platform's keeper of signing keys; without one the vault keeps them.
    pub signer: Option<Arc<dyn Signer>>,
    /// Now.
    pub at: Instant,
}

/// What only this install knows, kept sealed in the vault.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    log_key: Vec<u8>,
    secret: [u8; 32],
}

impl Drop for Secrets {
    fn drop(&mut self) {
        self.log_key.zeroize();
        self.secret.zeroize();
    }
}

const SECRETS: &str = "secrets";
const REGISTER: &str = "register";

/// The register this install uses, and when its rows and items were last switched off.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Adopted {
    version: u64,
    digest: Option<Hash>,
    rows_off: BTreeMap<RowId, u64>,
    items_off: BTreeMap<ItemId, u64>,
}

impl Adopted {
    /// The register version at which the row was last off, if it ever was.
    pub fn last_off(&self, row: &Row) -> Option<u64> {
        self.rows_off.get(&row.id).copied()
    }

    /// The same of the row's items.
    pub fn items_last_off(&self, row: &Row) -> Vec<(ItemId, u64)> {
        let off = |item: &RowItem| Some((item.id.clone(), *self.items_off.get(&item.id)?));
        row.items.iter().filter_map(off).collect()
    }

    fn take_over(&mut self, register: &Register) {
        let version = register.version();
        self.version = version;
        self.digest = Some(register.digest());
        let rows = register.rows().iter();
        self.rows_off.extend(rows.clone().filter(|row| row.off).map(|row| (row.id.clone(), version)));
        let items = rows.flat_map(|row| &row.items).filter(|item| item.off);
        self.items_off.extend(items.map(|item| (item.id.clone(), version)));
    }
}

impl Secrets {
    fn new() -> Result<Self, Error> {
        let random = SystemRandom::new();
        let fill =
            |bytes: &mut [u8]| random.fill(bytes).map_err(|_| Error::Crypto("random: none to be had".into()));
        let log_key = LogKey::generate(&random).map_err(|error| Error::Crypto(error.to_string()))?.to_vec();
        let mut secret = [0; 32];
        fill(&mut secret)?;
        Ok(Self { log_key, secret })
    }

    /// `device.install_id`: ours, random, new with each install and another for each party, so that it joins nothing.
    pub fn install_id(&self, party: &PartyId) -> String {
        let id = self.derive("install id", party.as_str().as_bytes());
        data_encoding::HEXLOWER.encode(&id[..16])
    }

    /// The key that signs checkpoints.
    pub fn log_key(&self) -> Result<LogKey, Error> {
        LogKey::from_pkcs8(&self.log_key).map_err(|error| Error::Crypto(error.to_string()))
    }

    /// The key that signs the checkpoints a party is shown: another for each, so that it joins nothing.
    pub fn log_key_for(&self, party: &PartyId) -> Result<LogKey, Error> {
        let seed = self.derive("log key", party.as_str().as_bytes());
        LogKey::from_seed(&seed).map_err(|error| Error::Crypto(error.to_string()))
    }

    /// 32 bytes that only this install knows, for one use and name.
    pub fn derive(&self, context: &str, name: &[u8]) -> [u8; 32] {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.secret);
        let mut message = (context.len() as u64).to_be_bytes().to_vec();
        message.extend_from_slice(context.as_bytes());
        message.extend_from_slice(name);
        let mut derived = [0; 32];
        derived.copy_from_slice(ring::hmac::sign(&key, &message).as_ref());
        derived
    }
}

impl Sluicegate {
    /// Opens the gate on this machine. A vault that can't be used now is tried again at every call, and until
    /// then everything is withheld.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a register that is not the controller's or breaks rules,
    /// [`Error::RegisterOlder`] for one older than this install has used.
    pub fn open(options: SdkOptions) -> Result<Self, Error> {
        Self::open_on(options, Arc::new(LiveSystem::new()))
    }

    /// Opens the gate over another view of the machine: a recorded snapshot.
    pub fn open_on(options: SdkOptions, system: Arc<dyn System + Send + Sync>) -> Result<Self, Error> {
        let SdkOptions { register, controller_key, place, host, signer, at } = options;
        let register =
            Register::verify(&register, &controller_key).map_err(|error| Error::input("register", error))?;
        let budget = ReadBudget::new();
        let open = Mutex::new(None);
        let listeners = Default::default();
        let gate = Self { register, controller_key, host, signer, system, budget, listeners, place, open };
        match gate.opened(at) {
            Ok(_) | Err(Error::VaultUnavailable(_)) => Ok(gate),
            Err(error) => Err(error),
        }
    }

    /// The register in use.
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// The open vault; opened now if it was not. Opening calls up (key store, anchor), so no lock is held meanwhile: of
    /// two threads that open at once, one vault is kept.
    pub(super) fn opened(&self, at: Instant) -> Result<Arc<Opened>, Error> {
        if let Some(opened) = self.kept_open().as_ref() {
            return Ok(opened.clone());
        }
        let opened = Arc::new(self.open_vault(at)?);
        Ok(self.kept_open().get_or_insert(opened).clone())
    }

    fn kept_open(&self) -> MutexGuard<'_, Option<Arc<Opened>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the open vault, and lets go of it if it turns out to be of no more use.
    pub(super) fn with_vault<T>(
        &self,
        at: Instant,
        work: impl FnOnce(&Opened) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let opened = self.opened(at)?;
        work(&opened).inspect_err(|error| {
            if let Error::VaultUnavailable(error) = error {
                self.after(error);
            }
        })
    }

    /// Lets go of a vault that has to be opened again; a damaged one is put aside, which the new ledger records.
    fn after(&self, error: &VaultError) {
        if !matches!(error, VaultError::Replaced | VaultError::Corrupt(_)) {
            return;
        }
        let opened = self.kept_open().take();
        if let (Some(opened), VaultError::Corrupt(_)) = (opened, error) {
            // Another process may have been first; opening again finds out.
            let _ = opened.vault.put_aside();
        }
    }

    fn open_vault(&self, at: Instant) -> Result<Opened, Error> {
        let vault = match &self.place {
            Place::Memory => Vault::in_memory()?,
            Place::Folder { folder, keys, anchor } => {
                Vault::open(folder, keys.clone(), anchor.clone())?.vault
            }
        };
        let secrets = self.settle(&vault, at)?;
        Ok(Opened { vault, secrets })
    }

    /// Makes what a new vault lacks, records a reset, and adopts the register.
    fn settle(&self, vault: &Vault, at: Instant) -> Result<Secrets, Error> {
        let (secrets, reset, adopted, marks) = vault.read(|tx| {
            let secrets = tx.meta(SECRETS)?.map(|json| log::from_json::<Secrets>(&json)).transpose()?;
            Ok::<_, Error>((secrets, tx.reset()?, adopted(tx)?, tx.marks()?))
        })?;
        // An older copy of the vault must not bring an older register or clock back: the anchor's marks count.
        let (standing, anchored) = vault.standing()?;
        let rolled_back = standing == Standing::Behind;
        let known = adopted.version.max(marks.register_version).max(anchored.register_version);
        let (version, digest) = (self.register.version(), self.register.digest());
        if version < known {
            return Err(Error::RegisterOlder { given: version, known });
        }
        if version == adopted.version && adopted.digest.is_some_and(|known| known != digest) {
            return Err(Error::input("register", format!("another register has version {version} already")));
        }
        match secrets {
            Some(secrets) if reset.is_none() && !rolled_back && version == adopted.version => {
                return Ok(secrets);
            }
            _ => {}
        }
        vault.write_anchored(|tx| {
            // Another process may have been first.
            let secrets = match tx.meta(SECRETS)? {
                Some(json) => log::from_json(&json)?,
                None => {
                    let secrets = Secrets::new()?;
                    tx.put_meta(SECRETS, &log::to_json(&secrets)?)?;
                    secrets
                }
            };
            if let Some(reset) = tx.reset()? {
                let why = match reset.reason {
                    ResetReason::Corrupt => "vault_corrupt",
                    ResetReason::Vanished => "vault_vanished",
                };
                let old = Some(tx.marks()?).filter(|marks| marks.ledger_size > 0);
                let (old_size, old_root) =
                    (old.as_ref().map(|m| m.ledger_size), old.as_ref().map(|m| m.ledger_root));
                log::append(tx, None, Entry::Reset { at, why: why.into(), old_size, old_root })?;
                tx.clear_reset()?;
            }
            if rolled_back {
                let (old_size, old_root) = (Some(anchored.ledger_size), Some(anchored.ledger_root));
                log::append(
                    tx,
                    None,
                    Entry::Reset { at, why: "vault_rolled_back".into(), old_size, old_root },
                )?;
                let mark = tx.marks()?.clock_high_water.max(anchored.clock_high_water);
                tx.set_clock_high_water(mark)?;
            }
            let mut adopted = self::adopted(tx)?;
            if adopted.version < version {
                let id = self.register.id().to_string();
                log::append(tx, None, Entry::Register { at, id, version, digest })?;
                adopted.take_over(&self.register);
                tx.put_meta(REGISTER, &log::to_json(&adopted)?)?;
                tx.set_register_version(version)?;
            }
            log::mark_ledger(tx)?;
            Ok(secrets)
        })
    }
}

/// What the vault says of the register in use.
pub(super) fn adopted(tx: &crate::vault::Transaction<'_>) -> Result<Adopted, Error> {
    Ok(tx.meta(REGISTER)?.map(|json| log::from_json(&json)).transpose()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn two_parties_can_not_join_an_install_by_its_id() {
        let secrets = Secrets::new().unwrap();
        let id = |party: &str| secrets.install_id(&PartyId::new(party).unwrap());
        assert_ne!(id("alipay"), id("heron"));
        assert_eq!(id("alipay"), id("alipay"));
        assert_eq!(id("alipay").len(), 32);
    }
}
