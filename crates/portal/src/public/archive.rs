//! *Archivage et diffusion*: the rules as a patient would ask them, from the live policy rows.

use super::{page, sections};
use crate::layout::Words;
use crate::patient::PatientPages;
use axum::extract::State;
use exam::ExamClass;
use exam::dates::Zone;
use exam::policy::{ArchiveRule, PolicyRow};
use maud::{Markup, html};
use time::Date;

pub(crate) async fn show(State(pages): State<PatientPages>, words: Words) -> Markup {
    let today = Zone::EuropeParis.date_of(pages.diffusion.now());
    let real = ExamClass::ALL.into_iter().filter(|class| class.is_real());
    let rows: Vec<&PolicyRow> = real.filter_map(|class| pages.policies.at(class, today)).collect();
    let after_recall = rows.iter().map(|row| row.after_recall_days).min().unwrap_or_default().to_string();
    let text = |key: &str| html! { p { (words.t(key)) } };
    let offered = words.site.paid_archive.is_offered();
    let mut who = text("archive-a-who");
    if !words.site.partners.is_empty() {
        let partners = words.site.partners.join(", ");
        who = html! { (who) p { (words.with("archive-a-partners", &[("partners", &partners)])) } };
    }
    let parts = [
        (words.t("archive-q-online"), html! { (text("archive-a-online")) (table(&words, &rows, today)) }),
        (words.t("archive-q-kept"), text(if offered { "archive-a-kept" } else { "archive-a-kept-no-offer" })),
        (words.t("archive-q-after"), html! { p { (words.with("archive-a-after", &[("days", &after_recall)])) } }),
        (words.t("archive-q-code"), text("archive-a-code")),
        (words.t("archive-q-who"), who),
    ];
    let body = html! { p .intro { (words.t("archive-intro")) } (sections(&parts)) };
    page(&words, "/archivage", "archive-title", &body)
}

fn table(words: &Words, rows: &[&PolicyRow], today: Date) -> Markup {
    html! {
        table {
            caption { (words.t("archive-table")) ". " (words.with("archive-as-of", &[("date", &words.date(today))])) }
            thead { tr {
                th scope="col" { (words.t("archive-col-class")) }
                th scope="col" { (words.t("archive-col-online")) }
                th scope="col" { (words.t("archive-col-archived")) }
            } }
            tbody { @for row in rows { tr {
                th scope="row" { (words.t(&format!("class-{}", row.class.key()))) }
                td data-label=(words.t("archive-col-online")) { (online(words, row)) }
                td data-label=(words.t("archive-col-archived")) { (archived(words, row)) }
            } } }
        }
    }
}

fn online(words: &Words, row: &PolicyRow) -> String {
    let time = months(words, row.diffusion_months);
    match row.archive {
        ArchiveRule::Systematic => time,
        ArchiveRule::Optional if !words.site.paid_archive.is_offered() => time,
        ArchiveRule::Optional if row.diffusion_months == row.diffusion_if_chosen_months => {
            words.with("online-both", &[("time", &time)])
        }
        ArchiveRule::Optional => {
            let chosen = months(words, row.diffusion_if_chosen_months);
            words.with("online-chosen", &[("time", &time), ("chosen", &chosen)])
        }
    }
}

fn archived(words: &Words, row: &PolicyRow) -> String {
    let time = match row.archive_min_months {
        whole if whole % 12 == 0 => words.with("years", &[("n", &(whole / 12).to_string())]),
        odd => months(words, odd),
    };
    let key = match row.archive {
        ArchiveRule::Systematic => "archive-always",
        ArchiveRule::Optional if words.site.paid_archive.is_offered() => "archive-if-chosen",
        ArchiveRule::Optional => return words.t("archive-not-here"),
    };
    words.with(key, &[("time", &time)])
}

fn months(words: &Words, months: u16) -> String {
    words.with("months", &[("n", &months.to_string())])
}
