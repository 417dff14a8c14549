//! HL7 by bytes: what senders send, and what they must be told.
