//! `sluicegate keys`: making keys, and what a controller signs with its own.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use sluicegate::jose::KeyUse;
use sluicegate::register::{BadTerm, ControllerId, Instant, PartyId, RecipientId};
use sluicegate_cli::issue::{DAY, Member, Signer};
use sluicegate_cli::receive::KeyPair;

use super::input::{At, controller, party, private_key, public_key, read_text, refused, usage};
use super::{Failure, say, say_json};

/// What a key is for.
#[derive(Clone, Copy, ValueEnum)]
pub enum Use {
    /// Signs: registers, cards, certificates, requests (ES256)
    Sig,
    /// Is sealed to: payloads, batches, the outbox (ECDH-ES)
    Enc,
}

/// The controller that signs.
#[derive(Args)]
pub struct Controller {
    /// The controller's private key
    #[arg(long, value_name = "JWK")]
    key: PathBuf,
    /// The controller's id, as in the register
    #[arg(long, value_name = "ID", value_parser = controller)]
    controller: ControllerId,
    #[command(flatten)]
    at: At,
}

impl Controller {
    fn signs<T>(&self, days: u32, with: impl FnOnce(Signer<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let key = private_key(&self.key)?;
        let now: Instant = self.at.instant()?;
        with(Signer { id: &self.controller, key: &key, now, lasts: i64::from(days) * DAY })
    }
}

#[derive(Subcommand)]
pub enum Keys {
    /// Makes a private key on P-256; prints its JWK
    New {
        /// What it is for
        #[arg(long = "use", value_enum)]
        key_use: Use,
        /// Writes it to this new file, which only its owner can read
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Prints the public half of a key, which registers and cards carry
    Public {
        /// The JWK
        file: PathBuf,
    },
    /// Prints the RFC 7638 thumbprint, by which a register pins a party's key
    Thumbprint {
        /// The JWK, public or private
        file: PathBuf,
    },
    /// As the controller: certifies the key of an enrolment request, whose nonce you gave; prints the certificate
    Certify {
        /// The request, a compact JWS, or - for standard input
        request: PathBuf,
        #[command(flatten)]
        controller: Controller,
        /// How long it holds
        #[arg(long, default_value = "365", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
    /// As the controller: signs the card of a merchant, carrier or partner; prints it
    Card {
        #[command(flatten)]
        controller: Controller,
        /// The party's id
        #[arg(long, value_name = "ID", value_parser = party)]
        party: PartyId,
        /// The class of recipients it belongs to, as in the register
        #[arg(long, value_name = "ID", value_parser = recipient)]
        recipient: RecipientId,
        /// Its name, as a person would know it
        #[arg(long)]
        name: String,
        /// Its key to seal to; without it, the back end provides
        #[arg(long, value_name = "JWK")]
        party_key: Option<PathBuf>,
        /// How long it holds
        #[arg(long, default_value = "1", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

fn recipient(text: &str) -> Result<RecipientId, BadTerm> {
    RecipientId::new(text)
}

impl Keys {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Keys::New { key_use, out } => new_key(key_use, out.as_deref()),
            Keys::Public { file } => {
                say_json(&public_key(&file)?);
                Ok(())
            }
            Keys::Thumbprint { file } => {
                say(&(public_key(&file)?.thumbprint() + "\n"));
                Ok(())
            }
            Keys::Certify { request, controller, days } => controller.signs(days, |signer| {
                let (_, certificate) = signer.certify(&read_text(&request)?).map_err(refused(&request))?;
                say(&(certificate + "\n"));
                Ok(())
            }),
            Keys::Card { controller, party, recipient, name, party_key, days } => {
                let key = party_key.as_deref().map(public_key).transpose()?;
                if key.as_ref().is_some_and(|key| !key.can_be_sealed_to()) {
                    return Err(Failure::Usage("--party-key: use: must be a key to seal to".into()));
                }
                let member = Member { party: &party, recipient: &recipient, name: &name, key: key.as_ref() };
                controller.signs(days, |signer| {
                    say(&(signer.card(&member).map_err(usage("--key"))? + "\n"));
                    Ok(())
                })
            }
        }
    }
}

fn new_key(key_use: Use, out: Option<&Path>) -> Result<(), Failure> {
    let key_use = match key_use {
        Use::Sig => KeyUse::Signature,
        Use::Enc => KeyUse::Encryption,
    };
    let key = KeyPair::new_key(key_use).map_err(usage("keys new"))?;
    let jwk = key.to_private_jwk();
    let Some(file) = out else {
        say(&format!("{}\n", *jwk));
        return Ok(());
    };
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut open| writeln!(open, "{}", *jwk));
    written.map_err(usage(&file.display().to_string()))?;
    say(&format!("{}\n", key.public().thumbprint()));
    Ok(())
}
