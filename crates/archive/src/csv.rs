//! Tables for people's spreadsheets (RFC 4180), in which no text becomes a formula.

/// The separator that French spreadsheets expect.
const SEPARATOR: char = ';';

/// A table: its head, then its rows. Begins with a byte order mark, without which accents are lost in spreadsheets.
pub fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = String::from("\u{feff}");
    line(&mut out, head.iter().copied());
    for row in rows {
        line(&mut out, row.iter().map(String::as_str));
    }
    out
}

fn line<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (position, cell) in cells.enumerate() {
        if position > 0 {
            out.push(SEPARATOR);
        }
        out.push('"');
        // A cell that begins like a formula is text once an apostrophe stands before it (OWASP, CSV injection).
        if !is_amount(cell) && cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
            || cell.starts_with(['\t', '\r', '\n'])
        {
            out.push('\'');
        }
        out.extend(cell.chars().flat_map(|c| if c == '"' { vec!['"', '"'] } else { vec![c] }));
        out.push('"');
    }
    out.push_str("\r\n");
}

/// A negative amount as accountants write it, `-12,50`: no spreadsheet reads it as anything but a number.
fn is_amount(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = cell.strip_prefix('-').and_then(|rest| rest.split_once(','));
    parts.is_some_and(|(euros, cents)| digits(euros) && cents.len() == 2 && digits(cents))
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn a_cell_that_would_be_a_formula_is_text() {
        for dangerous in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(\"x\")", "\n=1", "＝1"] {
            let told = table(&["a"], [vec![dangerous.to_owned()]]);
            let cell = told.split("\r\n").skip(1).collect::<Vec<_>>().join("\r\n");
            assert!(cell.starts_with("\"'"), "{dangerous:?}: {cell:?}");
        }
        assert!(table(&["a"], [vec!["-12,50".into()]]).ends_with("\"-12,50\"\r\n"));
        for dangerous in ["-1,5", "-a,50", "-,50", "-12,50+1"] {
            assert!(table(&["a"], [vec![dangerous.into()]]).contains("\"'-"), "{dangerous}");
        }
        assert!(table(&["a"], [vec!["DUPONT = MARIE".into()]]).ends_with("\"DUPONT = MARIE\"\r\n"));
    }

    #[test]
    fn quotes_and_separators_stay_in_their_cell() {
        let told = table(&["a", "b"], [vec!["x;\"y\"\nz".into(), "é".into()]]);
        assert_eq!(told, "\u{feff}\"a\";\"b\"\r\n\"x;\"\"y\"\"\nz\";\"é\"\r\n");
    }
}
