//! The second factor's line on the keeper's page.

use crate::settings::Settings;
use archive::desk::{Level, Line, Watch};
use async_trait::async_trait;
use diffusion::FactorRule;

/// The rule in force, and the reason of a derogation.
pub struct FactorWatch {
    rule: FactorRule,
    reason: String,
}

impl FactorWatch {
    /// Of these settings; they were checked when they were read.
    pub fn of(settings: &Settings) -> Self {
        Self {
            rule: settings.factor_rule().unwrap_or(FactorRule::Off),
            reason: settings.factor_derogation.trim().to_owned(),
        }
    }
}

#[async_trait]
impl Watch for FactorWatch {
    async fn lines(&self) -> Vec<Line> {
        let (level, key, figures) = match self.rule {
            FactorRule::Off => (Level::Amber, "keeper-not-for-production", Vec::new()),
            FactorRule::Derogation => (Level::Amber, "keeper-factor-derogation", vec![("reason", self.reason.clone())]),
            FactorRule::Required => (Level::Green, "keeper-factor", Vec::new()),
        };
        vec![Line { level, key, figures }]
    }
}
