//! Every message of a folder named by NEGATOSCOPE_SWEEP goes through, whatever it is.

use crate::properties::swallow;
use hl7::{Event, Limits, Message};
use std::path::Path;

#[test]
fn every_message_of_the_sweep_folder_goes_through() {
    let Ok(folder) = std::env::var("NEGATOSCOPE_SWEEP") else {
        println!("skipped: every_message_of_the_sweep_folder_goes_through: NEGATOSCOPE_SWEEP is not set");
        return;
    };
    visit(Path::new(&folder));
}

fn visit(path: &Path) {
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| visit(entry));
        return;
    }
    let bytes = std::fs::read(path).unwrap();
    swallow(&bytes);
    let said = match Message::parse(&bytes, &Limits::default()) {
        Ok(message) => match Event::read(&message) {
            Ok(event) => format!("{}: {}", event.origin().kind, format!("{event:?}").split('(').next().unwrap()),
            Err(error) => format!("{}^{}: refused, {error}", message.code(), message.trigger()),
        },
        Err(error) => format!("no message: {error}"),
    };
    println!("{}: {said}", path.file_name().unwrap().to_string_lossy());
}
