//! Who signs care sheets and who carries them. What is approved for it is licensed material; the program has a simulated
//! signer and a simulated fund, and says so wherever they are used.

use async_trait::async_trait;
use std::sync::Arc;

/// Signs a file of care sheets.
#[async_trait]
pub trait SheetSigner: Send + Sync + 'static {
    /// Whether its signatures prove nothing.
    fn is_simulated(&self) -> bool;
    /// A signature of the file, as text.
    async fn sign(&self, file: &str) -> Result<String, String>;
}

/// A file that came from the fund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// By which it is put aside.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Carries files to the fund, and its answers back.
#[async_trait]
pub trait FundTransport: Send + Sync + 'static {
    /// Hands a file over. The same name with the same bytes again must do no harm.
    async fn send(&self, name: &str, file: &str) -> Result<(), String>;
    /// Answers that were not put aside yet.
    async fn arrived(&self) -> Result<Vec<Arrived>, String>;
    /// Puts an answer aside, once it is in the books.
    async fn taken(&self, name: &str) -> Result<(), String>;
}

/// A fund, as the practice reaches it.
#[derive(Clone)]
pub struct Fund {
    /// Signs.
    pub signer: Arc<dyn SheetSigner>,
    /// Carries.
    pub transport: Arc<dyn FundTransport>,
}
