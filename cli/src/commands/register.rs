//! `sluicegate register`: what a register says, whether it may be used, and who must be asked again.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use sluicegate::jose::jws::Header;
use sluicegate::register::{Change, Diff, REGISTER_TYP, Register as Parsed, Widening};

use super::input::{Unsound, private_key, read, refused, register, sound_register};
use super::register_words::{Language, explain, overview};
use super::table::{lines, table};
use super::{Failure, say, say_json};

/// The 1688 register, which comes with the program.
const SHIPPED: &[u8] = include_bytes!("../../../registers/1688.json");

#[derive(Subcommand)]
pub enum Register {
    /// Shows a register as a table, one line a row
    Table {
        /// JSON, or signed with --key; without it, the 1688 register that comes with the program
        file: Option<PathBuf>,
        /// The controller's key, of a signed register
        #[arg(long, value_name = "JWK")]
        key: Option<PathBuf>,
        /// In this language; both, without it
        #[arg(long, value_enum)]
        language: Option<Language>,
    },
    /// Says everything that is wrong with a register, by JSON path and rule
    Check {
        /// JSON, or signed with --key
        file: PathBuf,
        /// The controller's key, of a signed register
        #[arg(long, value_name = "JWK")]
        key: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Says what changed between two versions, and who must be asked again
    Diff {
        /// The version in use
        old: PathBuf,
        /// The version to come
        new: PathBuf,
        /// The controller's key, if they are signed
        #[arg(long, value_name = "JWK")]
        key: Option<PathBuf>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tells each row in plain language
    Explain {
        /// JSON, or signed with --key
        file: PathBuf,
        /// The controller's key, of a signed register
        #[arg(long, value_name = "JWK")]
        key: Option<PathBuf>,
        /// In this language
        #[arg(long, value_enum, default_value = "en")]
        language: Language,
    },
    /// Signs a register that has no problems, byte for byte; prints the compact JWS
    Sign {
        /// JSON
        file: PathBuf,
        /// The controller's private key
        #[arg(long, value_name = "JWK")]
        key: PathBuf,
    },
}

impl Register {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Register::Table { file, key, language } => {
                let register = match &file {
                    Some(file) => sound_register(file, key.as_deref())?,
                    None => Parsed::parse(SHIPPED).map_err(refused(Path::new("1688.json")))?,
                };
                say(&lines(&overview(&register, language), 0));
            }
            Register::Check { file, key, json } => check(&file, key.as_deref(), json)?,
            Register::Diff { old, new, key, json } => {
                let [from, to] = [old, new].map(|file| sound_register(&file, key.as_deref()));
                diff(&Diff::between(&from?, &to?), json);
            }
            Register::Explain { file, key, language } => {
                say(&explain(&sound_register(&file, key.as_deref())?, language));
            }
            Register::Sign { file, key } => {
                sound_register(&file, None)?;
                let (json, signer) = (read(&file)?, private_key(&key)?);
                let header = Header::es256(REGISTER_TYP, signer.public());
                let signed = signer.sign_bytes(header, &json).map_err(super::input::usage("--key"))?;
                say(&(signed + "\n"));
            }
        }
        Ok(())
    }
}

fn check(file: &Path, key: Option<&Path>, json: bool) -> Result<(), Failure> {
    let problems = match register(file, key)? {
        Ok(register) => {
            if json {
                say_json(&json!({ "sound": true, "problems": [] }));
            } else {
                let (id, version) = (register.id(), register.version());
                let count = register.rows().len();
                say(&format!(
                    "{}: register {id}, version {version}: {count} rows, no problem\n",
                    file.display()
                ));
            }
            return Ok(());
        }
        Err(Unsound::Signature(error)) => return Err(Failure::of(file, error)),
        Err(Unsound::Invalid(invalid)) => invalid.problems().to_vec(),
    };
    if json {
        say_json(&json!({ "sound": false, "problems": problems }));
        return Err(Failure::Said);
    }
    for problem in &problems {
        let rule = serde_json::to_value(problem.rule).expect("a word");
        let rule = rule.as_str().unwrap_or_default();
        say(&format!("{}\n    {rule}: {}\n", problem.path, problem.message));
    }
    let count = problems.len();
    let plural = if count == 1 { "" } else { "s" };
    Err(Failure::of(file, format!("{count} problem{plural}")))
}

fn diff(diff: &Diff, json: bool) {
    if json {
        return say_json(diff);
    }
    let mut text = format!("Version {} to version {}.\n", diff.from, diff.to);
    if diff.rows.is_empty() {
        text.push_str("No row changed; nobody is asked anything.\n");
        return say(&text);
    }
    let mut rows = table(["row", "change", "accept the notice again", "asked for consent again"]);
    for row in &diff.rows {
        let change = match &row.change {
            Change::Added => "new".to_owned(),
            Change::Removed => "gone: nothing is shared under it any more".to_owned(),
            Change::Narrowed => "shares no more than before".to_owned(),
            Change::Reworded => "the same in other words (editorial_of)".to_owned(),
            Change::Widened { by } => {
                format!("wider: {}", by.iter().map(widening).collect::<Vec<_>>().join("; "))
            }
        };
        let who = |again, who: &str| if again { who.to_owned() } else { "nobody".to_owned() };
        rows.add_row([
            row.row.to_string(),
            change,
            who(row.notice_again, "everyone"),
            who(row.consent_again, "who granted it"),
        ]);
    }
    text.push_str(&lines(&rows, 0));
    if diff.asks_nobody() {
        text.push_str("Nobody is asked anything.\n");
    }
    say(&text);
}

fn widening(widening: &Widening) -> String {
    match widening {
        Widening::Recipient => "another recipient or role".into(),
        Widening::Scenario => "another event".into(),
        Widening::Purpose => "another purpose".into(),
        Widening::Method => "another method".into(),
        Widening::Retention => "kept longer".into(),
        Widening::Frequency => "more often".into(),
        Widening::Identification => "no longer de-identified".into(),
        Widening::Minors => "now also for people under 14".into(),
        Widening::Item { item } => format!("{item} is new"),
        Widening::Ground { item } => format!("{item} on another ground"),
        Widening::Exposure { item } => format!("{item} says more"),
        Widening::Necessity { item } => format!("{item} can no longer be left out"),
        Widening::Wording => "other words, not marked editorial_of".into(),
    }
}

/// As an argument and in `--help`.
impl ValueEnum for Language {
    fn value_variants<'a>() -> &'a [Self] {
        &[Language::Zh, Language::En]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Language::Zh => "zh",
            Language::En => "en",
        }))
    }
}
