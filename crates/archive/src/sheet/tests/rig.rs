//! Sheet data, reports made to measure, and the tools that look at the result.

use super::super::SheetData;
use lopdf::{Document, Object, Stream, dictionary};
use std::path::Path;
use std::process::Command;
use time::macros::date;
use zeroize::Zeroizing;

pub const ONE_PAGE: &[u8] = include_bytes!("data/cr-scanner-thorax.pdf");
pub const TWELVE_PAGES: &[u8] = include_bytes!("data/cr-long-12-pages.pdf");
pub const URL: &str = "https://images.exemple.fr/q#0123456789abcdef0123456789abcdef";

pub fn data() -> SheetData {
    SheetData {
        address: "images.exemple.fr".into(),
        qr_url: Zeroizing::new(URL.into()),
        number: "480 215 937 6".into(),
        code: Zeroizing::new("08B5-S2Z7-QG6D-X".into()),
        online_until: date!(2028 - 11 - 25),
        archived_until: Some(date!(2031 - 11 - 25)),
        site: "Imagerie des Tilleuls, Nantes".into(),
        phone: "02 40 00 00 00".into(),
        hours: "lundi–vendredi, 8 h–18 h".into(),
        title: "Scanner thoracique".into(),
        exam_date: date!(2026 - 11 - 25),
        english: false,
    }
}

/// A report of one A4 page with this content stream, Helvetica as `F1`, and more page attributes.
pub fn report(content: &str, more: lopdf::Dictionary) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let content = document.add_object(Stream::new(dictionary! {}, content.as_bytes().to_vec()));
    let mut page = dictionary! { "Type" => "Page", "Parent" => tree, "Contents" => content };
    page.extend(&more);
    let page = document.add_object(page);
    document.objects.insert(
        tree,
        Object::Dictionary(dictionary! {
            "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1,
            "Resources" => dictionary! { "Font" => dictionary! { "F1" => font } },
            "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        }),
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut pdf = Vec::new();
    document.save_to(&mut pdf).unwrap();
    pdf
}

/// Whether the tools are here; says so when not.
pub fn have(tools: &[&str], test: &str) -> bool {
    let missing = tools.iter().find(|tool| !Command::new("which").arg(tool).output().is_ok_and(|o| o.status.success()));
    if let Some(tool) = missing {
        println!("skipped: {test}: {tool} is not installed");
    }
    missing.is_none()
}

/// Runs a tool on a PDF; its standard output.
pub fn tool(pdf: &[u8], name: &str, before: &[&str], after: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in.pdf");
    std::fs::write(&file, pdf).unwrap();
    let output = Command::new(name).args(before).arg(&file).args(after).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The text of the pages, one string each.
pub fn texts(pdf: &[u8]) -> Vec<String> {
    let text = String::from_utf8(tool(pdf, "pdftotext", &["-layout"], &["-"])).unwrap().replace('\u{a0}', " ");
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    pages.pop();
    pages
}

/// A page drawn in grey: width, and one byte per pixel. Pages count from 1.
pub fn drawn(pdf: &[u8], page: usize, dpi: u32) -> (usize, Vec<u8>) {
    let (page, dpi) = (page.to_string(), dpi.to_string());
    let pgm = tool(pdf, "pdftoppm", &["-gray", "-r", &dpi, "-f", &page, "-l", &page], &[]);
    let mut fields = pgm.splitn(4, |byte| byte.is_ascii_whitespace());
    let (magic, width) = (fields.next().unwrap(), fields.next().unwrap());
    assert_eq!(magic, b"P5");
    let width: usize = std::str::from_utf8(width).unwrap().parse().unwrap();
    let (_height, rest) = (fields.next().unwrap(), fields.next().unwrap());
    let start = rest.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    (width, rest[start..].to_vec())
}

/// What a QR reader finds on a page drawn at the resolution of an office scanner.
pub fn scanned(pdf: &[u8], page: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, picture) = (folder.path().join("in.pdf"), folder.path().join("page"));
    std::fs::write(&file, pdf).unwrap();
    let page = page.to_string();
    let mut draw = Command::new("pdftoppm");
    draw.args(["-png", "-gray", "-r", "150", "-singlefile", "-f", &page, "-l", &page]).arg(&file).arg(&picture);
    assert!(draw.status().unwrap().success());
    read_qr(&picture.with_extension("png"))
}

fn read_qr(picture: &Path) -> String {
    let output = Command::new("zbarimg").args(["--raw", "-q"]).arg(picture).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
