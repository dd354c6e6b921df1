//! What is said to people outside of answers: mails, text messages, alerts that are posted to a webhook. A change puts a message into the outbox, in its own transaction; what
//! the message says is made when it is sent. It decides no rule about people: who is told what is the directory's to say.

mod alerts;
pub mod codes;
pub mod outbox;
pub mod post;
mod purpose;
mod render;
mod resets;
pub mod text_messages;
pub mod webhooks;
mod worker;

pub use purpose::{Purpose, To};
pub use worker::{MOST_ATTEMPTS, Worker};
