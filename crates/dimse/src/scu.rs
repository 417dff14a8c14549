//! Sending: verification and storage as a user (SCU).

use crate::Error;
use crate::ae::AeTitle;
use crate::scp::StoreStatus;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};

/// One presentation context to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The SOP class.
    pub sop_class_uid: String,
    /// The transfer syntaxes, preferred first.
    pub transfer_syntax_uids: Vec<String>,
}

/// One accepted presentation context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Odd, 1 to 255.
    pub id: u8,
    /// The SOP class.
    pub sop_class_uid: String,
    /// The transfer syntax chosen by the peer.
    pub transfer_syntax_uid: String,
}

/// How to talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The longest P-DATA-TF we take, in bytes.
    pub max_pdu_bytes: u32,
    /// For the connection, the association and each answer.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_pdu_bytes: 256 * 1024, timeout: Duration::from_secs(60) }
    }
}

/// What is sent with a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance<'a> {
    /// The SOP class.
    pub sop_class_uid: &'a str,
    /// The SOP instance.
    pub sop_instance_uid: &'a str,
    /// What the data set is encoded in: it is sent as it is.
    pub transfer_syntax_uid: &'a str,
}

/// An open association.
pub struct Scu<S> {
    contexts: Vec<Context>,
    _stream: S,
}

impl Scu<TcpStream> {
    /// Connects and opens an association with default [`Options`].
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Aborted`], [`Error::TimedOut`], [`Error::Io`].
    pub async fn connect(
        address: impl ToSocketAddrs,
        calling: &AeTitle,
        called: &AeTitle,
        proposals: &[Proposal],
    ) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Self::associate(stream, calling, called, proposals, Options::default()).await
    }
}

impl<S> Scu<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// Opens an association over a stream that is already open.
    ///
    /// # Errors
    /// As [`Scu::connect`].
    pub async fn associate(
        stream: S,
        calling: &AeTitle,
        called: &AeTitle,
        proposals: &[Proposal],
        options: Options,
    ) -> Result<Self, Error> {
        let _ = (calling, called, proposals, options, stream);
        Err(Error::Stopped)
    }

    /// The contexts the peer accepted.
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// C-ECHO: the status answered, 0 for success.
    ///
    /// # Errors
    /// [`Error::NoContext`], or whatever ended the association.
    pub async fn echo(&mut self) -> Result<u16, Error> {
        Err(Error::NoContext)
    }

    /// C-STORE of a data set of exactly `length` bytes.
    ///
    /// # Errors
    /// [`Error::NoContext`]; [`Error::Truncated`] when `data` ends early; or whatever ended the association.
    /// A refusal by the peer is not an error: it is the status.
    pub async fn store<R>(&mut self, instance: Instance<'_>, data: R, length: u64) -> Result<StoreStatus, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        let _ = (instance, data, length);
        Err(Error::NoContext)
    }

    /// C-STORE of a data set in memory.
    ///
    /// # Errors
    /// As [`Scu::store`].
    pub async fn store_bytes(&mut self, instance: Instance<'_>, data: &[u8]) -> Result<StoreStatus, Error> {
        self.store(instance, data, data.len() as u64).await
    }

    /// Releases the association and closes the stream.
    ///
    /// # Errors
    /// Whatever ended the association instead.
    pub async fn release(self) -> Result<(), Error> {
        Ok(())
    }

    /// Aborts the association.
    pub async fn abort(self) {}
}
