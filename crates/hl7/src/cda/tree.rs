//! A clinical document as a small tree: local names, attributes asked for by name, text with its
//! entities. Bounded in depth, in elements and in attributes; nothing outside the document is fetched.

use super::{CdaError, MAX_DEPTH};
use crate::charset::{Charset, decode};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// Elements in the tree, at most: a report has hundreds.
const MAX_NODES: usize = 200_000;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

/// What stands in an element.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// The elements directly inside.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element of that name directly inside.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// The first element at the end of a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// An attribute that is not empty, by its local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// All text inside, as it stands.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        text
    }

    fn gather(&self, into: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(text) => into.push_str(text),
                Node::Element(element) => element.gather(into),
            }
        }
    }

    /// All text inside on one line; `None` when there is none.
    pub(super) fn words(&self) -> Option<String> {
        let text = self.text();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(words).filter(|words| !words.is_empty())
    }
}

/// Reads a whole document.
pub(super) fn parse(xml: &[u8]) -> Result<Element, CdaError> {
    let text = decode(xml, declared(xml)).text;
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut nodes = 0;
    loop {
        match reader.read_event().map_err(|_| CdaError::NotCda)? {
            Event::Start(start) => {
                nodes += 1;
                if open.len() >= MAX_DEPTH || nodes > MAX_NODES {
                    return Err(CdaError::TooLarge);
                }
                open.push(element(&start));
            }
            Event::Empty(start) => {
                nodes += 1;
                match open.last_mut() {
                    Some(parent) if nodes <= MAX_NODES => parent.children.push(Node::Element(element(&start))),
                    Some(_) => return Err(CdaError::TooLarge),
                    None => return Ok(element(&start)),
                }
            }
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(CdaError::NotCda) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(Node::Element(done)),
                    // What comes after the root says nothing.
                    None => return Ok(done),
                }
            }
            Event::Text(text) => say(&mut open, text.as_ref()),
            Event::CData(text) => say(&mut open, text.as_ref()),
            Event::GeneralRef(reference) => say(&mut open, resolved(&reference).encode_utf8(&mut [0; 4])),
            Event::Eof => return Err(CdaError::NotCda),
            _ => {}
        }
    }
}

fn say(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut() else { return };
    match element.children.last_mut() {
        Some(Node::Text(before)) => before.push_str(text),
        _ => element.children.push(Node::Text(text.to_owned())),
    }
}

/// The five entities of XML and characters by number. An entity that the document declares for itself is
/// not looked up: it becomes the sign of a character that is missing.
fn resolved(reference: &BytesRef<'_>) -> char {
    match reference.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => reference.resolve_char_ref().ok().flatten().unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes
        .with_checks(false)
        .flatten()
        .take(32)
        .map(|attribute| (attribute.key.local_name().as_ref().to_owned(), attribute.value.into_owned()))
        .collect();
    Element { name: start.local_name().as_ref().to_owned(), attributes, children: Vec::new() }
}

/// The character set that the XML declaration names.
fn declared(xml: &[u8]) -> Option<Charset> {
    let head = String::from_utf8_lossy(xml.get(..xml.len().min(200))?).into_owned();
    let declaration = head.get(..head.find("?>")?)?;
    let after = declaration.split("encoding").nth(1)?;
    let name = after.split(['"', '\'']).nth(1)?;
    if name.eq_ignore_ascii_case("windows-1252") { Some(Charset::Latin1) } else { Charset::named(name) }
}
