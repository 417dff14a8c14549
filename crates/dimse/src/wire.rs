//! A stream read by whole PDUs: one large buffer, large reads, no copy of what is handed on.

use crate::pdu::{self, Cut, Frame};
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much one read may bring.
const READ_BYTES: usize = 256 * 1024;

/// What came from the stream.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// A whole PDU.
    Frame(Frame),
    /// Bytes that are no PDU; the stream cannot be read on.
    Invalid(&'static str),
    /// The end of the stream.
    Closed,
}

/// A stream and what has been read of it.
pub(crate) struct Wire<S> {
    stream: S,
    inbox: BytesMut,
    max_data: u32,
    poisoned: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S, max_data: u32) -> Self {
        Self { stream, inbox: BytesMut::new(), max_data, poisoned: false }
    }

    /// The next PDU. Safe to drop between reads: what was read stays in the buffer.
    pub(crate) async fn next(&mut self) -> std::io::Result<Arrival> {
        if self.poisoned {
            return self.swallow().await;
        }
        loop {
            let needs = match pdu::cut(&mut self.inbox, self.max_data) {
                Cut::Whole(frame) => return Ok(Arrival::Frame(frame)),
                Cut::Invalid(why) => {
                    self.poisoned = true;
                    return Ok(Arrival::Invalid(why));
                }
                Cut::Needs(bytes) => bytes,
            };
            self.make_room(needs);
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Ok(Arrival::Closed);
            }
        }
    }

    /// Room for the PDU at the front and for a large read. The memory grows with what is asked only once
    /// its header is within bounds; slices that were handed on keep the old buffer alive, and once they are
    /// gone it is used again.
    fn make_room(&mut self, needs: usize) {
        let spare = self.inbox.capacity() - self.inbox.len();
        if self.inbox.len() + spare < needs || spare < READ_BYTES / 4 {
            self.inbox.reserve(needs.saturating_sub(self.inbox.len()).max(READ_BYTES));
        }
    }

    /// After nonsense: reads and forgets until the peer closes.
    async fn swallow(&mut self) -> std::io::Result<Arrival> {
        loop {
            self.inbox.clear();
            self.inbox.reserve(4096);
            if self.stream.read_buf(&mut self.inbox).await? == 0 {
                return Ok(Arrival::Closed);
            }
        }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    pub(crate) async fn close(&mut self) {
        let _ = self.stream.shutdown().await;
    }
}
