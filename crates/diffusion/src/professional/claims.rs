//! Who a provider says a person is: its claims, read without trusting their shape.

use exam::ids::Rpps;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Structures kept of one person at most.
const MOST_STRUCTURES: usize = 32;

/// A professional who has proved who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Professional {
    /// Their RPPS.
    pub rpps: Rpps,
    /// Name, as they read it.
    pub name: String,
    /// Structures they work in: FINESS of the site, or what else identifies one.
    #[serde(default)]
    pub structures: Vec<String>,
}

impl Professional {
    /// From the claims of `userinfo` (Pro Santé Connect and others). `None` without a valid RPPS: a name proves nothing.
    pub(crate) fn of_claims(claims: &Value, rpps_claim: &str) -> Option<Self> {
        let rpps = rpps_of(claims.get(rpps_claim)?.as_str()?)?;
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let exercise = practices(claims).next().cloned().unwrap_or(Value::Null);
        let either = |first: String, second: String| if first.is_empty() { second } else { first };
        let given = either(text(claims, "given_name"), text(&exercise, "prenomDexercice"));
        let family = either(text(claims, "family_name"), text(&exercise, "nomDexercice"));
        let name: String = format!("{given} {family}").trim().chars().take(200).collect();
        let mut structures: Vec<String> = practices(claims)
            .flat_map(|practice| list(practice, "activities"))
            .filter_map(structure_of)
            .take(MOST_STRUCTURES)
            .collect();
        structures.sort();
        structures.dedup();
        Some(Self { rpps, name, structures })
    }
}

/// `8` and the RPPS, or the 11 digits alone; its Luhn key must pass.
fn rpps_of(text: &str) -> Option<Rpps> {
    match text.len() {
        12 => Rpps::from_ps_id_nat(text).ok(),
        _ => Rpps::parse(text).ok(),
    }
}

/// `SubjectRefPro.exercices[]`.
fn practices(claims: &Value) -> impl Iterator<Item = &Value> {
    claims.get("SubjectRefPro").into_iter().flat_map(|pro| list(pro, "exercices"))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The site's FINESS, else that of the legal entity, else the SIRET of `activities[]`.
fn structure_of(activity: &Value) -> Option<String> {
    ["numeroFinessSite", "numeroFinessetablissementJuridique", "numeroSiretSite"]
        .into_iter()
        .filter_map(|key| activity.get(key).and_then(Value::as_str))
        .map(str::trim)
        .find(|text| !text.is_empty() && text.len() <= 32)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_national_login_names_an_rpps_and_structures() {
        let claims = json!({
            "SubjectNameID": "899700366240", "given_name": "Alice", "family_name": "EXEMPLE",
            "SubjectRefPro": { "exercices": [{ "activities": [{ "numeroFinessSite": "920008059" }, {}] }] },
        });
        let who = Professional::of_claims(&claims, "SubjectNameID").unwrap();
        assert_eq!((who.rpps.as_str(), who.name.as_str()), ("99700366240", "Alice EXEMPLE"));
        assert_eq!(who.structures, ["920008059"]);
    }

    #[test]
    fn without_a_valid_rpps_there_is_nobody() {
        let wrong = ["", "8", "899700366241", "099700366240", "99700366241", "Dr Exemple", "8997003662400"];
        for id in wrong {
            assert!(Professional::of_claims(&json!({ "SubjectNameID": id }), "SubjectNameID").is_none(), "{id}");
        }
        for claims in
            [json!({}), json!({ "SubjectNameID": 899_700_366_240_u64 }), json!([]), json!({ "rpps": "99700366240" })]
        {
            assert!(Professional::of_claims(&claims, "SubjectNameID").is_none(), "{claims}");
        }
    }
}
