//! `sluicegate device`: everything this machine would tell, read without the gate, for the person at the tool.

use clap::Subcommand;

use super::Failure;

#[derive(Subcommand)]
pub enum Device {
    /// Reads this machine's signals and shows them (of a build with --features report)
    Report {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Device {
    #[cfg(not(feature = "report"))]
    pub fn run(self) -> Result<(), Failure> {
        let Device::Report { .. } = self;
        let how = "cargo run -p sluicegate-cli --features report -- device report";
        Err(Failure::Usage(format!(
            "device report reads without the gate, so it is not in this build; use: {how}"
        )))
    }

    #[cfg(feature = "report")]
    pub fn run(self) -> Result<(), Failure> {
        use super::table::{lines, table};
        use serde_json::json;
        use sluicegate::device::{LiveSystem, report, signal};

        let Device::Report { json } = self;
        let readings = report(&LiveSystem::new());
        if json {
            let readings = readings.iter().map(|reading| {
                let absent = reading.value.as_ref().err().map(|absent| absent.reason);
                json!({ "item": reading.item, "value": reading.value.as_ref().ok(), "absent": absent, "micros": reading.micros })
            });
            super::say_json(&readings.collect::<Vec<_>>());
            return Ok(());
        }
        let mut rows = table(["item", "项目", "here", "µs"]);
        for reading in &readings {
            let zh = signal(&reading.item).map_or("", |signal| signal.zh);
            let value = match &reading.value {
                Ok(value) => crate::demo::words::value(value),
                Err(absent) => format!("– {}", absent.reason.code()),
            };
            rows.add_row([reading.item.as_str(), zh, &value, &reading.micros.to_string()]);
        }
        super::say(&lines(&rows, 0));
        Ok(())
    }
}
