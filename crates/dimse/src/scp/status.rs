//! What a peer is told about a store (PS3.4 §B.2.3, PS3.7 annex C).

/// A status and the comment that goes with it: what the *peer* is told, never what the operator reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreStatus {
    /// The value of (0000,0900).
    pub code: u16,
    /// The value of (0000,0902); cut to 64 characters when sent. No personal data.
    pub comment: String,
    /// The value of (0000,0903), where a service defines one.
    pub error_id: Option<u16>,
}

impl StoreStatus {
    /// Any status.
    pub fn new(code: u16, comment: impl Into<String>) -> Self {
        Self { code, comment: comment.into(), error_id: None }
    }

    /// 0000: stored, durable.
    pub fn success() -> Self {
        Self::new(0x0000, "")
    }

    /// 0110: something went wrong here.
    pub fn processing_failure(comment: impl Into<String>) -> Self {
        Self::new(0x0110, comment)
    }

    /// 0111: this SOP Instance UID is known with other bytes.
    pub fn duplicate_instance(comment: impl Into<String>) -> Self {
        Self::new(0x0111, comment)
    }

    /// 0117: the SOP Instance UID is not a UID.
    pub fn invalid_instance(comment: impl Into<String>) -> Self {
        Self::new(0x0117, comment)
    }

    /// 0122: this SOP class is not stored here.
    pub fn class_not_supported(comment: impl Into<String>) -> Self {
        Self::new(0x0122, comment)
    }

    /// 0124: the peer may not store here.
    pub fn not_authorized(comment: impl Into<String>) -> Self {
        Self::new(0x0124, comment)
    }

    /// A700: no room, try later.
    pub fn out_of_resources(comment: impl Into<String>) -> Self {
        Self::new(0xA700, comment)
    }

    /// 0112: no such instance.
    pub fn no_such_instance(comment: impl Into<String>) -> Self {
        Self::new(0x0112, comment)
    }

    /// 0115: a value of the request is out of range.
    pub fn invalid_argument(comment: impl Into<String>) -> Self {
        Self::new(0x0115, comment)
    }

    /// 0118: no such SOP class.
    pub fn no_such_class(comment: impl Into<String>) -> Self {
        Self::new(0x0118, comment)
    }

    /// 0123: no such action.
    pub fn no_such_action(comment: impl Into<String>) -> Self {
        Self::new(0x0123, comment)
    }

    /// 0213: no room for such a request.
    pub fn resource_limitation(comment: impl Into<String>) -> Self {
        Self::new(0x0213, comment)
    }

    /// A900: the data set is not of the announced SOP class or instance.
    pub fn data_set_mismatch(comment: impl Into<String>) -> Self {
        Self::new(0xA900, comment)
    }

    /// C000: the data set cannot be understood.
    pub fn cannot_understand(comment: impl Into<String>) -> Self {
        Self::new(0xC000, comment)
    }

    /// Whether the peer may forget its copy: success or a warning (PS3.7 §C.1).
    pub fn is_stored(&self) -> bool {
        self.code == 0 || self.code == 0x0001 || (0xB000..=0xBFFF).contains(&self.code)
    }
}
