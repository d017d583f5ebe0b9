//! What commands are given: files, keys, ids, times. Whatever is wrong with one is said in a line that names it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use data_encoding::BASE64URL_NOPAD;
use sluicegate::jose::{Issuer, PublicJwk};
use sluicegate::register::{BadTerm, ControllerId, Instant, PartyId, Register};
use sluicegate_cli::receive::KeyPair;

use super::Failure;

/// The time at which something is checked.
#[derive(Args)]
pub struct At {
    /// Checks as of this time, in milliseconds since 1970, not as of now
    #[arg(long, value_name = "MILLIS")]
    at: Option<i64>,
}

impl At {
    /// The time.
    pub fn instant(&self) -> Result<Instant, Failure> {
        self.at.map_or_else(now, |millis| Instant::from_millis(millis).map_err(usage("--at")))
    }
}

/// Now.
pub fn now() -> Result<Instant, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(usage("the clock"))?;
    Instant::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)).map_err(usage("the clock"))
}

/// The controller whose word is taken.
#[derive(Args)]
pub struct Trusted {
    /// The controller's signing key, a JWK
    #[arg(long, value_name = "JWK")]
    controller_key: PathBuf,
    /// The controller's id; without it, whatever id the controller's key has signed
    #[arg(long, value_name = "ID", value_parser = controller)]
    controller: Option<ControllerId>,
}

impl Trusted {
    /// Runs `check` with the controller as issuer. Where no id was given, it is the one in the certificate: it was
    /// signed by the key that was given, or `check` fails.
    pub fn check<T>(&self, signed: &str, check: impl FnOnce(Issuer<'_>) -> T) -> Result<T, Failure> {
        let keys = [public_key(&self.controller_key)?];
        let id = match &self.controller {
            Some(id) => id.to_string(),
            None => claimed_controller(signed).unwrap_or_default(),
        };
        Ok(check(Issuer { id: &id, keys: &keys }))
    }
}

/// A controller's id, as an argument.
pub fn controller(text: &str) -> Result<ControllerId, BadTerm> {
    ControllerId::new(text)
}

/// A party's id, as an argument.
pub fn party(text: &str) -> Result<PartyId, BadTerm> {
    PartyId::new(text)
}

fn claimed_controller(signed: &str) -> Option<String> {
    let certificate = sluicegate::jose::jws::Header::read_unverified(signed)?.certificate?;
    let claims = BASE64URL_NOPAD.decode(certificate.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["iss"].as_str().map(str::to_owned)
}

/// The failure of an argument.
pub fn usage<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::Usage(format!("{what}: {error}"))
}

/// The failure of a check of `file`.
pub fn refused<E: std::fmt::Display>(file: &Path) -> impl FnOnce(E) -> Failure {
    move |error| Failure::of(file, error)
}

/// The bytes of a file, or of standard input for `-`.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(usage("standard input"))?;
        return Ok(bytes);
    }
    fs::read(file).map_err(usage(&file.display().to_string()))
}

/// The text of a file without space around it: a compact token, a key.
pub fn read_text(file: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(read(file)?);
    let text = text.map_err(|_| Failure::Usage(format!("{}: not UTF-8", file.display())))?;
    Ok(text.trim().to_owned())
}

/// A private key.
pub fn private_key(file: &Path) -> Result<KeyPair, Failure> {
    KeyPair::from_jwk(&read_text(file)?).map_err(usage(&file.display().to_string()))
}

/// A public key; of a private one, its public half.
pub fn public_key(file: &Path) -> Result<PublicJwk, Failure> {
    let text = read_text(file)?;
    match PublicJwk::from_json(&text) {
        Err(refused) => match KeyPair::from_jwk(&text) {
            Ok(pair) => Ok(pair.public().clone()),
            Err(_) => Err(usage(&file.display().to_string())(refused)),
        },
        public => public.map_err(usage(&file.display().to_string())),
    }
}

/// Whether the bytes are a compact JWS, not JSON.
fn is_compact(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() != Some(&b'{')
}

/// A register: its JSON, or signed, if `key` verifies it.
pub fn register(file: &Path, key: Option<&Path>) -> Result<Result<Register, Unsound>, Failure> {
    use sluicegate::register::SignedRegisterError;
    let bytes = read(file)?;
    if !is_compact(&bytes) {
        return Ok(Register::parse(&bytes).map_err(Unsound::Invalid));
    }
    let Some(key) = key else {
        return Err(Failure::Usage(format!(
            "{}: is no JSON; of a signed register, give the controller's key with --key",
            file.display()
        )));
    };
    let compact = String::from_utf8(bytes).map_err(|_| Failure::of(file, "not UTF-8"))?;
    Ok(Register::verify(compact.trim(), &public_key(key)?).map_err(|error| match error {
        SignedRegisterError::Invalid(invalid) => Unsound::Invalid(invalid),
        SignedRegisterError::Signature(error) => Unsound::Signature(error.to_string()),
    }))
}

/// A register that must be sound for the command to make sense.
pub fn sound_register(file: &Path, key: Option<&Path>) -> Result<Register, Failure> {
    register(file, key)?.map_err(|unsound| match unsound {
        Unsound::Invalid(invalid) => {
            let count = invalid.problems().len();
            let first = invalid.problems().first().map(ToString::to_string).unwrap_or_default();
            let more = if count > 1 {
                format!(" (and {} more: see register check)", count - 1)
            } else {
                String::new()
            };
            Failure::of(file, format!("{first}{more}"))
        }
        Unsound::Signature(error) => Failure::of(file, error),
    })
}

/// Why a register is refused.
pub enum Unsound {
    /// It breaks rules.
    Invalid(sluicegate::register::InvalidRegister),
    /// It is not signed by the key that was given.
    Signature(String),
}
