//! What a person reads in a clinical document of level 2 or 3 (CDA R2 §4.3.5): the sections of its
//! structured body, and the few lines of its header that say whose it is and who wrote it.
//!
//! Scripts, style sheets, links and entities are not followed: only words, tables and pictures that
//! stand in the document itself.

use super::CdaError;
use super::tree::{self, Element, Node};
use base64::Engine;
use std::collections::BTreeMap;

/// Pictures taken from one document, at most.
const MAX_PICTURES: usize = 24;
/// Bytes of one picture, at most.
const MAX_PICTURE_BYTES: usize = 16 << 20;
/// Columns a cell may span.
const MAX_SPAN: usize = 24;

/// A document to be read by a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrative {
    /// `title`.
    pub title: Option<String>,
    /// Whose it is.
    pub patient: Person,
    /// `birthTime`: digits as they stand, `YYYYMMDD` or shorter.
    pub born: Option<String>,
    /// `administrativeGenderCode`: `M`, `F`.
    pub sex: Option<String>,
    /// `effectiveTime`: digits as they stand.
    pub written: Option<String>,
    /// `serviceEvent/effectiveTime/low`: when the exam was done.
    pub performed: Option<String>,
    /// Authors, as named.
    pub authors: Vec<String>,
    /// Who signed.
    pub signed_by: Option<String>,
    /// The organisation that keeps the document.
    pub organisation: Option<String>,
    /// The sections in their order, those inside others after them.
    pub sections: Vec<Section>,
    /// The pictures that it holds, PNG or JPEG by their first bytes; nothing else of them is checked.
    pub pictures: Vec<Vec<u8>>,
}

/// The names of a patient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Names as they are shown: first, then family.
    pub shown: Option<String>,
    /// The birth name, when another one is shown.
    pub birth_name: Option<String>,
}

/// A section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// 0 for those of the body itself.
    pub depth: usize,
    /// Its title.
    pub title: Option<String>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Words.
    Paragraph(Vec<Run>),
    /// A list, its caption before it.
    List {
        /// Numbered.
        ordered: bool,
        /// The items.
        items: Vec<Vec<Block>>,
    },
    /// A table.
    Table(Table),
    /// A PNG or JPEG picture: its place in [`Narrative::pictures`].
    Picture(usize),
    /// A picture that the document names and does not hold, or of another kind.
    PictureMissing,
}

/// A table: rows of cells as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Rows; those of the head come first.
    pub rows: Vec<Vec<Cell>>,
    /// How many of them are its head.
    pub head: usize,
}

/// A cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// A heading (`th`).
    pub heading: bool,
    /// Columns it covers: 1 to 24.
    pub columns: usize,
    /// Rows it covers: 1 to 24.
    pub rows: usize,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// Words of one look. White space is as XML has it, collapsed; a line break is `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The words.
    pub text: String,
    /// How they look.
    pub look: Look,
}

/// How words look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// Bold.
    pub bold: bool,
    /// Underlined.
    pub underline: bool,
    /// Raised (1), lowered (-1).
    pub shift: i8,
}

/// Reads what a person reads. A document without a structured body has no sections, unless its body is plain
/// text or a picture.
pub fn read(xml: &[u8]) -> Result<Narrative, CdaError> {
    let root = tree::parse(xml)?;
    if root.name != "ClinicalDocument" {
        return Err(CdaError::NotCda);
    }
    let mut narrative = header(&root);
    let mut media = Media::default();
    for component in root.elements().filter(|element| element.name == "component") {
        if let Some(body) = component.child("structuredBody") {
            media.gather(body);
            media.sections(body, 0, &mut narrative.sections);
        }
        if let Some(text) = component.at(&["nonXMLBody", "text"]) {
            narrative.sections.extend(media.unstructured(text));
        }
    }
    narrative.pictures = media.pictures;
    Ok(narrative)
}

fn header(root: &Element) -> Narrative {
    let value = |path: &[&str]| root.at(path).and_then(|element| element.attribute("value")).map(str::to_owned);
    let words = |path: &[&str]| root.at(path).and_then(Element::words);
    let patient = root.at(&["recordTarget", "patientRole", "patient"]);
    let authors = root.elements().filter(|element| element.name == "author").filter_map(|author| {
        let assigned = author.child("assignedAuthor")?;
        let person = assigned.at(&["assignedPerson", "name"]).and_then(person_name);
        person.or_else(|| assigned.at(&["representedOrganization", "name"])?.words())
    });
    let sex = patient.and_then(|patient| patient.child("administrativeGenderCode"));
    Narrative {
        title: words(&["title"]),
        patient: patient.and_then(|patient| patient.child("name")).map(patient_name).unwrap_or_default(),
        born: value(&["recordTarget", "patientRole", "patient", "birthTime"]),
        sex: sex.and_then(|sex| sex.attribute("code")).map(str::to_owned),
        written: value(&["effectiveTime"]),
        performed: value(&["documentationOf", "serviceEvent", "effectiveTime", "low"]),
        authors: authors.take(8).collect(),
        signed_by: root.at(&["legalAuthenticator", "assignedEntity", "assignedPerson", "name"]).and_then(person_name),
        organisation: words(&["custodian", "assignedCustodian", "representedCustodianOrganization", "name"]),
        sections: Vec::new(),
        pictures: Vec::new(),
    }
}

fn parts<'a>(name: &'a Element, part: &'a str) -> impl Iterator<Item = (&'a str, String)> {
    let parts = name.elements().filter(move |element| element.name == part);
    parts.filter_map(|element| Some((element.attribute("qualifier").unwrap_or_default(), element.words()?)))
}

fn person_name(name: &Element) -> Option<String> {
    let parts: Vec<String> =
        ["prefix", "given", "family"].into_iter().filter_map(|part| parts(name, part).next()).map(|(_, w)| w).collect();
    if parts.is_empty() { name.words() } else { Some(parts.join(" ")) }
}

/// First given name; used name (`CL`, `SP`), else birth name (`BR`), else the family name alone.
fn patient_name(name: &Element) -> Person {
    let families: Vec<(&str, String)> = parts(name, "family").collect();
    let of = |qualifier: &str| families.iter().find(|(said, _)| *said == qualifier).map(|(_, words)| words.clone());
    let birth = of("BR");
    let family = of("CL").or_else(|| of("SP")).or_else(|| birth.clone());
    let family = family.or_else(|| families.first().map(|(_, words)| words.clone()));
    let birth_name = birth.filter(|birth| Some(birth) != family.as_ref());
    let shown: Vec<String> = parts(name, "given").next().map(|(_, given)| given).into_iter().chain(family).collect();
    let shown = if shown.is_empty() { name.words() } else { Some(shown.join(" ")) };
    Person { shown, birth_name }
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let kept: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(kept).ok()
}

fn picture(value: &Element) -> Option<Vec<u8>> {
    let bytes = from_base64(&value.text()).filter(|_| value.attribute("representation") == Some("B64"))?;
    let known = bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff");
    Some(bytes).filter(|bytes| bytes.len() <= MAX_PICTURE_BYTES && known)
}

/// The pictures of a body, by the id that its text names them by.
#[derive(Default)]
struct Media {
    pictures: Vec<Vec<u8>>,
    by_id: BTreeMap<String, usize>,
}

impl Media {
    fn keep(&mut self, value: &Element) -> Option<usize> {
        let picture = picture(value).filter(|_| self.pictures.len() < MAX_PICTURES)?;
        self.pictures.push(picture);
        Some(self.pictures.len() - 1)
    }

    /// A body that is no XML: plain text, or one picture. Its PDF is [`super::Header::pdf`].
    fn unstructured(&mut self, text: &Element) -> Option<Section> {
        let block = match text.attribute("mediaType").unwrap_or_default() {
            "text/plain" => {
                let said = text.text();
                let said = match text.attribute("representation") {
                    Some("B64") => crate::charset::decode(&from_base64(&said)?, None).text,
                    _ => said,
                };
                let said = said.trim_matches(['\r', '\n']).replace("\r\n", "\n");
                Block::Paragraph(vec![Run { text: said, look: Look::default() }])
            }
            "image/png" | "image/jpeg" => self.keep(text).map_or(Block::PictureMissing, Block::Picture),
            _ => return None,
        };
        Some(Section { depth: 0, title: None, blocks: vec![block] })
    }

    fn gather(&mut self, element: &Element) {
        for inside in element.elements() {
            let value = inside.child("value").filter(|_| inside.name == "observationMedia");
            if let (Some(id), Some(value)) = (inside.attribute("ID"), value)
                && let Some(place) = self.keep(value)
            {
                self.by_id.insert(id.to_owned(), place);
            }
            self.gather(inside);
            // A region of interest is named too: it shows the picture it lies on.
            let inner = inside.elements().flat_map(Element::elements).find_map(|media| media.attribute("ID"));
            let known = inner.and_then(|inner| self.by_id.get(inner)).copied();
            if let (Some(id), Some(known), "regionOfInterest") = (inside.attribute("ID"), known, inside.name.as_str()) {
                self.by_id.insert(id.to_owned(), known);
            }
        }
    }

    fn sections(&self, body: &Element, depth: usize, into: &mut Vec<Section>) {
        let components = body.elements().filter(|element| element.name == "component");
        for section in components.filter_map(|component| component.child("section")) {
            let title = section.child("title").and_then(Element::words);
            let blocks = section.child("text").map(|text| self.blocks(text)).unwrap_or_default();
            into.push(Section { depth, title, blocks });
            self.sections(section, depth + 1, into);
        }
    }

    /// The pieces of a text, an item or a cell: words outside a paragraph make one.
    fn blocks(&self, element: &Element) -> Vec<Block> {
        let mut gathered = Gathered::default();
        self.flow(element, Look::default(), &mut gathered);
        gathered.end();
        gathered.blocks
    }

    fn flow(&self, element: &Element, look: Look, into: &mut Gathered) {
        for node in &element.children {
            match node {
                Node::Text(text) => into.say(text, look),
                Node::Element(inside) => self.element(inside, look, into),
            }
        }
    }

    fn element(&self, element: &Element, look: Look, into: &mut Gathered) {
        // What was struck out is not what the document says.
        if element.attribute("revised") == Some("delete") {
            return;
        }
        match element.name.as_str() {
            "br" => into.break_line(),
            "sup" => self.flow(element, Look { shift: 1, ..look }, into),
            "sub" => self.flow(element, Look { shift: -1, ..look }, into),
            "caption" => {
                into.end();
                self.flow(element, Look { bold: true, ..look }, into);
                into.end();
            }
            "paragraph" | "footnote" => {
                into.end();
                self.flow(element, styled(element, look), into);
                into.end();
            }
            "list" => {
                into.end();
                self.list(element, look, into);
            }
            "table" => {
                into.end();
                self.table(element, look, into);
            }
            "renderMultiMedia" => {
                into.end();
                let named = element.attribute("referencedObject").unwrap_or_default();
                for id in named.split_whitespace().take(MAX_PICTURES) {
                    into.picture(self.by_id.get(id).copied().map_or(Block::PictureMissing, Block::Picture));
                }
                self.flow(element, look, into);
                into.end();
            }
            // Words inside an unknown element are still words: nothing of a report is lost silently.
            "script" | "style" => {}
            _ => self.flow(element, styled(element, look), into),
        }
    }

    fn list(&self, list: &Element, look: Look, into: &mut Gathered) {
        let mut items = Vec::new();
        for inside in list.elements() {
            if inside.name == "item" && inside.attribute("revised") != Some("delete") {
                items.push(self.blocks(inside));
            } else {
                self.element(inside, look, into);
            }
        }
        into.end();
        into.blocks.push(Block::List { ordered: list.attribute("listType") == Some("ordered"), items });
    }

    fn table(&self, table: &Element, look: Look, into: &mut Gathered) {
        let (mut head, mut body, mut foot) = (Vec::new(), Vec::new(), Vec::new());
        for inside in table.elements() {
            let rows = match inside.name.as_str() {
                "thead" => &mut head,
                "tfoot" => &mut foot,
                "tbody" | "tr" => &mut body,
                "col" | "colgroup" => continue,
                _ => {
                    self.element(inside, look, into);
                    continue;
                }
            };
            let own = std::iter::once(inside).filter(|row| row.name == "tr");
            for row in own.chain(inside.elements().filter(|row| row.name == "tr")) {
                rows.push(
                    row.elements().filter(|cell| matches!(&*cell.name, "th" | "td")).map(|c| self.cell(c)).collect(),
                );
            }
        }
        into.end();
        let heads = head.len();
        head.append(&mut body);
        head.append(&mut foot);
        into.blocks.push(Block::Table(Table { rows: head, head: heads }));
    }

    fn cell(&self, cell: &Element) -> Cell {
        let span = |name| cell.attribute(name).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1).clamp(1, MAX_SPAN);
        Cell { heading: cell.name == "th", columns: span("colspan"), rows: span("rowspan"), blocks: self.blocks(cell) }
    }
}

/// `styleCode` (CDA R2 §4.3.5.11): of its values, those that a plain page can show.
fn styled(element: &Element, look: Look) -> Look {
    let codes = element.attribute("styleCode").unwrap_or_default();
    let is = |wanted: &[&str]| codes.split_whitespace().any(|code| wanted.contains(&code));
    Look {
        bold: look.bold || is(&["Bold", "Emphasis", "Italics"]),
        underline: look.underline || is(&["Underline"]),
        ..look
    }
}

/// Pieces as they are met.
#[derive(Default)]
struct Gathered {
    blocks: Vec<Block>,
    runs: Vec<Run>,
    pictures: usize,
}

impl Gathered {
    fn say(&mut self, text: &str, look: Look) {
        let mut said = String::new();
        let mut after_space = self.runs.last().is_none_or(|run| run.text.ends_with([' ', '\n']));
        for c in text.chars() {
            let space = matches!(c, ' ' | '\t' | '\r' | '\n');
            if !(space && after_space) {
                said.push(if space { ' ' } else { c });
            }
            after_space = space;
        }
        match self.runs.last_mut() {
            _ if said.is_empty() => {}
            Some(last) if last.look == look => last.text.push_str(&said),
            _ => self.runs.push(Run { text: said, look }),
        }
    }

    fn break_line(&mut self) {
        match self.runs.last_mut() {
            Some(last) => last.text.push('\n'),
            None => self.runs.push(Run { text: "\n".into(), look: Look::default() }),
        }
    }

    fn picture(&mut self, picture: Block) {
        self.pictures += 1;
        if self.pictures <= MAX_PICTURES {
            self.blocks.push(picture);
        }
    }

    fn end(&mut self) {
        let runs = std::mem::take(&mut self.runs);
        if runs.iter().any(|run| !run.text.trim().is_empty()) {
            self.blocks.push(Block::Paragraph(runs));
        }
    }
}
