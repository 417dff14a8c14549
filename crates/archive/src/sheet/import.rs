//! Bringing a drawn page into another document, as a form to stamp or as a page to append.

use super::occupied::resources;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

/// The drawn page does not have the shape this program gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit;

impl From<lopdf::Error> for Unfit {
    fn from(_: lopdf::Error) -> Self {
        Unfit
    }
}

/// Adds the single page of `drawn` as a form XObject of that size; returns its id.
pub(super) fn form(document: &mut Document, drawn: &[u8], (width, height): (f32, f32)) -> Result<ObjectId, Unfit> {
    let (page, mut drawn) = numbered_after(document, drawn)?;
    let resources = resources(&drawn, page).ok_or(Unfit)?;
    let content = drawn.get_page_content(page);
    let bounds: Vec<Object> = [0.0, 0.0, width, height].map(Object::Real).into();
    let dict = dictionary! {
        "Type" => "XObject", "Subtype" => "Form", "BBox" => bounds, "Resources" => resources,
    };
    let mut form = Stream::new(dict, content);
    form.compress()?;
    drop_frame_of(&mut drawn, Some(page));
    absorb(document, drawn);
    Ok(document.add_object(form))
}

/// Appends the single page of `drawn` as the document's last.
pub(super) fn append_page(document: &mut Document, drawn: &[u8]) -> Result<(), Unfit> {
    let (page, mut drawn) = numbered_after(document, drawn)?;
    drop_frame_of(&mut drawn, None);
    absorb(document, drawn);
    let root = document.catalog()?.get(b"Pages")?.as_reference()?;
    let own = document.get_dictionary_mut(page)?;
    let media = own.get(b"MediaBox")?.clone();
    own.set("Parent", root);
    // What the page would otherwise inherit from its new parent.
    own.set("CropBox", media);
    own.set("Rotate", 0);
    let tree = document.get_dictionary_mut(root)?;
    let count = tree.get(b"Count")?.as_i64()?;
    tree.set("Count", count + 1);
    match tree.get_mut(b"Kids")? {
        Object::Array(kids) => kids.push(page.into()),
        Object::Reference(kids) => {
            let kids = *kids;
            document.get_object_mut(kids)?.as_array_mut()?.push(page.into());
        }
        _ => return Err(Unfit),
    }
    Ok(())
}

/// Draws `form` on `page` with its lower left corner at (`x`, `y`), over and apart from what is there.
pub(super) fn stamp_form(
    document: &mut Document,
    page: ObjectId,
    form: ObjectId,
    (x, y): (f64, f64),
    unclosed: usize,
) -> Result<(), Unfit> {
    let mut all = resources(document, page).ok_or(Unfit)?;
    let mut objects = match all.get_deref(b"XObject", document) {
        Ok(objects) => objects.as_dict()?.clone(),
        Err(_) => Dictionary::new(),
    };
    let mut name = String::from("NegatoscopeSheet");
    while objects.has(name.as_bytes()) {
        name.push('x');
    }
    objects.set(name.as_str(), form);
    all.set("XObject", objects);
    // Whatever state the page's own content leaves behind ends before the form.
    let before = document.add_object(Stream::new(Dictionary::new(), b"q\n".to_vec()));
    let closing = "Q ".repeat(unclosed + 1);
    let after = format!("\n{closing}\nq 1 0 0 1 {x:.2} {y:.2} cm /{name} Do Q\n");
    let after = document.add_object(Stream::new(Dictionary::new(), after.into_bytes()));
    let contents = document.get_page_contents(page).into_iter();
    let contents: Vec<Object> = [before].into_iter().chain(contents).chain([after]).map(Object::from).collect();
    let own = document.get_dictionary_mut(page)?;
    own.set("Resources", all);
    own.set("Contents", contents);
    Ok(())
}

/// Reads the drawn document with ids above all of `document`; gives its page.
fn numbered_after(document: &Document, drawn: &[u8]) -> Result<(ObjectId, Document), Unfit> {
    let mut drawn = Document::load_mem(drawn)?;
    let highest = document.objects.keys().map(|id| id.0).max().unwrap_or(0).max(document.max_id);
    drawn.renumber_objects_with(highest.checked_add(1).ok_or(Unfit)?);
    let page = drawn.page_iter().next().ok_or(Unfit)?;
    Ok((page, drawn))
}

/// Removes what belongs to the drawn document as a whole: catalogue, page tree, and `page` if given.
fn drop_frame_of(drawn: &mut Document, page: Option<ObjectId>) {
    let catalogue = drawn.trailer.get(b"Root").and_then(Object::as_reference).ok();
    let tree = drawn.catalog().and_then(|c| c.get(b"Pages")).and_then(Object::as_reference).ok();
    let info = drawn.trailer.get(b"Info").and_then(Object::as_reference).ok();
    for id in [catalogue, tree, info, page].into_iter().flatten() {
        drawn.objects.remove(&id);
    }
}

fn absorb(document: &mut Document, drawn: Document) {
    document.max_id = document.max_id.max(drawn.max_id);
    document.objects.extend(drawn.objects);
    document.max_id = document.objects.keys().map(|id| id.0).max().unwrap_or(0).max(document.max_id);
}
