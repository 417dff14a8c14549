//! Reports that come as structured text, made into pages: the body of a CDA, plain text.
//!
//! Bytes in, bytes out. What is drawn is a reading copy: the document itself stays sealed as received. Everything it
//! says is drawn or marked as missing; scripts, links, style sheets and entities are not followed. A JPEG picture goes
//! in as it is; a PNG is unpacked here, in memory-safe code and bounded in size, like the rest.
//!
//! Start with [`of_cda`]; `flow` makes lines of words, `table` rows of cells, `paper` pages of both.

mod flow;
mod paper;
mod pictures;
mod table;
mod typefaces;
mod words;

use hl7::cda::CdaError;
use hl7::cda::narrative::{self, Block, Look, Run, Section};
use time::Date;

/// Why no page could be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The document cannot be read.
    #[error("the document cannot be read: {0}")]
    Cda(#[from] CdaError),
    /// The pages could not be drawn.
    #[error("the pages could not be drawn: {0}")]
    Draw(String),
}

/// What stands above a plain text, which does not say it in a way that can be relied on.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    /// The report's title.
    pub title: Option<String>,
    /// The patient's name.
    pub patient: Option<String>,
    /// Their birth date, as far as it is known, in words.
    pub born: Option<String>,
    /// When it was validated.
    pub validated: Option<Date>,
    /// Who signed it.
    pub author: Option<String>,
}

/// The pages (PDF) of a CDA's structured body; `None` when it has nothing that a person could read.
pub fn of_cda(xml: &[u8]) -> Result<Option<Vec<u8>>, PageError> {
    let narrative = narrative::read(xml)?;
    if narrative.sections.iter().all(|section| section.blocks.is_empty()) {
        return Ok(None);
    }
    let content = paper::Content {
        title: narrative.title.clone().unwrap_or_else(|| words::REPORT.to_owned()),
        patient: narrative.patient.shown.clone().unwrap_or_default(),
        lines: words::cda_lines(&narrative),
        sections: narrative.sections,
        pictures: narrative.pictures,
        source: words::FROM_CDA,
    };
    paper::draw(&content).map(Some)
}

/// The pages (PDF) of a plain text; `None` when it is blank.
pub fn of_text(text: &str, heading: &Heading) -> Result<Option<Vec<u8>>, PageError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let run = Run { text: text.replace("\r\n", "\n").replace('\r', "\n"), look: Look::default() };
    let content = paper::Content {
        title: heading.title.clone().unwrap_or_else(|| words::REPORT.to_owned()),
        patient: heading.patient.clone().unwrap_or_default(),
        lines: words::text_lines(heading),
        sections: vec![Section { depth: 0, title: None, blocks: vec![Block::Paragraph(vec![run])] }],
        pictures: Vec::new(),
        source: words::FROM_TEXT,
    };
    paper::draw(&content).map(Some)
}
