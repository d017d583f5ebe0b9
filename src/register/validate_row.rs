//! The rules of one row: its terms, keys, items, wording and kind.

use std::collections::BTreeSet;

use super::document::{Kind, Minors, Role, Row, RowItem};
use super::forbidden::unmapped_rest;
use super::validate::{ADVERTISING, Check, Rule};
use super::{
    Bilingual, Ground, Identifies, ItemType, Method, Necessity, RowId, ScenarioId, Source, Transform,
};
use crate::jose::KeyUse;

impl Check<'_> {
    pub(super) fn row(&mut self, path: &str, row: &Row) {
        self.row_terms(path, row);
        self.row_keys(path, row);
        for (index, row_item) in row.items.iter().enumerate() {
            self.row_item(&format!("{path}.items[{index}]"), row, row_item);
        }
        self.require(
            !row.items.is_empty(),
            format!("{path}.items"),
            Rule::MissingText,
            "the row shares nothing",
        );
        self.row_wording(path, row);
        self.row_kind(path, row);
    }

    fn row_terms(&mut self, path: &str, row: &Row) {
        let document = self.document;
        self.form(&format!("{path}.id"), RowId::new(row.id.as_str()));
        self.form(&format!("{path}.scenario"), ScenarioId::new(row.scenario.as_str()));
        let known = [
            ("recipient", document.recipients.iter().any(|r| r.id == row.recipient), &row.recipient),
            ("purpose", document.purposes.iter().any(|p| p.id == row.purpose), &row.purpose),
        ];
        for (field, is_known, name) in known {
            let message = format!(
                "there is no {field} \"{name}\" in this register; correct the name, or enter the {field}"
            );
            self.require(is_known, format!("{path}.{field}"), Rule::UnknownReference, message);
        }
        self.require(
            document.notices.iter().any(|notice| notice.version == row.notice),
            format!("{path}.notice"),
            Rule::UnknownReference,
            format!("there is no notice of version {}; list it under notices", row.notice),
        );
        self.require(
            !row.impact_assessment.trim().is_empty(),
            format!("{path}.impact_assessment"),
            Rule::MissingText,
            "is empty; PIPL 55 asks for an impact assessment",
        );
        let limit = row.frequency.as_ref().is_none_or(|frequency| frequency.most > 0);
        self.require(limit, format!("{path}.frequency.most"), Rule::Form, "must be 1 or more");
        for (field, text) in
            [("how_to_refuse", &row.how_to_refuse), ("sensitive_because", &row.sensitive_because)]
        {
            if let Some(text) = text {
                self.text(&format!("{path}.{field}"), text);
            }
        }
    }

    fn row_keys(&mut self, path: &str, row: &Row) {
        let Some(recipient) = self.document.recipients.iter().find(|r| r.id == row.recipient) else { return };
        if recipient.kind == Kind::Class || row.method == Method::Background {
            return;
        }
        let mut wanted = vec![(KeyUse::Encryption, Rule::Key, "nothing can be sealed to it")];
        if row.items.iter().any(|item| item.ground == Ground::StatutoryDuty) {
            let why = "it can't sign the request that a statutory duty runs on";
            wanted.push((KeyUse::Signature, Rule::StatutoryDuty, why));
        }
        for (wanted, rule, why) in wanted {
            let has = self.key_uses.get(row.recipient.as_str()).is_some_and(|uses| uses.contains(&wanted));
            let message = format!("{} has no key with \"use\": \"{}\": {why}", row.recipient, wanted.name());
            self.require(has, format!("{path}.recipient"), rule, message);
        }
    }

    fn row_item(&mut self, path: &str, row: &Row, row_item: &RowItem) {
        let Some(&item) = self.items.get(row_item.item.as_str()) else {
            let message = format!(
                "there is no item \"{}\" in this register; correct the name, or describe it under items",
                row_item.item
            );
            return self.problem(format!("{path}.item"), Rule::UnknownReference, message);
        };
        let consent = asks_consent(row_item);
        let separate = row_item.ground == Ground::SeparateConsent;
        let optional = row_item.necessity == Necessity::Optional;
        let linkable = row_item.transform.is_linkable();
        let role = self.document.recipients.iter().find(|r| r.id == row.recipient).map(|r| r.role);
        let ground = format!("{path}.ground");
        self.require(
            !linkable || (separate && optional),
            ground.as_str(),
            Rule::LinkableIdentifier,
            "PIPL 73: the recipient can link this value with what it has from elsewhere, so it is not anonymous; make it \
             \"necessity\": \"optional\" on \"ground\": \"separate_consent\", or use the transform pseudonym",
        );
        self.require(
            row_item.ground != Ground::Consent || role != Some(Role::IndependentHandler),
            ground.as_str(),
            Rule::SeparateConsent,
            "PIPL 23: the recipient decides its own purposes, and consent to provide to another handler is separate; \
             use \"separate_consent\"",
        );
        self.require(
            !item.sensitive || row_item.ground != Ground::Consent,
            ground.as_str(),
            Rule::SensitiveItem,
            "PIPL 29: the item is sensitive, and consent to it is separate; use \"separate_consent\"",
        );
        self.require(
            !item.sensitive || row.sensitive_because.is_some(),
            format!("{path}.item"),
            Rule::SensitiveItem,
            "PIPL 30: the item is sensitive; say in the row's sensitive_because why it is necessary and what it means \
             for the person",
        );
        self.require(
            item.source != Source::Device || (consent && (optional || row.deidentified)),
            ground.as_str(),
            Rule::DeviceItemNecessary,
            "nothing of the device is necessary information for shopping (rules of 2021), so no purchase may hang on it: \
             \"necessity\": \"optional\", on consent, whatever the row's other grounds",
        );
        let person = item.identifies == Identifies::Person;
        let identified = match item.identifies {
            Identifies::Nobody => false,
            Identifies::Device => row_item.transform == Transform::None,
            Identifies::Person => true,
        };
        self.require(
            !row.deidentified || !identified,
            format!("{path}.item"),
            Rule::NotDeidentified,
            format!(
                "{} names a {}, and the row is published as de-identified; {}",
                item.id,
                if person { "person" } else { "device in the clear" },
                if person { "take it out" } else { "use the transform pseudonym" },
            ),
        );
        self.require(
            row_item.transform == Transform::None || item.kind == ItemType::Text,
            format!("{path}.transform"),
            Rule::Mismatch,
            "only a text can be de-identified",
        );
        self.require(
            row.method != Method::Background || item.source == Source::Host,
            format!("{path}.item"),
            Rule::Mismatch,
            "a background row is served from the controller's servers, which hold nothing read on the device",
        );
        let carries_no_data = row.method == Method::Background && row_item.transform != Transform::None;
        let event_elsewhere = item.kind == ItemType::Event && row.method != Method::Interface;
        self.require(
            !carries_no_data && !event_elsewhere,
            format!("{path}.transform"),
            Rule::Mismatch,
            "background rows carry no data, and events go through an interface",
        );
    }

    /// Wording and items map to each other both ways (GB/T 43435, MIIT's two lists).
    fn row_wording(&mut self, path: &str, row: &Row) {
        let published = &row.as_published;
        for (name, text) in [
            ("company", &published.company),
            ("information", &published.information),
            ("purpose", &published.purpose),
            ("scenario", &published.scenario),
            ("method", &published.method),
        ] {
            self.text(&format!("{path}.as_published.{name}"), text);
        }
        if let Some(product) = &published.product {
            self.text(&format!("{path}.as_published.product"), product);
        }
        let mut accounted: BTreeSet<&str> = BTreeSet::new();
        let in_row = |id: &String| row.items.iter().any(|row_item| row_item.item == *id);
        for (index, noun) in published.nouns.iter().enumerate() {
            let path = format!("{path}.as_published.nouns[{index}]");
            self.text(&path, &Bilingual { zh: noun.zh.clone(), en: noun.en.clone() });
            self.require(
                !noun.items.is_empty(),
                path.as_str(),
                Rule::UnmappedNoun,
                format!(
                    "the notice says \"{}\" (\"{}\") and no item stands for it; list the items it means in this row",
                    noun.zh, noun.en
                ),
            );
            let verbatim =
                published.information.zh.contains(&noun.zh) && published.information.en.contains(&noun.en);
            self.require(
                verbatim,
                path.as_str(),
                Rule::UnmappedNoun,
                "does not stand so in the published information; a noun is quoted verbatim in both languages",
            );
            for id in &noun.items {
                let message = format!(
                    "\"{id}\" is not an item of this row; enter it in the row's items, or take it out of the noun"
                );
                self.require(in_row(id), format!("{path}.items"), Rule::UnknownReference, message);
            }
            accounted.extend(noun.items.iter().map(String::as_str));
        }
        let nouns = &published.nouns;
        let rests = [
            unmapped_rest(&published.information.zh, nouns.iter().map(|noun| noun.zh.clone())),
            unmapped_rest(&published.information.en, nouns.iter().map(|noun| noun.en.clone())),
        ];
        for rest in rests.into_iter().flatten() {
            let message = format!(
                "the notice says \"{rest}\" and no noun covers it; add a noun for it with the items it means"
            );
            self.problem(format!("{path}.as_published.information"), Rule::UnmappedNoun, message);
        }
        for (index, decided) in row.decided_by_us.iter().enumerate() {
            self.text(&format!("{path}.decided_by_us[{index}].what"), &decided.what);
            for id in &decided.items {
                let message =
                    format!("\"{id}\" is not an item of this row; a decision is about the row's own items");
                let path = format!("{path}.decided_by_us[{index}].items");
                self.require(in_row(id), path, Rule::UnknownReference, message);
            }
            accounted.extend(decided.items.iter().map(String::as_str));
        }
        for (index, row_item) in row.items.iter().enumerate() {
            self.require(
                accounted.contains(row_item.item.as_str()),
                format!("{path}.items[{index}].item"),
                Rule::UndisclosedItem,
                format!(
                    "the notice does not disclose \"{}\": no published noun and no decision accounts for it (PIPL 17); \
                     take it out, or say in as_published or decided_by_us where it belongs",
                    row_item.item
                ),
            );
        }
    }

    fn row_kind(&mut self, path: &str, row: &Row) {
        let advertising = self
            .document
            .purposes
            .iter()
            .any(|purpose| purpose.id == row.purpose && purpose.dpv == ADVERTISING);
        if advertising {
            let refusable = row.how_to_refuse.is_some();
            let message = "PIPL 24: advertising needs an easy way to refuse it; say in how_to_refuse where a person finds it";
            self.require(refusable, format!("{path}.how_to_refuse"), Rule::Advertising, message);
            for (index, item) in row.items.iter().enumerate() {
                let message = format!(
                    "{} is shared for advertising, which no contract and no law makes necessary; it stands on consent",
                    item.item
                );
                let ground = format!("{path}.items[{index}].ground");
                self.require(asks_consent(item), ground, Rule::Advertising, message);
            }
            let message =
                "PIPL 31: this row is advertising, which never reaches people under 14; write \"never\"";
            self.require(row.minors == Minors::Never, format!("{path}.minors"), Rule::Advertising, message);
        }
        let necessary =
            row.items.iter().any(|i| matches!(i.ground, Ground::Contract | Ground::StatutoryDuty));
        for (index, item) in row.items.iter().enumerate() {
            let refusable = asks_consent(item) && item.necessity == Necessity::Required;
            let message = format!(
                "PIPL 16: to refuse {} would stop a row that the contract or the law needs; make it \
                 \"necessity\": \"optional\", or share it in a row of its own",
                item.item
            );
            self.require(
                !(necessary && refusable),
                format!("{path}.items[{index}].necessity"),
                Rule::Mismatch,
                message,
            );
        }
        let duty = row.items.iter().any(|item| item.ground == Ground::StatutoryDuty);
        let class = self.document.recipients.iter().any(|r| r.id == row.recipient && r.kind == Kind::Class);
        self.require(
            !duty || !class,
            format!("{path}.recipient"),
            Rule::StatutoryDuty,
            "a statutory duty is one company's, which signs its request; name the company, not a class",
        );
        self.require(
            !duty || row.method == Method::SdkLocal,
            format!("{path}.method"),
            Rule::StatutoryDuty,
            "a statutory duty runs on the recipient's signed request, through sdk_local",
        );
    }
}

fn asks_consent(item: &RowItem) -> bool {
    matches!(item.ground, Ground::Consent | Ground::SeparateConsent)
}
