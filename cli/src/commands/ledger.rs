//! `sluicegate ledger`: an exported ledger recomputed from its leaves, shown, and proven entry by entry.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use comfy_table::Table;
use sluicegate::ledger::{Export, InclusionProof, Summary, tree, verify_export};
use sluicegate::register::{Hash, Instant};

use super::input::{read, refused};
use super::table::{bare, lines, table};
use super::{Failure, say, say_json};

#[derive(Subcommand)]
pub enum Ledger {
    /// Recomputes an export from the leaves up against its signed checkpoint
    Verify {
        /// The export, or - for standard input
        export: PathBuf,
        /// The key this log is known by; without it, the export's own word is taken
        #[arg(long, value_name = "VKEY")]
        verifier_key: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Verifies an export and shows its entries, one a line
    Show {
        /// The export, or - for standard input
        export: PathBuf,
    },
    /// Verifies an export and prints the C2SP proof that an entry is in it
    Prove {
        /// The export, or - for standard input
        export: PathBuf,
        /// The entry, counted from 0
        index: u64,
    },
}

impl Ledger {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Ledger::Verify { export, verifier_key, json } => {
                let (read, summary) = verified(&export)?;
                if verifier_key.as_ref().is_some_and(|known| known.trim() != read.vkey) {
                    return Err(Failure::of(
                        &export,
                        "vkey: another log signed this; it is not the key you know",
                    ));
                }
                if json {
                    say_json(&summary);
                } else {
                    say(&summary_lines(&summary, verifier_key.is_some()));
                }
                Ok(())
            }
            Ledger::Show { export } => {
                let (read, summary) = verified(&export)?;
                say(&lines(&entries(&read), 0));
                say(&format!("\n{}", summary_lines(&summary, false)));
                Ok(())
            }
            Ledger::Prove { export, index } => {
                let (read, _) = verified(&export)?;
                say(&prove(&read, index).map_err(refused(&export))?);
                Ok(())
            }
        }
    }
}

fn verified(file: &Path) -> Result<(Export, Summary), Failure> {
    let export = Export::from_json(&read(file)?).map_err(refused(file))?;
    let summary = verify_export(&export).map_err(refused(file))?;
    Ok((export, summary))
}

fn summary_lines(summary: &Summary, known: bool) -> String {
    let kinds: Vec<String> = summary.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let key =
        if known { "the one that was given" } else { "the export's own: compare it with the one you know" };
    let mut rows = bare();
    rows.add_row(["log", &summary.origin]);
    rows.add_row(["entries", &format!("{}: {}", summary.size, kinds.join(", "))]);
    rows.add_row(["erased", &summary.erased.to_string()]);
    rows.add_row(["root", &format!("{}", summary.root)]);
    rows.add_row(["key", &summary.vkey]);
    rows.add_row(["", key]);
    lines(&rows, 0)
}

/// The proof of one entry of a verified export, with its record where it can still be read.
pub fn prove(export: &Export, index: u64) -> Result<String, String> {
    let size = export.leaves.len() as u64;
    let leaf = usize::try_from(index).ok().and_then(|index| export.leaves.get(index));
    let leaf = leaf.ok_or_else(|| format!("index: the ledger has {size} entries"))?;
    let mut hashes: Vec<Hash> = Vec::new();
    for (at, leaf) in (0..).zip(&export.leaves) {
        let new = tree::append(at, leaf.commitment.leaf_hash(), hashes.as_slice());
        hashes.extend(new.map_err(|error| error.to_string())?);
    }
    let proof = InclusionProof::make(index, size, export.checkpoint.clone(), hashes.as_slice());
    let mut proof = proof.map_err(|error| error.to_string())?;
    if let Some(salt) = &leaf.salt {
        let body = serde_json_canonicalizer::to_vec(&leaf.entry).map_err(|error| error.to_string())?;
        proof.extra = Some([salt.0.as_slice(), &body].concat());
    }
    Ok(proof.to_string())
}

/// A verified export's entries as a table.
pub fn entries(export: &Export) -> Table {
    let mut rows = table(["#", "when (UTC)", "what", "about"]);
    for leaf in &export.leaves {
        let entry = &leaf.entry;
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let when = entry["at"].as_i64().and_then(|at| Instant::from_millis(at).ok()).map(utc);
        let (what, about) = match entry["kind"].as_str() {
            None => ("erased".to_owned(), String::new()),
            Some("hand_over") => {
                let count = entry["released"].as_array().map_or(0, Vec::len);
                ("handed over".into(), format!("{} to {}: {count} items", text("row"), text("party")))
            }
            Some("decision") => {
                let withheld = entry["withheld"].as_array().cloned().unwrap_or_default();
                let mut reasons: Vec<&str> =
                    withheld.iter().filter_map(|item| item["reasons"][0].as_str()).collect();
                reasons.sort_unstable();
                reasons.dedup();
                ("withheld".into(), format!("{} from {}: {}", text("row"), text("party"), reasons.join(", ")))
            }
            Some("answer") => (text("state"), about(&entry["about"])),
            Some("register") => {
                ("register in force".into(), format!("{} version {}", text("id"), entry["version"]))
            }
            Some("enrolment") => ("key certified".into(), format!("for {}", text("party"))),
            Some(kind) => (kind.to_owned(), text("why")),
        };
        rows.add_row([leaf.index.to_string(), when.unwrap_or_default(), what, about]);
    }
    rows
}

fn about(about: &serde_json::Value) -> String {
    let text = |of: &serde_json::Value| of.as_str().unwrap_or_default().to_owned();
    let (notice, row) = (&about["notice"], &about["row"]);
    if notice.is_object() {
        return format!("the notice, version {} in {}", text(&notice["version"]), text(&notice["language"]));
    }
    let item = row["item"].as_str().map(|item| format!(", {item} alone")).unwrap_or_default();
    format!("{} to {}{item}", text(&row["row"]), text(&row["party"]))
}

/// Date and time of day, UTC (Gregorian days from the civil calendar's eras).
pub fn utc(at: Instant) -> String {
    let (days, second) = (at.seconds() / 86_400, at.seconds() % 86_400);
    // 1970-01-01 is day 719,468 of eras of 400 years that begin on March 1 of the year 0.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_time_is_written_as_the_calendar_has_it() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399_000, "2000-02-28 23:59:59"),
            (951_782_400_000, "2000-02-29 00:00:00"),
            (1_795_521_600_000, "2026-11-24 12:00:00"),
            (4_107_542_400_000, "2100-03-01 00:00:00"),
            (253_402_300_799_999, "9999-12-31 23:59:59"),
        ] {
            assert_eq!(utc(Instant::from_millis(millis).unwrap()), text);
        }
    }
}
