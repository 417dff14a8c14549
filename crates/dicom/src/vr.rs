//! Value representations (PS3.5 §6.2).

use std::fmt;

macro_rules! representations {
    ($($name:ident $code:literal $doc:literal;)*) => {
        /// How a value is written (PS3.5 §6.2).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Vr {
            $(
                #[doc = $doc]
                $name,
            )*
        }

        impl Vr {
            /// From its two letters; `None` when the standard knows no such representation.
            pub fn from_code(code: [u8; 2]) -> Option<Self> {
                match &code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Its two letters.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

#[rustfmt::skip]
representations! {
    AE b"AE" "Application Entity";
    AS b"AS" "Age String";
    AT b"AT" "Attribute Tag";
    CS b"CS" "Code String";
    DA b"DA" "Date";
    DS b"DS" "Decimal String";
    DT b"DT" "Date Time";
    FD b"FD" "Floating Point Double";
    FL b"FL" "Floating Point Single";
    IS b"IS" "Integer String";
    LO b"LO" "Long String";
    LT b"LT" "Long Text";
    OB b"OB" "Other Byte";
    OD b"OD" "Other Double";
    OF b"OF" "Other Float";
    OL b"OL" "Other Long";
    OV b"OV" "Other 64-bit Very Long";
    OW b"OW" "Other Word";
    PN b"PN" "Person Name";
    SH b"SH" "Short String";
    SL b"SL" "Signed Long";
    SQ b"SQ" "Sequence of Items";
    SS b"SS" "Signed Short";
    ST b"ST" "Short Text";
    SV b"SV" "Signed 64-bit Very Long";
    TM b"TM" "Time";
    UC b"UC" "Unlimited Characters";
    UI b"UI" "Unique Identifier";
    UL b"UL" "Unsigned Long";
    UN b"UN" "Unknown";
    UR b"UR" "Universal Resource Identifier";
    US b"US" "Unsigned Short";
    UT b"UT" "Unlimited Text";
    UV b"UV" "Unsigned 64-bit Very Long";
}

impl Vr {
    /// Whether the explicit form has two reserved bytes and a length of 32 bits (PS3.5 §7.1.2).
    pub fn has_long_length(self) -> bool {
        use Vr::*;
        matches!(self, OB | OD | OF | OL | OV | OW | SQ | SV | UC | UN | UR | UT | UV)
    }

    /// Whether the Specific Character Set applies (PS3.5 §6.1.2.2).
    pub fn is_encoded_text(self) -> bool {
        use Vr::*;
        matches!(self, LO | LT | PN | SH | ST | UC | UT)
    }

    /// Whether the value is characters, whatever their set.
    pub fn is_text(self) -> bool {
        use Vr::*;
        self.is_encoded_text() || matches!(self, AE | AS | CS | DA | DS | DT | IS | TM | UI | UR)
    }

    /// Whether a backslash parts several values (PS3.5 §6.4: not in ST, LT, UT and UR).
    pub fn is_multi_valued_text(self) -> bool {
        use Vr::*;
        self.is_text() && !matches!(self, ST | LT | UT | UR)
    }

    /// Bytes of one number, or `None` for representations that are not numbers in binary.
    pub fn number_width(self) -> Option<usize> {
        use Vr::*;
        match self {
            SS | US | OW => Some(2),
            AT | FL | OF | OL | SL | UL => Some(4),
            FD | OD | OV | SV | UV => Some(8),
            _ => None,
        }
    }
}

impl fmt::Display for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
