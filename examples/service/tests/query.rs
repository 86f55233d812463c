//! The parameters of requests, and their encoded form.

/// The parameters of a submission of a job that starts at once.
pub(crate) fn submission(name: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("Name", name),
        ("TemplateId", "t-origin"),
        ("StartMode", "0"),
        ("StreamInput", r#"{"Type":"rtmp","InputUrl":"rtmp://in/live/1"}"#),
        ("TranscodeOutput", r#"{"Type":"LiveCenter","DomainName":"out.example.com"}"#),
    ]
}

/// Encodes names and values as a form does: letters and digits stay, a space becomes `+`, all else is escaped.
pub(crate) fn query_string(params: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = params.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    pairs.join("&")
}

pub(crate) fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            _ => write!(escaped, "%{byte:02X}").unwrap(),
        }
        escaped
    })
}
