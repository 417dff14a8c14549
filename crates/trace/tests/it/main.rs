//! What the trace promises.
