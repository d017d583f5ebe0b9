//! The exported face, thin: conversions and nothing else. A panic inside becomes an error here (UniFFI catches it).

mod convert;
mod foreign;
mod records;
mod screens;

use std::path::PathBuf;
use std::sync::Arc;

pub use foreign::{CallFailed, Listener, Platform, Provider, Signer};
pub use records::*;
pub use screens::*;

use crate::jose::PublicJwk;
use crate::register::{AccountId, BadTerm, Instant, Nonce, PartyId};
use crate::vault::{FileAnchor, FileKeyStore};
use crate::{consent, sdk};
use foreign::{ForeignListener, ForeignPlatform, ForeignProvider, ForeignSigner};

/// Bad input, or a part that can't be used. Nothing has changed.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
pub enum SluicegateError {
    /// The message begins with the field at fault (`party.card: …`).
    #[error("{0}")]
    InvalidInput(String),
    /// The register is older than one this install has used.
    #[error("{0}")]
    RegisterOlder(String),
    /// The vault can't be used now.
    #[error("{0}")]
    VaultUnavailable(String),
    /// The app's provider or signer failed.
    #[error("{0}")]
    Host(String),
    /// A key or seal failed.
    #[error("{0}")]
    Crypto(String),
}

impl From<sdk::Error> for SluicegateError {
    fn from(error: sdk::Error) -> Self {
        let text = error.to_string();
        match error {
            sdk::Error::InvalidInput { .. } => Self::InvalidInput(text),
            sdk::Error::RegisterOlder { .. } => Self::RegisterOlder(text),
            sdk::Error::VaultUnavailable(_) => Self::VaultUnavailable(text),
            sdk::Error::Host(_) => Self::Host(text),
            sdk::Error::Crypto(_) => Self::Crypto(text),
        }
    }
}

impl From<BadTerm> for SluicegateError {
    fn from(bad: BadTerm) -> Self {
        sdk::Error::from(bad).into()
    }
}

/// What an app opens the gate with.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Options {
    /// The register, signed by the controller: the compact JWS.
    pub register: String,
    /// The controller's signing key, a JWK's JSON, built into the app.
    pub controller_key: String,
    /// The vault's own folder; none keeps everything in memory, for tests.
    pub folder: Option<String>,
    /// Now, in milliseconds since 1970.
    pub at: i64,
}

/// The version of the library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The gate of one app. Opened once, used from any thread; it reads nothing and sends nothing by itself.
#[derive(uniffi::Object)]
pub struct Sluicegate(sdk::Sluicegate);

type Result<T> = std::result::Result<T, SluicegateError>;

fn account(id: String) -> Result<AccountId> {
    Ok(AccountId::new(id)?)
}

fn instant(at: i64) -> Result<Instant> {
    Ok(Instant::from_millis(at)?)
}

fn act(act: Act) -> Result<consent::Act> {
    Ok(act.try_into()?)
}

fn subjects(subjects: Vec<Subject>) -> Result<Vec<consent::Subject>> {
    Ok(subjects.into_iter().map(TryInto::try_into).collect::<std::result::Result<_, BadTerm>>()?)
}

#[uniffi::export]
impl Sluicegate {
    /// Opens the gate. Reads nothing of the device. Without a platform, keys and anchor are files beside the folder
    /// (`<folder>.keys`, `<folder>.anchor`), which suits hosts and tools, not phones.
    #[uniffi::constructor]
    pub fn open(
        options: Options,
        provider: Arc<dyn Provider>,
        platform: Option<Arc<dyn Platform>>,
        signer: Option<Arc<dyn Signer>>,
    ) -> Result<Arc<Self>> {
        let key = PublicJwk::from_json(&options.controller_key);
        let controller_key = key.map_err(|error| sdk::Error::input("controller_key", error))?;
        let place = match (options.folder, platform) {
            (None, _) => sdk::Place::Memory,
            (Some(folder), Some(platform)) => {
                let platform = Arc::new(ForeignPlatform(platform));
                sdk::Place::Folder { folder: folder.into(), keys: platform.clone(), anchor: platform }
            }
            (Some(folder), None) => sdk::Place::Folder {
                keys: Arc::new(FileKeyStore::new(PathBuf::from(format!("{folder}.keys")))),
                anchor: Arc::new(FileAnchor::new(PathBuf::from(format!("{folder}.anchor")))),
                folder: folder.into(),
            },
        };
        let gate = sdk::Sluicegate::open(sdk::SdkOptions {
            register: options.register,
            controller_key,
            place,
            host: Arc::new(ForeignProvider(provider)),
            signer: signer.map(|signer| Arc::new(ForeignSigner(signer)) as Arc<dyn sdk::Signer>),
            at: instant(options.at)?,
        })?;
        Ok(Arc::new(Self(gate)))
    }

    /// The notice was shown and accepted, in this version. Returns the answers' generation.
    pub fn accept_notice(&self, account_id: String, version: u32, how: Act) -> Result<u64> {
        Ok(self.0.accept_notice(&account(account_id)?, version, &act(how)?)?)
    }

    /// The person agreed. One subject by itself is a separate consent. Returns the answers' generation.
    pub fn grant(&self, account_id: String, about: Vec<Subject>, how: Act) -> Result<u64> {
        Ok(self.0.grant(&account(account_id)?, &subjects(about)?, &act(how)?)?)
    }

    /// The person said no. Returns the answers' generation.
    pub fn refuse(&self, account_id: String, about: Vec<Subject>, how: Act) -> Result<u64> {
        Ok(self.0.refuse(&account(account_id)?, &subjects(about)?, &act(how)?)?)
    }

    /// The person takes back what they granted; in force when this returns. Returns the answers' generation.
    pub fn withdraw(&self, account_id: String, about: Vec<Subject>, how: Act) -> Result<u64> {
        Ok(self.0.withdraw(&account(account_id)?, &subjects(about)?, &act(how)?)?)
    }

    /// The questions were shown. Returns the answers' generation.
    pub fn asked(&self, account_id: String, about: Vec<Subject>, how: Act) -> Result<u64> {
        Ok(self.0.asked(&account(account_id)?, &subjects(about)?, &act(how)?)?)
    }

    /// What the account has said, as it stands.
    pub fn answers(&self, account_id: String, at: i64) -> Result<Answers> {
        Ok(self.0.answers(&account(account_id)?, instant(at)?)?.into())
    }

    /// What a row would share now, in people's words.
    pub fn explain(&self, ask: ExplainAsk) -> Result<Explanation> {
        Ok(self.0.explain(&ask.try_into()?)?.into())
    }

    /// Asks the gate, and hands over what it releases. What is withheld is a value, not an error.
    pub fn share(&self, ask: Ask) -> Result<Outcome> {
        Ok(self.0.share(&ask.try_into()?)?.into())
    }

    /// Queues an exposure or click for the next batch, if the gate would let it go.
    pub fn record_event(&self, event: AdEvent) -> Result<Recorded> {
        Ok(self.0.record_event(&event.try_into()?)?.into())
    }

    /// Our signing key for a party, to be certified by the controller: a compact JWS for its back end. For permits the
    /// party is the controller.
    pub fn enroll(&self, party: String, nonce: String, at: i64) -> Result<String> {
        Ok(self.0.enroll(&PartyId::new(party)?, &Nonce::new(nonce)?, instant(at)?)?)
    }

    /// Takes the controller's certificate.
    pub fn complete_enrolment(&self, party: String, certificate: String, at: i64) -> Result<()> {
        Ok(self.0.complete_enrolment(&PartyId::new(party)?, &certificate, instant(at)?)?)
    }

    /// The ledger's state: size, checkpoint, verifier key.
    pub fn ledger(&self, at: i64) -> Result<Ledger> {
        Ok(self.0.ledger(instant(at)?)?.into())
    }

    /// The C2SP proof that an entry is in the ledger.
    pub fn prove(&self, index: u64, at: i64) -> Result<String> {
        Ok(self.0.prove(index, instant(at)?)?)
    }

    /// The whole ledger as JSON, for `sluicegate ledger verify`.
    pub fn export_ledger(&self, at: i64) -> Result<String> {
        Ok(self.0.export_ledger(instant(at)?)?)
    }

    /// What waits to be delivered, at most `limit` items.
    pub fn outbox(&self, limit: u32, at: i64) -> Result<Vec<OutboxItem>> {
        Ok(self.0.outbox(limit, instant(at)?)?.into_iter().map(Into::into).collect())
    }

    /// These were delivered.
    pub fn acknowledge(&self, ids: Vec<u64>, at: i64) -> Result<()> {
        Ok(self.0.acknowledge(&ids, instant(at)?)?)
    }

    /// The app vouches for the time: its servers' clock.
    pub fn confirm_time(&self, at: i64) -> Result<()> {
        Ok(self.0.confirm_time(instant(at)?)?)
    }

    /// Everything about an account, as JSON.
    pub fn export_account(&self, account_id: String, at: i64) -> Result<String> {
        Ok(self.0.export_account(&account(account_id)?, instant(at)?)?)
    }

    /// Erases an account. Returns whether there was anything.
    pub fn erase(&self, account_id: String, at: i64) -> Result<bool> {
        Ok(self.0.erase(&account(account_id)?, instant(at)?)?)
    }

    /// A signed receipt for each answer of the account, as it stands now (ISO/IEC TS 27560, JSON-LD in a compact JWS).
    pub fn receipts(&self, account_id: String, at: i64) -> Result<Vec<String>> {
        Ok(self.0.receipts(&account(account_id)?, instant(at)?)?)
    }

    /// Takes over a refusal or withdrawal from the person's other phone; a grant is never taken over. Returns whether
    /// anything changed.
    pub fn import_receipt(&self, account_id: String, receipt: String, at: i64) -> Result<bool> {
        Ok(self.0.import_receipt(&account(account_id)?, &receipt, instant(at)?)?)
    }

    /// Subscribes to changes of answers; gives the number by which to unsubscribe.
    pub fn subscribe(&self, listener: Arc<dyn Listener>) -> u64 {
        self.0.subscribe(Arc::new(ForeignListener(listener)))
    }

    /// Ends a subscription. Returns whether there was one.
    pub fn unsubscribe(&self, number: u64) -> bool {
        self.0.unsubscribe(number)
    }

    /// How often each item was read, for which row.
    pub fn reads(&self, at: i64) -> Result<Vec<ReadCount>> {
        Ok(self.0.reads(instant(at)?)?.into_iter().map(Into::into).collect())
    }
}
