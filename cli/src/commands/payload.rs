//! `sluicegate payload`, `batch` and `outbox`: what was sealed to a party, opened with its key.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use sluicegate::payload::claims::Claims;
use sluicegate::register::PartyId;
use sluicegate_cli::receive::{Certified, KeyPair, open_batch, open_jwe, open_signed, verify_payload};

use super::input::{At, Trusted, party, private_key, read_text, refused};
use super::{Failure, say, say_json};

/// A sealed text and who opens it.
#[derive(Args)]
pub struct Sealed {
    /// The compact JWE, or - for standard input
    file: PathBuf,
    /// The party's private key
    #[arg(long, value_name = "JWK")]
    key: PathBuf,
}

impl Sealed {
    fn read(&self) -> Result<(String, KeyPair), Failure> {
        Ok((read_text(&self.file)?, private_key(&self.key)?))
    }
}

#[derive(Subcommand)]
pub enum Payload {
    /// Opens a payload and verifies certificate, signature and claims; prints them
    Open {
        #[command(flatten)]
        sealed: Sealed,
        /// The party's id
        #[arg(long, value_name = "ID", value_parser = party)]
        party: PartyId,
        #[command(flatten)]
        controller: Trusted,
        #[command(flatten)]
        at: At,
    },
    /// Opens a payload to the signed token within and prints that, not verified
    Unseal {
        #[command(flatten)]
        sealed: Sealed,
    },
    /// Verifies the signed token of a payload that was opened elsewhere; prints the claims
    Verify {
        /// The compact JWS, or - for standard input
        file: PathBuf,
        /// The party's id
        #[arg(long, value_name = "ID", value_parser = party)]
        party: PartyId,
        #[command(flatten)]
        controller: Trusted,
        #[command(flatten)]
        at: At,
    },
}

impl Payload {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Payload::Open { sealed, party, controller, at } => {
                let (compact, key) = sealed.read()?;
                let signed = open_signed(&compact, &key).map_err(refused(&sealed.file))?;
                verified(&signed, &sealed.file, &party, &controller, &at)
            }
            Payload::Unseal { sealed } => {
                let (compact, key) = sealed.read()?;
                let signed = open_signed(&compact, &key).map_err(refused(&sealed.file))?;
                say(&(signed + "\n"));
                Ok(())
            }
            Payload::Verify { file, party, controller, at } => {
                verified(&read_text(&file)?, &file, &party, &controller, &at)
            }
        }
    }
}

fn verified(
    signed: &str,
    file: &Path,
    party: &PartyId,
    controller: &Trusted,
    at: &At,
) -> Result<(), Failure> {
    let now = at.instant()?;
    let payload: Certified<Claims> = controller
        .check(signed, |issuer| verify_payload(signed, party, issuer, now))?
        .map_err(refused(file))?;
    let certificate = &payload.certificate;
    say_json(&json!({
        "claims": payload.claims,
        "signed_by": {
            "key": certificate.key.thumbprint(),
            "certified_for": certificate.party,
            "until": certificate.expires,
        },
    }));
    Ok(())
}

#[derive(Subcommand)]
pub enum Batch {
    /// Opens a batch and prints its claims. Nobody signed it: it names no phone
    Open {
        #[command(flatten)]
        sealed: Sealed,
        /// The partner's id
        #[arg(long, value_name = "ID", value_parser = party)]
        party: PartyId,
    },
}

impl Batch {
    pub fn run(self) -> Result<(), Failure> {
        let Batch::Open { sealed, party } = self;
        let (compact, key) = sealed.read()?;
        say_json(&open_batch(&compact, &key, &party).map_err(refused(&sealed.file))?);
        Ok(())
    }
}

#[derive(Subcommand)]
pub enum Outbox {
    /// Opens an item of the outbox with its addressee's key and prints it
    Open {
        #[command(flatten)]
        sealed: Sealed,
    },
}

impl Outbox {
    pub fn run(self) -> Result<(), Failure> {
        let Outbox::Open { sealed } = self;
        let (compact, key) = sealed.read()?;
        let text = open_jwe(&compact, &key.to_private_jwk()).map_err(refused(&sealed.file))?;
        let json: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|_| Failure::of(&sealed.file, "opened, and is no JSON of the outbox"))?;
        say_json(&json);
        Ok(())
    }
}
