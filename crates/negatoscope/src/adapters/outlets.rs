//! Where sheets leave by themselves: a watched folder for printing, the information system.

use archive::outlet::{LeavingCode, LeavingSheet, SheetOutlet};
use async_trait::async_trait;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A folder that a printer or a person watches. It is the one place where codes stand on a disk, as on paper.
pub struct FolderOutlet {
    /// The folder; made when missing.
    pub folder: PathBuf,
}

#[async_trait]
impl SheetOutlet for FolderOutlet {
    fn name(&self) -> &'static str {
        "folder"
    }

    async fn deliver(&self, sheet: &LeavingSheet) -> Result<(), String> {
        let (folder, name, pdf, report) =
            (self.folder.clone(), file_name(sheet), sheet.pdf.clone(), sheet.report.clone());
        let written = tokio::task::spawn_blocking(move || {
            // The report first: a sheet alone would look as if it were all.
            if let Some(report) = report {
                write(&folder, &format!("{name}-compte-rendu.pdf"), &report)?;
            }
            write(&folder, &format!("{name}.pdf"), &pdf)
        });
        let written = written.await;
        written.map_err(|error| error.to_string())?.map_err(|error| format!("the output folder: {error}"))
    }
}

/// The exam number finds the paper; nothing in the name says whose it is.
fn file_name(sheet: &LeavingSheet) -> String {
    format!("{}-{}", sheet.number, sheet.sheet)
}

/// Whole or not at all: a watcher never sees half a sheet.
fn write(folder: &Path, name: &str, pdf: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(pdf)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

/// The information system, which asked for the report back with its sheet.
pub struct OruOutlet {
    /// `host:port`.
    pub address: String,
    /// Time.
    pub clock: std::sync::Arc<dyn ambient::Clock>,
}

#[async_trait]
impl SheetOutlet for OruOutlet {
    fn name(&self) -> &'static str {
        "oru"
    }

    async fn deliver(&self, sheet: &LeavingSheet) -> Result<(), String> {
        let message = super::hl7::sheet_message(sheet, self.clock.now());
        super::hl7::send(&self.address, &message).await
    }

    fn takes_codes(&self) -> bool {
        true
    }

    async fn return_code(&self, code: &LeavingCode) -> Result<(), String> {
        let message = super::hl7::code_message(code, self.clock.now());
        super::hl7::send(&self.address, &message).await
    }
}
