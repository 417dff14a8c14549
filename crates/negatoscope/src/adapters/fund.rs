//! The simulated fund, reached through a folder: lots are left in `to-fund`, answers are found in `from-fund` and put aside
//! in `taken`.

use async_trait::async_trait;
use practice::ports::{Arrived, FundTransport};
use std::path::{Path, PathBuf};
use tokio::fs;

/// Lots.
pub const TO_FUND: &str = "to-fund";
/// Answers.
pub const FROM_FUND: &str = "from-fund";
/// Answers that are in the books.
const TAKEN: &str = "taken";

/// A folder shared with the simulated fund.
pub struct FolderFund {
    /// Where it is.
    pub folder: PathBuf,
}

/// Writes a file whole or not at all: whoever looks into the folder never finds half of one.
pub async fn leave(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder).await?;
    let unfinished = folder.join(format!(".{name}"));
    let file = fs::File::create(&unfinished).await?;
    fs::write(&unfinished, text).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, folder.join(name)).await
}

/// The finished files of a folder, by name.
pub async fn files(folder: &Path) -> std::io::Result<Vec<Arrived>> {
    let mut all = Vec::new();
    let mut entries = match fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.file_type().await?.is_file() {
            all.push(Arrived { text: String::from_utf8_lossy(&fs::read(entry.path()).await?).into_owned(), name });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

#[async_trait]
impl FundTransport for FolderFund {
    async fn send(&self, name: &str, file: &str) -> Result<(), String> {
        leave(&self.folder.join(TO_FUND), name, file).await.map_err(|error| error.to_string())
    }

    async fn arrived(&self) -> Result<Vec<Arrived>, String> {
        files(&self.folder.join(FROM_FUND)).await.map_err(|error| error.to_string())
    }

    async fn taken(&self, name: &str) -> Result<(), String> {
        let aside = self.folder.join(TAKEN);
        let moved = async {
            fs::create_dir_all(&aside).await?;
            fs::rename(self.folder.join(FROM_FUND).join(name), aside.join(name)).await
        };
        moved.await.map_err(|error| error.to_string())
    }
}
