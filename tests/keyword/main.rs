//! Keywords: which names they match, what is marked, and what is kept of them.

mod adversarial;
mod cases;
mod faults;
mod kept_words;
mod marks;
#[path = "../oracle/mod.rs"]
mod oracle;
mod random;
mod rounds;
mod suggestions;
mod symbols;
