//! Where a page may already bear something: its content stream walked, erring towards *occupied*.

use super::geometry::{Matrix, Rect};
use super::marks::{Ink, Path, Shown, State, TextPlace};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId};

/// Operators walked at most, over the page and its forms.
const MOST_OPERATORS: usize = 1_000_000;
/// Forms inside forms.
const DEEPEST: usize = 8;
/// A content stream longer than this is not read.
const LONGEST_BYTES: usize = 64 << 20;
/// Appended to a stream before it is parsed: the parser passes over what it cannot read, in silence.
const END: &str = "NegatoscopeEnd";

/// It cannot be told what the page bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsure;

/// What a page bears.
#[derive(Debug)]
pub(super) struct Occupied {
    /// Rectangles that may bear something.
    pub(super) rects: Vec<Rect>,
    /// `q` operators that nobody closed.
    pub(super) unclosed: usize,
}

/// Walks a page.
pub(super) fn occupied(document: &Document, page: ObjectId, visible: Rect) -> Result<Occupied, Unsure> {
    let resources = resources(document, page).ok_or(Unsure)?;
    let content = page_content(document, page)?;
    let mut walk = Walk { document, rects: Vec::new(), operators: 0 };
    let unclosed = walk.content(&content, &resources, State::new(Matrix::IDENTITY, visible.grown(1.0)), 0)?;
    walk.annotations(page)?;
    Ok(Occupied { rects: walk.rects, unclosed })
}

fn page_content(document: &Document, page: ObjectId) -> Result<Vec<u8>, Unsure> {
    let mut content = Vec::new();
    for id in document.get_page_contents(page) {
        let stream = document.get_object(id).and_then(Object::as_stream).map_err(|_| Unsure)?;
        let left = LONGEST_BYTES.saturating_sub(content.len());
        content.extend(stream.get_plain_content_with_limit(left).map_err(|_| Unsure)?);
        content.push(b'\n');
    }
    Ok(content)
}

/// The page's resources, its own or inherited (§7.7.3.4).
pub(super) fn resources(document: &Document, page: ObjectId) -> Option<Dictionary> {
    match inherited(document, page, b"Resources") {
        Some(found) => found.as_dict().ok().cloned(),
        None => Some(Dictionary::new()),
    }
}

/// An attribute of the page or of the nearest node above it.
pub(super) fn inherited<'a>(document: &'a Document, page: ObjectId, key: &[u8]) -> Option<&'a Object> {
    let mut node = document.get_dictionary(page).ok()?;
    for _ in 0..64 {
        if let Ok(found) = node.get_deref(key, document) {
            return Some(found);
        }
        node = node.get_deref(b"Parent", document).ok()?.as_dict().ok()?;
    }
    None
}

/// Four numbers as a rectangle.
pub(super) fn rectangle(document: &Document, object: &Object) -> Option<Rect> {
    let numbers: Vec<f64> = object.as_array().ok()?.iter().filter_map(|n| number(resolve(document, n)?)).collect();
    let [a, b, c, d] = *numbers.as_slice() else { return None };
    Rect::around([(a, b), (c, d)])
}

fn resolve<'a>(document: &'a Document, object: &'a Object) -> Option<&'a Object> {
    document.dereference(object).ok().map(|(_, object)| object)
}

fn number(object: &Object) -> Option<f64> {
    object.as_float().ok().map(f64::from).filter(|n| n.is_finite())
}

struct Walk<'a> {
    document: &'a Document,
    rects: Vec<Rect>,
    operators: usize,
}

impl Walk<'_> {
    /// Walks a content stream; returns how many `q` it leaves open.
    fn content(&mut self, bytes: &[u8], resources: &Dictionary, state: State, depth: usize) -> Result<usize, Unsure> {
        let content = Content::decode(&[bytes, b"\n", END.as_bytes(), b"\n"].concat()).map_err(|_| Unsure)?;
        if content.operations.last().is_none_or(|last| last.operator != END) {
            return Err(Unsure);
        }
        let mut stream = Stream { resources, depth, saved: Vec::new(), state, path: Path::default(), text: None };
        for operation in &content.operations {
            self.operators += 1;
            if self.operators > MOST_OPERATORS {
                return Err(Unsure);
            }
            self.operation(&mut stream, operation)?;
        }
        Ok(stream.saved.len())
    }

    fn operation(&mut self, stream: &mut Stream, operation: &Operation) -> Result<(), Unsure> {
        let operands = operation.operands.as_slice();
        let numbers: Vec<f64> = operands.iter().filter_map(number).collect();
        match (operation.operator.as_str(), numbers.as_slice()) {
            ("q", _) => stream.saved.push(stream.state.clone()),
            ("Q", _) => stream.state = stream.saved.pop().ok_or(Unsure)?,
            ("cm", &[a, b, c, d, e, f]) => stream.state.ctm = Matrix([a, b, c, d, e, f]).then(&stream.state.ctm),
            ("w", &[width]) => stream.state.line_width = width,
            ("gs", _) => stream.graphics_state(self.document, operands)?,
            ("g" | "rg" | "k", color) => stream.state.fill.device(color),
            ("G" | "RG" | "K", color) => stream.state.stroke.device(color),
            ("sc" | "scn", color) => stream.state.fill.components(color),
            ("SC" | "SCN", color) => stream.state.stroke.components(color),
            ("cs", _) => stream.state.fill = stream.space(self.document, operands),
            ("CS", _) => stream.state.stroke = stream.space(self.document, operands),
            ("m" | "l" | "c" | "v" | "y" | "h" | "re", numbers) => stream.build(&operation.operator, numbers)?,
            ("W" | "W*", _) => stream.path.clips = true,
            ("S" | "s" | "f" | "F" | "f*" | "B" | "B*" | "b" | "b*" | "n", _) => {
                self.paint(stream, &operation.operator)
            }
            ("sh", _) => self.mark(stream, Some(stream.state.clip)),
            ("BI", _) => self.mark(stream, stream.state.ctm.around(&Rect::new(0.0, 0.0, 1.0, 1.0))),
            ("Do", _) => self.object(stream, operands)?,
            ("cm" | "w", _) => return Err(Unsure),
            _ => self.text(stream, operation, &numbers)?,
        }
        Ok(())
    }

    /// Adds what is left of a rectangle inside the clip; one that is no rectangle counts as the whole clip.
    fn mark(&mut self, stream: &Stream, rect: Option<Rect>) {
        self.rects.extend(rect.unwrap_or(stream.state.clip).shared(&stream.state.clip));
    }

    /// §8.5.3: strokes mark their pieces, fills their hull; white marks nothing.
    fn paint(&mut self, stream: &mut Stream, operator: &str) {
        if matches!(operator, "s" | "b" | "b*") {
            stream.path.close();
        }
        let path = std::mem::take(&mut stream.path);
        let strokes = matches!(operator, "S" | "s" | "B" | "B*" | "b" | "b*") && !stream.state.stroke.white;
        let fills = !matches!(operator, "S" | "s" | "n") && !stream.state.fill.white;
        if strokes {
            let wide = stream.state.line_width.abs() * stream.state.ctm.scale() + 0.5;
            path.pieces().iter().for_each(|piece| self.mark(stream, Some(piece.grown(wide))));
        }
        if fills && let Some(hull) = path.hull() {
            self.mark(stream, Some(hull));
        }
        if path.clips {
            let none = Rect::new(0.0, 0.0, 0.0, 0.0);
            stream.state.clip = path.hull().and_then(|hull| hull.shared(&stream.state.clip)).unwrap_or(none);
        }
    }

    /// `Do`: an image is its unit square (§8.9.5), a form is walked (§8.10).
    fn object(&mut self, stream: &Stream, operands: &[Object]) -> Result<(), Unsure> {
        let name = operands.first().and_then(|name| name.as_name().ok()).ok_or(Unsure)?;
        let found = stream.resources.get_deref(b"XObject", self.document).and_then(Object::as_dict);
        let found = found.and_then(|objects| objects.get_deref(name, self.document)).and_then(Object::as_stream);
        // A name that leads nowhere draws nothing.
        let Ok(object) = found else { return Ok(()) };
        if object.dict.get(b"Subtype").and_then(Object::as_name).ok() != Some(b"Form") {
            self.mark(stream, stream.state.ctm.around(&Rect::new(0.0, 0.0, 1.0, 1.0)));
            return Ok(());
        }
        if stream.depth >= DEEPEST {
            return Err(Unsure);
        }
        let mut state = stream.state.clone();
        if let Ok(matrix) = object.dict.get_deref(b"Matrix", self.document).and_then(Object::as_array) {
            let matrix: Vec<f64> = matrix.iter().filter_map(number).collect();
            state.ctm = Matrix(matrix.try_into().map_err(|_| Unsure)?).then(&state.ctm);
        }
        if let Ok(bounds) = object.dict.get_deref(b"BBox", self.document) {
            let bounds = rectangle(self.document, bounds).and_then(|bounds| state.ctm.around(&bounds)).ok_or(Unsure)?;
            let Some(clip) = bounds.shared(&state.clip) else { return Ok(()) };
            state.clip = clip;
        }
        let own = object.dict.get_deref(b"Resources", self.document).and_then(Object::as_dict).ok();
        let bytes = object.decompressed_content_with_limit(LONGEST_BYTES).or_else(|_| object.get_plain_content());
        self.content(&bytes.map_err(|_| Unsure)?, own.unwrap_or(stream.resources), state, stream.depth + 1).map(|_| ())
    }

    /// §9.3, §9.4.
    fn text(&mut self, stream: &mut Stream, operation: &Operation, numbers: &[f64]) -> Result<(), Unsure> {
        let operands = operation.operands.as_slice();
        match (operation.operator.as_str(), numbers) {
            ("Tf", &[size]) => {
                stream.font(self.document, operands)?;
                stream.state.text.size = size;
            }
            ("TL", &[leading]) => stream.state.text.leading = leading,
            ("Ts", &[rise]) => stream.state.text.rise = rise,
            ("Tz", &[percent]) => stream.state.text.scale = percent / 100.0,
            ("Tc", &[letters]) => stream.state.text.letters = letters,
            ("Tw", &[words]) => stream.state.text.words = words,
            ("BT", _) => stream.text = Some(TextPlace::at(Matrix::IDENTITY)),
            ("ET", _) => stream.text = None,
            ("Tm", &[a, b, c, d, e, f]) => stream.text = Some(TextPlace::at(Matrix([a, b, c, d, e, f]))),
            ("Td", &[x, y]) => stream.next_line(x, y)?,
            ("TD", &[x, y]) => {
                stream.state.text.leading = -y;
                stream.next_line(x, y)?;
            }
            ("T*", _) => stream.next_line(0.0, -stream.state.text.leading)?,
            ("Tj" | "TJ", _) => self.show(stream, operands)?,
            ("'" | "\"", numbers) => {
                if let &[words, letters] = numbers {
                    (stream.state.text.words, stream.state.text.letters) = (words, letters);
                }
                stream.next_line(0.0, -stream.state.text.leading)?;
                self.show(stream, operands)?;
            }
            ("Tf" | "TL" | "Ts" | "Tz" | "Tc" | "Tw" | "Tm" | "Td" | "TD", _) => return Err(Unsure),
            _ => {}
        }
        Ok(())
    }

    fn show(&mut self, stream: &mut Stream, operands: &[Object]) -> Result<(), Unsure> {
        let (mut shown, mut only_spaces) = (Shown::default(), true);
        for operand in operands.iter().flat_map(|o| o.as_array().map_or(std::slice::from_ref(o), Vec::as_slice)) {
            match operand {
                Object::String(bytes, _) => {
                    shown.glyphs += bytes.len() as f64;
                    only_spaces &= bytes.iter().all(|byte| *byte == b' ');
                }
                // Positive numbers move back.
                other => match number(other).unwrap_or(0.0) {
                    back if back > 0.0 => shown.backward += back,
                    forward => shown.forward -= forward,
                },
            }
        }
        let Some(place) = stream.text.as_mut() else { return Err(Unsure) };
        let rect = place.show(&stream.state, shown);
        if !only_spaces {
            self.mark(stream, rect);
        }
        Ok(())
    }

    /// Annotations that show (§12.5.2), links and pop-ups apart.
    fn annotations(&mut self, page: ObjectId) -> Result<(), Unsure> {
        for annotation in self.document.get_page_annotations(page).map_err(|_| Unsure)? {
            let subtype = annotation.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
            if !matches!(subtype, b"Link" | b"Popup") {
                let rect = annotation.get_deref(b"Rect", self.document).map_err(|_| Unsure)?;
                self.rects.push(rectangle(self.document, rect).ok_or(Unsure)?);
            }
        }
        Ok(())
    }
}

/// One content stream being walked.
struct Stream<'a> {
    resources: &'a Dictionary,
    depth: usize,
    saved: Vec<State>,
    state: State,
    path: Path,
    text: Option<TextPlace>,
}

impl Stream<'_> {
    fn build(&mut self, operator: &str, numbers: &[f64]) -> Result<(), Unsure> {
        let at = |x: f64, y: f64| self.state.ctm.apply((x, y));
        match (operator, numbers) {
            ("m", &[x, y]) => self.path.move_to(at(x, y)),
            ("l", &[x, y]) => self.path.draw_to(&[at(x, y)]),
            ("c", &[a, b, c, d, x, y]) => self.path.draw_to(&[at(a, b), at(c, d), at(x, y)]),
            ("v" | "y", &[a, b, x, y]) => {
                let start = self.path.current().unwrap_or(at(a, b));
                self.path.draw_to(&[start, at(a, b), at(x, y)]);
            }
            ("h", _) => self.path.close(),
            ("re", &[x, y, width, height]) => {
                let corners = [at(x, y), at(x + width, y), at(x + width, y + height), at(x, y + height)];
                let [first, rest @ ..] = corners;
                self.path.move_to(first);
                rest.iter().for_each(|corner| self.path.draw_to(&[*corner]));
                self.path.close();
            }
            _ => return Err(Unsure),
        }
        Ok(())
    }

    fn next_line(&mut self, x: f64, y: f64) -> Result<(), Unsure> {
        let place = self.text.as_mut().ok_or(Unsure)?;
        *place = TextPlace::at(Matrix::moved(x, y).then(&place.line));
        Ok(())
    }

    /// A colour space just chosen (§8.6.8): its first colour is taken for black.
    fn space(&self, document: &Document, operands: &[Object]) -> Ink {
        let name = operands.first().and_then(|name| name.as_name().ok()).unwrap_or_default();
        let spaces = self.resources.get_deref(b"ColorSpace", document).and_then(Object::as_dict);
        let found = spaces.and_then(|spaces| spaces.get_deref(name, document)).and_then(Object::as_array).ok();
        let family = found.and_then(|space| space.first()).and_then(|family| family.as_name().ok()).unwrap_or(name);
        let plain = [b"DeviceGray".as_slice(), b"DeviceRGB", b"DeviceCMYK", b"CalGray", b"CalRGB", b"ICCBased"];
        Ink { white: false, plain_space: plain.contains(&family) }
    }

    /// The glyphs of a Type 3 font (§9.6.5) are drawings of any size.
    fn font(&self, document: &Document, operands: &[Object]) -> Result<(), Unsure> {
        let name = operands.first().and_then(|name| name.as_name().ok()).ok_or(Unsure)?;
        let fonts = self.resources.get_deref(b"Font", document).and_then(Object::as_dict);
        let font = fonts.and_then(|fonts| fonts.get_deref(name, document)).and_then(Object::as_dict);
        match font.and_then(|font| font.get(b"Subtype")).and_then(Object::as_name) {
            Ok(b"Type3") => Err(Unsure),
            _ => Ok(()),
        }
    }

    /// A graphics state dictionary (§8.4.5) may set the line width or the font.
    fn graphics_state(&mut self, document: &Document, operands: &[Object]) -> Result<(), Unsure> {
        let name = operands.first().and_then(|name| name.as_name().ok()).ok_or(Unsure)?;
        let states = self.resources.get_deref(b"ExtGState", document).and_then(Object::as_dict);
        let Ok(found) = states.and_then(|states| states.get_deref(name, document)).and_then(Object::as_dict) else {
            return Ok(());
        };
        if found.has(b"Font") {
            return Err(Unsure);
        }
        if let Some(width) = found.get(b"LW").ok().and_then(number) {
            self.state.line_width = width;
        }
        Ok(())
    }
}
