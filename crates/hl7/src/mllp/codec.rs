//! Framing, without any I/O: bytes in, frames out.

/// Start of a frame.
pub const START: u8 = 0x0b;
/// End of a frame, first byte.
pub const END: u8 = 0x1c;
/// End of a frame, second byte.
pub const RETURN: u8 = 0x0d;

/// How many bytes outside of frames are passed over before the peer is taken for something else.
pub const GARBAGE_BYTES: usize = 64 << 10;

/// What the decoder found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A whole message.
    Message(Vec<u8>),
    /// A message that never ended: the sender began the next one. It must be told so.
    CutShort(Vec<u8>),
}

/// Why a stream cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A frame over the limit.
    #[error("frame is over the limit of {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// The stream ended inside a frame.
    #[error("stream ended inside a frame")]
    Unfinished,
    /// Too much that is in no frame: another protocol.
    #[error("peer sends no frames")]
    NoFrames,
}

/// Takes bytes as they come and gives frames.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    inside: Option<Vec<u8>>,
    garbage: usize,
    waiting: std::collections::VecDeque<Frame>,
}

impl Decoder {
    /// A decoder that refuses frames over `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, inside: None, garbage: 0, waiting: std::collections::VecDeque::new() }
    }

    /// Whether a frame has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.inside.is_some()
    }

    /// The frame that has begun, as far as it has come.
    pub fn partial(&self) -> &[u8] {
        self.inside.as_deref().unwrap_or(&[])
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Frame> {
        self.waiting.pop_front()
    }

    /// Takes bytes. After an error the stream is lost.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let mut rest = bytes;
        while let Some((&byte, tail)) = rest.split_first() {
            let plain = self.plain(rest);
            if plain > 0 {
                let (text, after) = rest.split_at(plain);
                self.inside.get_or_insert_default().extend_from_slice(text);
                self.check_length()?;
                rest = after;
                continue;
            }
            rest = tail;
            match &self.inside {
                None if byte == START => {
                    self.inside = Some(Vec::new());
                    self.garbage = 0;
                }
                None => self.outside(byte)?,
                Some(_) => self.inside_byte(byte)?,
            }
        }
        Ok(())
    }

    /// The stream has ended: what has begun must be whole.
    pub fn finish(&mut self) -> Result<(), FrameError> {
        let Some(mut open) = self.inside.take() else { return Ok(()) };
        if open.last() == Some(&END) {
            open.pop();
            self.waiting.push_back(Frame::Message(open));
            return Ok(());
        }
        self.inside = Some(open);
        Err(FrameError::Unfinished)
    }

    fn outside(&mut self, byte: u8) -> Result<(), FrameError> {
        // The end of the last frame, blank lines and zeros of nervous senders do not count.
        if !byte.is_ascii_whitespace() && byte != 0 && byte != END {
            self.garbage += 1;
        }
        if self.garbage > GARBAGE_BYTES { Err(FrameError::NoFrames) } else { Ok(()) }
    }

    fn inside_byte(&mut self, byte: u8) -> Result<(), FrameError> {
        let Some(open) = &mut self.inside else { return Ok(()) };
        let after_end = open.last() == Some(&END);
        if after_end && matches!(byte, RETURN | START) {
            open.pop();
            let whole = std::mem::take(open);
            self.waiting.push_back(Frame::Message(whole));
            self.inside = (byte == START).then(Vec::new);
            return Ok(());
        }
        open.push(byte);
        // A start inside a frame is a stray character, unless a header follows it: then the sender
        // gave up the message and began another.
        if open.ends_with(b"\x0bMSH") {
            let cut = open.len().saturating_sub(4);
            open.truncate(cut);
            let cut_short = std::mem::replace(open, b"MSH".to_vec());
            self.waiting.push_back(Frame::CutShort(cut_short));
        }
        self.check_length()
    }

    /// How many of these bytes are plain text of the open frame: none of them, nor those just before
    /// them, takes part in a mark.
    fn plain(&self, bytes: &[u8]) -> usize {
        let is_mark = |byte: &u8| matches!(*byte, START | END);
        match &self.inside {
            Some(open) if !open.iter().rev().take(3).any(is_mark) => {
                bytes.iter().position(is_mark).unwrap_or(bytes.len())
            }
            _ => 0,
        }
    }

    fn check_length(&self) -> Result<(), FrameError> {
        match &self.inside {
            Some(open) if open.len() > self.limit.saturating_add(1) => Err(FrameError::TooLong { limit: self.limit }),
            _ => Ok(()),
        }
    }
}

/// A message in its frame.
pub fn frame(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 3);
    out.push(START);
    out.extend_from_slice(message);
    out.extend_from_slice(&[END, RETURN]);
    out
}
