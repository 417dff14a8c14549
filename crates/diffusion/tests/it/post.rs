//! A messenger that keeps what it carries.

use async_trait::async_trait;
use diffusion::{Channel, FactorRule, Letter, Message, Messenger, SecondFactor, Settings, Undelivered};
use std::sync::{Arc, Mutex};

/// What was sent, oldest first.
#[derive(Clone, Default)]
pub struct Post(Arc<Mutex<Vec<(String, String)>>>);

impl Post {
    /// Settings that ask the code, by this post.
    pub fn asks(&self, rule: FactorRule) -> impl FnOnce(&mut Settings) + use<> {
        let post = self.clone();
        move |settings| settings.second_factor = SecondFactor { rule, messenger: Arc::new(post) }
    }

    /// Addresses and what was said, oldest first.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().clone()
    }

    /// What was said last.
    pub fn last(&self) -> String {
        self.sent().last().unwrap().1.clone()
    }
}

#[async_trait]
impl Messenger for Post {
    fn reaches(&self, channel: Channel) -> bool {
        channel == Channel::Email
    }

    async fn send(&self, message: Message) -> Result<(), Undelivered> {
        let said = match message.letter {
            Letter::OneTimeCode { code } => code,
            Letter::Invitation { link, .. } => link.secret().to_owned(),
            Letter::ShareUsed => "used".to_owned(),
            Letter::EmergencyOpened => "emergency".to_owned(),
        };
        self.0.lock().unwrap().push((message.to, said));
        Ok(())
    }
}
