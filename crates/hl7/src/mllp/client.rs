//! Sends a message and waits for its answer.

use super::codec::{Decoder, Frame, FrameError, frame};
use crate::message::{Limits, Message};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The peer's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// MSA-1: `AA`, `AE`, `AR` (or `CA`, `CE`, `CR`).
    pub code: String,
    /// MSA-2: the control id it answers.
    pub control_id: String,
    /// MSA-3 or ERR-8: for the operator.
    pub text: String,
    /// ERR-3.1, when given.
    pub error: Option<String>,
}

impl Answer {
    /// Whether the peer took the message.
    pub fn is_accepted(&self) -> bool {
        matches!(self.code.as_str(), "AA" | "CA")
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The stream failed.
    #[error("sending over mllp: {0}")]
    Io(#[from] std::io::Error),
    /// The answer's framing is broken.
    #[error("reading the answer: {0}")]
    Frame(#[from] FrameError),
    /// The peer closed without an answer.
    #[error("peer closed without an answer")]
    Closed,
    /// The answer is no acknowledgement of our message.
    #[error("peer's answer is no acknowledgement of this message")]
    NotAnAnswer,
}

/// The longest answer read.
const ANSWER_BYTES: usize = 1 << 20;

/// Sends `message` (unframed) and returns the answer to it. The caller sets the deadline.
pub async fn send<S>(stream: &mut S, message: &[u8]) -> Result<Answer, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    stream.write_all(&frame(message)).await?;
    stream.flush().await?;
    let asked = Message::parse(message, &Limits::default()).map(|message| message.control_id()).unwrap_or_default();
    let mut decoder = Decoder::new(ANSWER_BYTES);
    let mut buffer = [0; 4096];
    loop {
        if let Some(found) = decoder.next_frame() {
            let Frame::Message(bytes) = found else { return Err(ClientError::NotAnAnswer) };
            return answer(&bytes, &asked);
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            decoder.finish().map_err(|_| ClientError::Closed)?;
            match decoder.next_frame() {
                Some(Frame::Message(bytes)) => return answer(&bytes, &asked),
                _ => return Err(ClientError::Closed),
            }
        }
        decoder.push(buffer.get(..count).unwrap_or(&[]))?;
    }
}

fn answer(bytes: &[u8], asked: &str) -> Result<Answer, ClientError> {
    let message = Message::parse(bytes, &Limits::default()).map_err(|_| ClientError::NotAnAnswer)?;
    let (msa, err) = (message.first("MSA"), message.first("ERR"));
    let control_id = msa.field(2).text();
    if !msa.exists() || control_id != asked {
        return Err(ClientError::NotAnAnswer);
    }
    let text = Some(err.field(8).text()).filter(|text| !text.is_empty()).unwrap_or_else(|| msa.field(3).text());
    Ok(Answer { code: msa.field(1).text(), control_id, text, error: err.field(3).component(1).some() })
}
