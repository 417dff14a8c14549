//! Wildcards: `*` any run, `?` any one character (PS3.4 §C.2.2.2.4). Nothing else is special.

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<char>);

impl Pattern {
    /// From its text.
    pub fn parse(text: &str) -> Self {
        Self(text.chars().collect())
    }

    /// Whether a text has a wildcard at all.
    pub fn is_wild(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// What every text that it matches begins with.
    pub fn prefix(&self) -> String {
        self.0.iter().take_while(|c| !matches!(c, '*' | '?')).collect()
    }

    /// Its text, when it has no wildcard.
    pub fn literal(&self) -> Option<String> {
        (!self.0.iter().any(|c| matches!(c, '*' | '?'))).then(|| self.0.iter().collect())
    }

    /// Whether it matches all of a text. Takes at most the product of both lengths.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut read) = (0, 0);
        // Where the last star stands, and how much of the text it takes.
        let mut star: Option<(usize, usize)> = None;
        while let Some(c) = text.get(read) {
            match self.0.get(at) {
                Some('*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(wanted) if *wanted == '?' || wanted == c => {
                    at += 1;
                    read += 1;
                }
                _ => match star {
                    Some((place, taken)) => {
                        star = Some((place, taken + 1));
                        at = place + 1;
                        read = taken + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0.iter().skip(at).all(|c| *c == '*')
    }
}
