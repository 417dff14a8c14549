//! Names by their words: in any order, begun, or with a letter wrong.

/// The words of a folded text; wildcards part them as well.
pub(super) fn words(folded: &str) -> Vec<String> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether each wanted word begins, or nearly is, a word of the folded name.
pub(super) fn matches(wanted: &[String], folded: &str) -> bool {
    let have = words(folded);
    !wanted.is_empty()
        && wanted.iter().all(|word| have.iter().any(|other| other.starts_with(word.as_str()) || is_near(word, other)))
}

/// One letter wrong, missing, too many or exchanged in a word of four to seven letters; two in a longer one.
fn is_near(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().take(64).collect());
    let allowed = match one.len().min(other.len()) {
        0..=3 => return false,
        4..=7 => 1,
        _ => 2,
    };
    one.len().abs_diff(other.len()) <= allowed && distance(&one, &other) <= allowed
}

/// Edits between two words, an exchange of neighbours being one.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, b) in other.iter().enumerate() {
            let get = |from: &[usize], at: usize| from.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut least = (get(&last, column + 1) + 1).min(get(&line, column) + 1);
            least = least.min(get(&last, column) + usize::from(a != b));
            let exchanged = row > 0 && column > 0 && one.get(row - 1) == Some(b) && other.get(column - 1) == Some(a);
            if exchanged {
                least = least.min(get(&before, column - 1) + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut last, line);
    }
    last.last().copied().unwrap_or(0)
}
