//! DIMSE command sets (PS3.7 §6.3.1, §9.3, annex E): group 0000 in Implicit VR Little Endian, bounded.

use bytes::Bytes;

/// The longest command set we read, in bytes. A C-STORE request is under 400.
pub const MAX_BYTES: usize = 16 * 1024;

/// The most elements in one.
const MAX_ELEMENTS: usize = 64;

/// Elements of group 0000 (PS3.7 annex E).
pub mod element {
    /// Command Group Length.
    pub const GROUP_LENGTH: u16 = 0x0000;
    /// Affected SOP Class UID.
    pub const AFFECTED_SOP_CLASS: u16 = 0x0002;
    /// Requested SOP Class UID.
    pub const REQUESTED_SOP_CLASS: u16 = 0x0003;
    /// Command Field.
    pub const COMMAND_FIELD: u16 = 0x0100;
    /// Message ID.
    pub const MESSAGE_ID: u16 = 0x0110;
    /// Message ID Being Responded To.
    pub const MESSAGE_ID_RESPONDED: u16 = 0x0120;
    /// Move Destination.
    pub const MOVE_DESTINATION: u16 = 0x0600;
    /// Priority.
    pub const PRIORITY: u16 = 0x0700;
    /// Command Data Set Type.
    pub const DATA_SET_TYPE: u16 = 0x0800;
    /// Status.
    pub const STATUS: u16 = 0x0900;
    /// Error Comment.
    pub const ERROR_COMMENT: u16 = 0x0902;
    /// Error ID.
    pub const ERROR_ID: u16 = 0x0903;
    /// Event Type ID.
    pub const EVENT_TYPE_ID: u16 = 0x1002;
    /// Action Type ID.
    pub const ACTION_TYPE_ID: u16 = 0x1008;
    /// Affected SOP Instance UID.
    pub const AFFECTED_SOP_INSTANCE: u16 = 0x1000;
    /// Requested SOP Instance UID.
    pub const REQUESTED_SOP_INSTANCE: u16 = 0x1001;
    /// Number of Remaining Sub-operations.
    pub const REMAINING: u16 = 0x1020;
    /// Number of Completed Sub-operations.
    pub const COMPLETED: u16 = 0x1021;
    /// Number of Failed Sub-operations.
    pub const FAILED: u16 = 0x1022;
    /// Number of Warning Sub-operations.
    pub const WARNING: u16 = 0x1023;
    /// Move Originator Application Entity Title.
    pub const MOVE_ORIGINATOR: u16 = 0x1030;
    /// Move Originator Message ID.
    pub const MOVE_ORIGINATOR_MESSAGE_ID: u16 = 0x1031;
}

/// Values of Command Field (0000,0100).
pub mod field {
    /// C-STORE request.
    pub const C_STORE_RQ: u16 = 0x0001;
    /// C-GET request.
    pub const C_GET_RQ: u16 = 0x0010;
    /// C-FIND request.
    pub const C_FIND_RQ: u16 = 0x0020;
    /// C-MOVE request.
    pub const C_MOVE_RQ: u16 = 0x0021;
    /// C-ECHO request.
    pub const C_ECHO_RQ: u16 = 0x0030;
    /// C-CANCEL request.
    pub const C_CANCEL_RQ: u16 = 0x0FFF;
    /// N-EVENT-REPORT request.
    pub const N_EVENT_REPORT_RQ: u16 = 0x0100;
    /// N-SET request.
    pub const N_SET_RQ: u16 = 0x0120;
    /// N-CREATE request.
    pub const N_CREATE_RQ: u16 = 0x0140;
    /// N-ACTION request.
    pub const N_ACTION_RQ: u16 = 0x0130;
    /// The bit of a response.
    pub const RESPONSE: u16 = 0x8000;
}

/// Command Data Set Type of a message without data set (PS3.7 §E.1).
pub const NO_DATA_SET: u16 = 0x0101;

/// The longest Error Comment, in characters (PS3.7 annex C: VR LO).
pub const MAX_COMMENT: usize = 64;

/// Why a command set cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCommand {
    /// Longer than [`MAX_BYTES`] or with too many elements.
    #[error("command set over its limit")]
    TooLong,
    /// An element's length goes past the end, or bytes are left over.
    #[error("command set cut short")]
    Truncated,
    /// Not group 0000, or elements out of order.
    #[error("command set with a foreign or misplaced element")]
    Element,
    /// No Command Field or Message ID, or one of the wrong length.
    #[error("command set without a mandatory element")]
    Missing,
}

/// A command set, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What is asked or answered (0000,0100).
    pub command_field: u16,
    /// Message ID, or Message ID Being Responded To in a response.
    pub message_id: u16,
    /// Whether a data set follows (0000,0800).
    pub has_data_set: bool,
    /// Status of a response.
    pub status: Option<u16>,
    elements: Vec<(u16, Bytes)>,
}

impl Command {
    /// Reads a command set.
    ///
    /// # Errors
    /// [`BadCommand`]. Nothing is allocated beyond the elements counted.
    pub fn read(bytes: &Bytes) -> Result<Self, BadCommand> {
        let elements = elements(bytes)?;
        let us =
            |element| find(&elements, element).and_then(|value| value.first_chunk()).map(|b| u16::from_le_bytes(*b));
        let command_field = us(element::COMMAND_FIELD).ok_or(BadCommand::Missing)?;
        let is_response = command_field & field::RESPONSE != 0;
        // A C-CANCEL names the message it cancels and has no id of its own (PS3.7 §9.3.2.3).
        let answered = is_response || command_field == field::C_CANCEL_RQ;
        let id = if answered { element::MESSAGE_ID_RESPONDED } else { element::MESSAGE_ID };
        let message_id = us(id).ok_or(BadCommand::Missing)?;
        let data_set_type = us(element::DATA_SET_TYPE).ok_or(BadCommand::Missing)?;
        let status = us(element::STATUS);
        Ok(Self { command_field, message_id, has_data_set: data_set_type != NO_DATA_SET, status, elements })
    }

    /// The raw value of an element.
    pub fn value(&self, element: u16) -> Option<&[u8]> {
        find(&self.elements, element).map(|value| &value[..])
    }

    /// A US, when it is there.
    pub fn us(&self, element: u16) -> Option<u16> {
        self.value(element).and_then(|value| value.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes))
    }

    /// A UID, when it is there and is one.
    pub fn uid(&self, element: u16) -> Option<&str> {
        self.value(element).and_then(crate::uid::parse)
    }
}

fn find(elements: &[(u16, Bytes)], element: u16) -> Option<&Bytes> {
    elements.iter().find(|(number, _)| *number == element).map(|(_, value)| value)
}

fn elements(bytes: &Bytes) -> Result<Vec<(u16, Bytes)>, BadCommand> {
    if bytes.len() > MAX_BYTES {
        return Err(BadCommand::TooLong);
    }
    let mut found: Vec<(u16, Bytes)> = Vec::new();
    let mut rest = bytes.clone();
    while !rest.is_empty() {
        let Some(&[g0, g1, e0, e1, a, b, c, d]) = rest.first_chunk::<8>() else { return Err(BadCommand::Truncated) };
        let (group, number) = (u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]));
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        if group != 0 || found.last().is_some_and(|(last, _)| *last >= number) {
            return Err(BadCommand::Element);
        }
        if found.len() == MAX_ELEMENTS {
            return Err(BadCommand::TooLong);
        }
        let _ = rest.split_to(8);
        if length > rest.len() {
            return Err(BadCommand::Truncated);
        }
        found.push((number, rest.split_to(length)));
    }
    Ok(found)
}

/// A command set being written; elements must be added in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A request: affected SOP class, Command Field and Message ID.
    pub fn request(command_field: u16, message_id: u16, sop_class_uid: &str) -> Self {
        Self::empty()
            .text(element::AFFECTED_SOP_CLASS, sop_class_uid, 0)
            .number(element::COMMAND_FIELD, command_field)
            .number(element::MESSAGE_ID, message_id)
    }

    /// A request about a *requested* SOP class (PS3.7 §10.3): Command Field and Message ID behind it.
    pub fn asking(command_field: u16, message_id: u16, sop_class_uid: &str) -> Self {
        Self::empty()
            .text(element::REQUESTED_SOP_CLASS, sop_class_uid, 0)
            .number(element::COMMAND_FIELD, command_field)
            .number(element::MESSAGE_ID, message_id)
    }

    /// A C-CANCEL of this message (PS3.7 §9.3.2.3).
    pub fn cancelling(message_id: u16) -> Self {
        Self::empty()
            .number(element::COMMAND_FIELD, field::C_CANCEL_RQ)
            .number(element::MESSAGE_ID_RESPONDED, message_id)
    }

    /// A response of which more is to be added: affected SOP class, Command Field and Message ID Being Responded To.
    pub fn answering(command_field: u16, message_id: u16, sop_class_uid: &str) -> Self {
        Self::empty()
            .text(element::AFFECTED_SOP_CLASS, sop_class_uid, 0)
            .number(element::COMMAND_FIELD, command_field)
            .number(element::MESSAGE_ID_RESPONDED, message_id)
    }

    /// The response to `request`, its affected SOP class and instance returned when they are UIDs.
    pub fn response(request: &Command, status: u16, comment: &str) -> Self {
        Self::response_about(request, (status, None), comment, None)
    }

    /// The same, a data set following when `data_set_type` is not [`NO_DATA_SET`].
    pub fn response_with(request: &Command, status: u16, comment: &str, data_set_type: u16) -> Self {
        Self::response_as(request, (status, None), comment, None, data_set_type)
    }

    /// The same, with an Error ID beside the status and an instance that the request does not name.
    pub fn response_about(request: &Command, codes: (u16, Option<u16>), comment: &str, instance: Option<&str>) -> Self {
        Self::response_as(request, codes, comment, instance, NO_DATA_SET)
    }

    fn response_as(
        request: &Command,
        (status, error_id): (u16, Option<u16>),
        comment: &str,
        instance: Option<&str>,
        data_set_type: u16,
    ) -> Self {
        let mut writer = Self::empty();
        let class = request.uid(element::AFFECTED_SOP_CLASS).or_else(|| request.uid(element::REQUESTED_SOP_CLASS));
        if let Some(uid) = class {
            writer = writer.text(element::AFFECTED_SOP_CLASS, uid, 0);
        }
        writer = writer
            .number(element::COMMAND_FIELD, request.command_field | field::RESPONSE)
            .number(element::MESSAGE_ID_RESPONDED, request.message_id)
            .number(element::DATA_SET_TYPE, data_set_type)
            .number(element::STATUS, status);
        let comment = clean_comment(comment);
        if !comment.is_empty() {
            writer = writer.text(element::ERROR_COMMENT, &comment, b' ');
        }
        if let Some(error_id) = error_id {
            writer = writer.number(element::ERROR_ID, error_id);
        }
        let asked = instance.or_else(|| request.uid(element::AFFECTED_SOP_INSTANCE));
        let asked = asked.or_else(|| request.uid(element::REQUESTED_SOP_INSTANCE));
        match asked {
            Some(uid) => writer.text(element::AFFECTED_SOP_INSTANCE, uid, 0),
            None => writer,
        }
    }

    fn empty() -> Self {
        Self { bytes: Vec::with_capacity(256) }
    }

    /// Adds a US.
    pub fn number(mut self, element: u16, value: u16) -> Self {
        self.header(element, 2);
        self.bytes.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Adds a text padded to even length with `padding`.
    pub fn text(mut self, element: u16, value: &str, padding: u8) -> Self {
        let even = value.len() + value.len() % 2;
        self.header(element, even);
        self.bytes.extend_from_slice(value.as_bytes());
        self.bytes.resize(self.bytes.len() + even - value.len(), padding);
        self
    }

    fn header(&mut self, element: u16, length: usize) {
        self.bytes.extend_from_slice(&[0, 0]);
        self.bytes.extend_from_slice(&element.to_le_bytes());
        self.bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// The command set with its group length in front.
    pub fn finish(self) -> Vec<u8> {
        let mut whole = Self { bytes: Vec::with_capacity(self.bytes.len() + 12) };
        whole.header(element::GROUP_LENGTH, 4);
        whole.bytes.extend_from_slice(&u32::try_from(self.bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        whole.bytes.extend_from_slice(&self.bytes);
        whole.bytes
    }
}

/// A comment as the wire takes it: printable ASCII without the backslash, 64 characters at most. Peers have
/// waited for ever for an answer whose comment was longer.
fn clean_comment(comment: &str) -> String {
    let safe = |c: char| if c == '\\' || !(' '..='~').contains(&c) { '?' } else { c };
    comment.trim().chars().take(MAX_COMMENT).map(safe).collect()
}
