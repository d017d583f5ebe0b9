//! `sluicegate permit`: what the controller's back end asks of a permit before it provides.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;
use sluicegate::register::{Nonce, PartyId};
use sluicegate_cli::receive::verify_permit;

use super::input::{At, Trusted, party, read_text, refused};
use super::{Failure, say_json};

#[derive(Subcommand)]
pub enum Permit {
    /// Verifies certificate, signature and claims; prints the claims
    Check {
        /// The compact JWS, or - for standard input
        file: PathBuf,
        /// The party that is to be provided to
        #[arg(long, value_name = "ID", value_parser = party)]
        party: PartyId,
        /// The nonce that was given for it
        #[arg(long)]
        nonce: Option<String>,
        /// The generation of the account's answers as it is known now
        #[arg(long)]
        generation: Option<u64>,
        #[command(flatten)]
        controller: Trusted,
        #[command(flatten)]
        at: At,
    },
}

impl Permit {
    pub fn run(self) -> Result<(), Failure> {
        let Permit::Check { file, party, nonce, generation, controller, at } = self;
        let (permit, now) = (read_text(&file)?, at.instant()?);
        let permit = controller
            .check(&permit, |issuer| verify_permit(&permit, &party, issuer, now))?
            .map_err(refused(&file))?;
        let claims = &permit.claims;
        if nonce.is_some_and(|nonce| Nonce::new(nonce).ok().as_ref() != Some(&claims.nonce)) {
            return Err(Failure::of(&file, "nonce: is another one"));
        }
        if let Some(known) = generation.filter(|known| *known > claims.answers_generation) {
            let made = claims.answers_generation;
            return Err(Failure::of(
                &file,
                format!("answers_generation: is {made}, and answers have come to {known}"),
            ));
        }
        say_json(&json!({
            "claims": claims,
            "signed_by": { "key": permit.certificate.key.thumbprint(), "until": permit.certificate.expires },
        }));
        Ok(())
    }
}
