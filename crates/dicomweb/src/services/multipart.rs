//! Reading `multipart/related` (RFC 2046 §5.1) as it comes: bounded memory, whatever the parts' length.
//!
//! Bytes go in by [`Multipart::feed`], events come out by [`Multipart::event`] until it wants more. What precedes the
//! first boundary and follows the last is ignored. A line that only begins like a boundary is data.

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

/// The head of a part, at most.
const LONGEST_HEAD: usize = 16 << 10;
/// White space after a boundary, at most.
const LONGEST_PADDING: usize = 256;
/// A boundary has 1 to 70 characters (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A part begins; its header fields, names in lower case.
    Part(Vec<(String, String)>),
    /// Some of its bytes.
    Data(Bytes),
    /// It is whole.
    PartEnd,
    /// The last boundary was read: nothing that follows counts.
    End,
}

/// Why it cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MultipartError {
    /// No boundary, or one that is not allowed.
    #[error("no usable boundary")]
    Boundary,
    /// A part's head is too long or no text.
    #[error("a part's head cannot be read")]
    Head,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    Head,
    Body,
    /// A boundary was met in a body: the next event is that it opens another part, or none.
    Boundary {
        closes: bool,
    },
    Ended,
}

/// What follows the characters of a boundary.
enum After {
    /// Not enough was read to tell.
    Unknown,
    /// `--`: the last one.
    Closes,
    /// White space of this length and the end of the line.
    Opens(usize),
    /// Something else: it was no boundary.
    Data,
}

/// A reader under way.
#[derive(Debug)]
pub struct Multipart {
    delimiter: Finder<'static>,
    buffer: BytesMut,
    state: State,
}

impl Multipart {
    /// With the `boundary` parameter of the Content-Type.
    ///
    /// # Errors
    /// [`MultipartError::Boundary`].
    pub fn new(boundary: &str) -> Result<Self, MultipartError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
        let fits = (1..=LONGEST_BOUNDARY).contains(&boundary.len()) && !boundary.ends_with(' ');
        if !fits || !boundary.bytes().all(allowed) {
            return Err(MultipartError::Boundary);
        }
        let delimiter = Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // The first boundary may begin the body: as if a line had ended before it.
        Ok(Self { delimiter, buffer: BytesMut::from(&b"\r\n"[..]), state: State::Preamble })
    }

    /// The next bytes of the body. What [`Self::event`] has not yet taken is kept: call it until it wants more.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.state != State::Ended {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the last boundary was read: else the body was cut.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// The next event; `None` when it wants more bytes.
    ///
    /// # Errors
    /// [`MultipartError::Head`].
    pub fn event(&mut self) -> Result<Option<Event>, MultipartError> {
        match self.state {
            State::Preamble => {
                while let Some(data) = self.data() {
                    drop(data);
                }
                match self.state {
                    State::Boundary { .. } => self.next_part(),
                    _ => Ok(None),
                }
            }
            State::Head => self.head(),
            State::Body => match self.data() {
                Some(data) => Ok(Some(Event::Data(data))),
                None if self.state == State::Body => Ok(None),
                None => Ok(Some(Event::PartEnd)),
            },
            State::Boundary { .. } => self.next_part(),
            State::Ended => Ok(None),
        }
    }

    fn next_part(&mut self) -> Result<Option<Event>, MultipartError> {
        if self.state == (State::Boundary { closes: true }) {
            self.state = State::Ended;
            self.buffer.clear();
            return Ok(Some(Event::End));
        }
        self.state = State::Head;
        self.head()
    }

    /// Bytes before the next boundary that are surely data; `None` when there are none, or the boundary was reached,
    /// which the state then tells.
    fn data(&mut self) -> Option<Bytes> {
        let length = self.delimiter.needle().len();
        let Some(at) = self.delimiter.find(&self.buffer) else {
            // Its beginning may be here already.
            let sure = self.buffer.len().saturating_sub(length - 1);
            return (sure > 0).then(|| self.buffer.split_to(sure).freeze());
        };
        if at > 0 {
            return Some(self.buffer.split_to(at).freeze());
        }
        match after(self.buffer.get(length..).unwrap_or_default()) {
            After::Unknown => None,
            After::Data => Some(self.buffer.split_to(length).freeze()),
            After::Closes => {
                self.state = State::Boundary { closes: true };
                None
            }
            After::Opens(padding) => {
                // The end of the boundary's line stays: it may also be the empty line that ends a head without fields.
                drop(self.buffer.split_to(length + padding));
                self.state = State::Boundary { closes: false };
                None
            }
        }
    }

    fn head(&mut self) -> Result<Option<Event>, MultipartError> {
        let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") else {
            return if self.buffer.len() > LONGEST_HEAD { Err(MultipartError::Head) } else { Ok(None) };
        };
        if end > LONGEST_HEAD {
            return Err(MultipartError::Head);
        }
        let head = self.buffer.split_to(end + 4);
        let text = std::str::from_utf8(&head).map_err(|_| MultipartError::Head)?;
        let fields = text.split("\r\n").filter(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':').ok_or(MultipartError::Head)?;
            Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        });
        let fields = fields.collect::<Result<_, _>>()?;
        // A body that is empty ends at once: its boundary's line break was that of the head.
        self.state = State::Body;
        let mut rest = BytesMut::with_capacity(self.buffer.len() + 2);
        if self.buffer.starts_with(self.delimiter.needle().get(2..).unwrap_or_default()) {
            rest.extend_from_slice(b"\r\n");
            rest.extend_from_slice(&self.buffer);
            self.buffer = rest;
        }
        Ok(Some(Event::Part(fields)))
    }
}

fn after(rest: &[u8]) -> After {
    if rest.starts_with(b"--") {
        return After::Closes;
    }
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if padding > LONGEST_PADDING {
        return After::Data;
    }
    match rest.get(padding..).unwrap_or_default() {
        [] | [b'\r'] => After::Unknown,
        [b'-'] if padding == 0 => After::Unknown,
        [b'\r', b'\n', ..] => After::Opens(padding),
        _ => After::Data,
    }
}
