//! Addresses as a page shows them: enough to recognise one's own, too little to learn another's.

use super::Channel;

/// `a•••@d•••.fr`, `•• •• •• •• 12`.
pub(super) fn masked(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => email(address),
        Channel::Phone => {
            let digits: Vec<char> = address.chars().filter(char::is_ascii_digit).collect();
            let last: String = digits.iter().skip(digits.len().saturating_sub(2)).collect();
            format!("•• •• •• •• {last}")
        }
    }
}

fn email(address: &str) -> String {
    let (name, host) = address.rsplit_once('@').unwrap_or(("", address));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    let end = host.rsplit_once('.').map(|(_, end)| format!(".{end}")).unwrap_or_default();
    format!("{}•••@{}•••{end}", first(name), first(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_its_first_letters_and_a_number_its_last_digits() {
        assert_eq!(masked(Channel::Email, "anne.lefevre@domaine.exemple.fr"), "a•••@d•••.fr");
        assert_eq!(masked(Channel::Phone, "+33 6 12 34 56 78"), "•• •• •• •• 78");
        for odd in ["", "@", "é", "a@b", "."] {
            masked(Channel::Email, odd);
            masked(Channel::Phone, odd);
        }
    }
}
