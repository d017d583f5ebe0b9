//! A register in people's words: the overview as a table, and each row in plain sentences.

use comfy_table::{ColumnConstraint, Table, Width};
use sluicegate::register::document::{Document, Role};
use sluicegate::register::{
    Bilingual, Ground, Method, Necessity, Period, Register, Row, RowItem, Source, Transform,
};

use super::table::{bare, lines, parted, table};

/// A language of notices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The text in this language.
    pub fn of(self, text: &Bilingual) -> String {
        self.pick(&text.zh, &text.en).to_owned()
    }

    fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Language::Zh => zh,
            Language::En => en,
        }
    }
}

/// In both languages, one under the other, or in the one that was asked for.
fn words(text: &Bilingual, language: Option<Language>) -> String {
    match language {
        Some(language) => language.of(text),
        None if text.zh == text.en => text.zh.clone(),
        None => format!("{}\n{}", text.zh, text.en),
    }
}

fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual { zh: zh.into(), en: en.into() }
}

/// Why an item may be shared.
pub fn ground(ground: Ground) -> Bilingual {
    match ground {
        Ground::Consent => both("同意", "consent"),
        Ground::SeparateConsent => both("单独同意", "separate consent"),
        Ground::Contract => both("合同", "contract"),
        Ground::StatutoryDuty => both("法定义务", "statutory duty"),
    }
}

fn method(row: &Row) -> Bilingual {
    match row.method {
        Method::SdkLocal => both("SDK 本机采集", "SDK, on the phone"),
        Method::Background => both("后台提供,凭许可", "back end, on a permit"),
        Method::Interface => both("接口传输", "interface"),
    }
}

/// A period in words.
fn period(period: &Period) -> Bilingual {
    let text = period.to_string();
    let number = text.trim_matches(|c: char| c.is_ascii_uppercase()).to_owned();
    let (zh, en) = match (text.starts_with("PT"), text.chars().last()) {
        (false, Some('Y')) => ("年", "year"),
        (false, Some('M')) => ("个月", "month"),
        (false, Some('W')) => ("周", "week"),
        (false, Some('D')) => ("天", "day"),
        (true, Some('H')) => ("小时", "hour"),
        _ => ("分钟", "minute"),
    };
    let plural = if number == "1" { "" } else { "s" };
    both(&format!("{number}{zh}"), &format!("{number} {en}{plural}"))
}

fn items_by_ground(row: &Row) -> Vec<(Ground, Vec<&RowItem>)> {
    let mut grounds: Vec<(Ground, Vec<&RowItem>)> = Vec::new();
    for item in &row.items {
        match grounds.iter_mut().find(|(ground, _)| *ground == item.ground) {
            Some((_, items)) => items.push(item),
            None => grounds.push((item.ground, vec![item])),
        }
    }
    grounds
}

fn published<'d>(document: &'d Document, row: &Row) -> Option<&'d sluicegate::register::document::Row> {
    document.rows.iter().find(|written| written.id == row.id.as_str())
}

/// The register as a table, one line a row.
pub fn overview(register: &Register, language: Option<Language>) -> Table {
    let headings = match language {
        Some(Language::Zh) => ["条目", "接收方", "目的", "依据与项目数", "方式", "保存"],
        _ => ["row", "who receives", "why", "items by ground", "how", "kept for"],
    };
    let mut rows = table(headings);
    for row in register.rows() {
        let name = register.recipient(&row.recipient).map(|recipient| words(&recipient.name, language));
        let counts = items_by_ground(row).into_iter().map(|(on, items)| {
            let ground = ground(on);
            let n = items.len();
            match language {
                Some(language) => format!("{n} {}", language.of(&ground)),
                None => format!("{n} {}\n{}", ground.zh, ground.en),
            }
        });
        let counts: Vec<String> = counts.collect();
        rows.add_row([
            row.id.to_string(),
            name.unwrap_or_default(),
            words(&row.purpose.text, language),
            counts.join("\n"),
            words(&method(row), language),
            words(&period(&row.retention), language),
        ]);
    }
    if let Some(by_ground) = rows.column_mut(3) {
        by_ground.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(18)));
    }
    parted(rows)
}

/// Each row in plain sentences.
pub fn explain(register: &Register, language: Language) -> String {
    let controller = register.controller();
    let pick = |zh: &str, en: &str| language.pick(zh, en).to_owned();
    let mut text = match language {
        Language::Zh => format!(
            "{}登记表,第 {} 版,{} 发布。\n联系:{}。{}\n",
            controller.name.zh,
            register.version(),
            register.document().issued,
            controller.contact,
            controller.rights.zh
        ),
        Language::En => format!(
            "The register of {}, version {}, issued {}.\nContact: {}. {}\n",
            controller.name.en,
            register.version(),
            register.document().issued,
            controller.contact,
            controller.rights.en
        ),
    };
    for row in register.rows() {
        text.push('\n');
        explain_row(register, row, language, &mut text);
    }
    if register.rows().iter().any(|row| row.off) {
        text.push_str(&pick(
            "\n标有“停用”的条目现在不共享。\n",
            "\nRows that are switched off share nothing now.\n",
        ));
    }
    text
}

fn explain_row(register: &Register, row: &Row, language: Language, text: &mut String) {
    let pick = |zh: &str, en: &str| language.pick(zh, en).to_owned();
    let of = |text: &Bilingual| language.of(text);
    let recipient = register.recipient(&row.recipient);
    let name = recipient.map(|recipient| of(&recipient.name)).unwrap_or_default();
    let off = if row.off { pick("(停用)", " (switched off)") } else { String::new() };
    let purpose = of(&row.purpose.text);
    let heading = match language {
        Language::Zh => format!("{}{off}  向{name}提供,用于:{purpose}", row.id),
        Language::En => format!("{}{off}  to {name}: {purpose}", row.id),
    };
    text.push_str(&heading);
    text.push('\n');
    let mut said_of_row = bare();
    let mut line = |name: String, said: String| {
        said_of_row.add_row([name, said]);
    };
    let written = published(register.document(), row);
    if let Some(written) = written {
        line(pick("何时", "When"), of(&written.as_published.scenario));
    }
    line(pick("如何", "How"), of(&method(row)));
    for (on, items) in items_by_ground(row) {
        let on = ground(on);
        let on = pick(&format!("依据:{}", on.zh), &format!("On {}", on.en));
        line(on, items_words(register, &items, language));
    }
    line(pick("保存", "Kept for"), of(&period(&row.retention)));
    if row.asks_consent() {
        let (lasts, again) = (of(&period(&row.consent_lasts)), of(&period(&row.ask_again_after)));
        let said = match language {
            Language::Zh => format!("有效{lasts};拒绝或撤回后{again}内不再询问"),
            Language::En => format!("it lasts {lasts}; after a no, nobody is asked again for {again}"),
        };
        line(pick("同意", "Consent"), said);
    }
    if let Some(frequency) = &row.frequency {
        let within = of(&period(&frequency.within));
        let said = match language {
            Language::Zh => format!("{within}内至多{}次", frequency.most),
            Language::En => format!("at most {} times in {within}", frequency.most),
        };
        line(pick("频率", "How often"), said);
    }
    if row.deidentified {
        let said = pick(
            "不含能识别个人的信息(去标识化,并非匿名)",
            "names nobody; de-identified, which is not the same as anonymised",
        );
        line(pick("去标识化", "De-identified"), said);
    }
    if let Some(refuse) = written.and_then(|written| written.how_to_refuse.as_ref()) {
        line(pick("如何拒绝", "To refuse"), of(refuse));
    }
    if let Some(because) = written.and_then(|written| written.sensitive_because.as_ref()) {
        line(pick("为何需要敏感信息", "Why sensitive items"), of(because));
    }
    let minors = match row.minors {
        sluicegate::register::document::Minors::Guardian => {
            pick("须监护人同意", "only with a guardian's answer")
        }
        sluicegate::register::document::Minors::Never => pick("从不", "never"),
    };
    line(pick("未满十四周岁", "Under 14"), minors);
    if let Some(recipient) = recipient {
        let role = match recipient.role {
            Role::IndependentHandler => pick("独立处理者", "decides its own purposes"),
            Role::EntrustedParty => pick("受托方", "works under contract"),
        };
        let (contact, policy) = (of(&recipient.contact), of(&recipient.policy));
        line(
            pick("接收方", "Recipient"),
            format!("{role}{}{contact}{}{policy}", pick(";", "; "), pick(";", "; ")),
        );
    }
    text.push_str(&lines(&said_of_row, 1));
}

/// Items one after the other; those of which the same is to be said stand together in a line.
fn items_words(register: &Register, items: &[&RowItem], language: Language) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for item in items {
        let label = register.item(&item.id).map(|known| language.of(&known.label)).unwrap_or_default();
        let notes = notes(item, language);
        match groups.iter_mut().find(|(known, _)| *known == notes) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((notes, vec![label])),
        }
    }
    let line = |(notes, labels): (String, Vec<String>)| {
        let labels = labels.join(language.pick("、", "; "));
        match notes.is_empty() {
            true => labels,
            false => format!("{notes}{}{labels}", language.pick(":", ": ")),
        }
    };
    groups.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What is particular about an item.
fn notes(item: &RowItem, language: Language) -> String {
    let mut notes = Vec::new();
    if item.sensitive {
        notes.push(language.pick("敏感", "sensitive"));
    }
    if item.necessity == Necessity::Optional {
        notes.push(language.pick("可不提供", "may be left out"));
    }
    if item.source == Source::Device && item.transform != Transform::Pseudonym {
        notes.push(language.pick("读自本机", "read on the phone"));
    }
    match item.transform {
        Transform::None => {}
        Transform::Pseudonym => notes.push(language.pick("定期更换", "changes regularly")),
        Transform::Sealed => {
            notes.push(language.pick("加密给该方,该方可关联", "sealed to the party, which can link it"));
        }
        Transform::Md5 | Transform::Sha256Md5 => {
            notes.push(language.pick("哈希,任何人可关联", "hashed; anyone can link it"));
        }
    }
    if item.off {
        notes.push(language.pick("停用", "switched off"));
    }
    notes.join(language.pick(",", ", "))
}
