//! The rules of the trade, by tables of cases and by properties.
