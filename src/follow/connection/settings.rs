//! Connection strings as `libpq` has them: a URL, or keywords with values.
//!
//! ```text
//! postgresql://user:password@host:5432,other/dbname?sslmode=require
//! host=/run/postgresql user=jobs dbname='live jobs'
//! ```
//! A keyword that is not known is an error: a setting that is silently left out may be one of security.

use std::path::PathBuf;
use std::time::Duration;

use crate::follow::error::FollowError;

/// How to reach and enter a database.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(in crate::follow) struct Settings {
    pub(in crate::follow) hosts: Vec<Host>,
    pub(in crate::follow) user: String,
    pub(in crate::follow) password: Option<String>,
    pub(in crate::follow) dbname: String,
    pub(in crate::follow) options: String,
    pub(in crate::follow) application_name: String,
    pub(in crate::follow) connect_timeout: Duration,
    pub(in crate::follow) tls: TlsMode,
    pub(in crate::follow) root_cert: RootCert,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::follow) enum Host {
    /// The path of a socket.
    Unix(PathBuf),
    Tcp {
        name: String,
        port: u16,
    },
}

/// What `sslmode` asks for. As in `libpq`, the certificate is checked from `VerifyCa` on, or if a root is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(in crate::follow) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The certificates that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::follow) enum RootCert {
    /// None is named: those of the system, where the certificate is checked.
    Unset,
    System,
    File(PathBuf),
}

type Pairs = Vec<(String, String)>;

impl Settings {
    /// # Errors
    /// [`FollowError::Connection`] if the text has another form, or a value that is not known. The error never has the
    /// password.
    pub(in crate::follow) fn parse(text: &str) -> Result<Self, FollowError> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let pairs = if is_url { url_pairs(text) } else { keyword_pairs(text) };
        pairs.and_then(|pairs| Self::of_pairs(&pairs)).map_err(|reason| FollowError::Connection { reason })
    }

    fn of_pairs(pairs: &[(String, String)]) -> Result<Self, String> {
        for (key, value) in pairs {
            if !KEYS.contains(&key.as_str()) {
                return Err(format!("keyword must be one of {}, got {key:?}", KEYS.join(", ")));
            }
            if value.contains('\0') {
                return Err(format!("value of {key} must have no zero byte"));
            }
        }
        // The last one counts, as in libpq.
        let last =
            |key: &str| pairs.iter().rev().find(|pair| pair.0 == key && !pair.1.is_empty()).map(|pair| pair.1.as_str());
        let user = last("user").ok_or("user must be given")?.to_owned();
        let hosts = hosts(last("host").unwrap_or("localhost"), last("port").unwrap_or("5432"))?;
        let seconds = last("connect_timeout").unwrap_or("10");
        let seconds: u32 = seconds.parse().map_err(|_| format!("connect_timeout must be seconds, got {seconds:?}"))?;
        let tls = tls_mode(last("sslmode").unwrap_or("prefer"))?;
        let root_cert = match last("sslrootcert") {
            None => RootCert::Unset,
            Some("system") => RootCert::System,
            Some(path) => RootCert::File(path.into()),
        };
        // A root that is named is checked against, and that of the system with the name of the host, as in libpq.
        let at_least = match root_cert {
            _ if tls <= TlsMode::Prefer => tls,
            RootCert::System => TlsMode::VerifyFull,
            RootCert::File(_) if tls == TlsMode::Require => TlsMode::VerifyCa,
            RootCert::Unset | RootCert::File(_) => tls,
        };
        Ok(Self {
            hosts,
            password: last("password").map(str::to_owned),
            dbname: last("dbname").unwrap_or(&user).to_owned(),
            options: last("options").unwrap_or_default().to_owned(),
            application_name: last("application_name").unwrap_or("jobdex").to_owned(),
            connect_timeout: Duration::from_secs(if seconds == 0 { 10 } else { seconds.into() }),
            tls: at_least,
            root_cert,
            user,
        })
    }
}

const KEYS: [&str; 10] = [
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "options",
    "application_name",
    "connect_timeout",
    "sslmode",
    "sslrootcert",
];

fn tls_mode(text: &str) -> Result<TlsMode, String> {
    Ok(match text {
        "disable" => TlsMode::Disable,
        "allow" | "prefer" => TlsMode::Prefer,
        "require" => TlsMode::Require,
        "verify-ca" => TlsMode::VerifyCa,
        "verify-full" => TlsMode::VerifyFull,
        other => {
            return Err(format!("sslmode must be disable, prefer, require, verify-ca or verify-full, got {other:?}"));
        }
    })
}

/// Hosts and ports between commas. One port is for all hosts.
fn hosts(hosts: &str, ports: &str) -> Result<Vec<Host>, String> {
    let ports: Vec<&str> = ports.split(',').collect();
    let names: Vec<&str> = hosts.split(',').collect();
    if ports.len() != 1 && ports.len() != names.len() {
        return Err(format!("ports must be one or as many as hosts, got {} for {}", ports.len(), names.len()));
    }
    let host = |(at, name): (usize, &&str)| {
        let port = if ports.len() == 1 { ports[0] } else { ports[at] };
        let port = if port.is_empty() { "5432" } else { port };
        let port: u16 = port.parse().map_err(|_| format!("port must be a number under 65536, got {port:?}"))?;
        match *name {
            "" => Err("host must not be empty".to_owned()),
            folder if folder.starts_with('/') => Ok(Host::Unix(format!("{folder}/.s.PGSQL.{port}").into())),
            name => Ok(Host::Tcp { name: name.to_owned(), port }),
        }
    };
    names.iter().enumerate().map(host).collect()
}

/// `key = value` between spaces. A value may stand in single quotes, and a backslash escapes the next character.
fn keyword_pairs(text: &str) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    // Ends: each round takes a keyword and its sign of equality from `rest`.
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or("a keyword must be followed by = and a value")?;
        let (value, after) = keyword_value(after.trim_start())?;
        pairs.push((key.trim_end().to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// A value, and the text after it.
fn keyword_value(text: &str) -> Result<(String, &str), String> {
    let is_quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(is_quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next().ok_or("a value must not end with a backslash")?.1),
            '\'' if is_quoted => return Ok((value, &text[at + 1..])),
            c if !is_quoted && c.is_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if is_quoted { Err("a value in quotes must end with a quote".to_owned()) } else { Ok((value, "")) }
}

fn url_pairs(url: &str) -> Result<Pairs, String> {
    let (_, rest) = url.split_once("://").ok_or("a URL must begin with postgresql://")?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, dbname) = rest.split_once('/').unwrap_or((rest, ""));
    let (entrance, places) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = entrance.split_once(':').unwrap_or((entrance, ""));
    let mut pairs = Vec::new();
    let (hosts, ports) = url_places(places)?;
    if !places.is_empty() {
        pairs.extend([("host".to_owned(), hosts), ("port".to_owned(), ports)]);
    }
    for (key, value) in [("user", user), ("password", password), ("dbname", dbname)] {
        pairs.push((key.to_owned(), decoded(value)?));
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (key, value) = parameter.split_once('=').ok_or("a parameter of a URL must have a value")?;
        pairs.push((decoded(key)?, decoded(value)?));
    }
    Ok(pairs)
}

/// Hosts with ports between commas, as a list of hosts and a list of ports.
fn url_places(places: &str) -> Result<(String, String), String> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for place in places.split(',') {
        let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
            Some((address, port)) => (address, port.strip_prefix(':').unwrap_or(port)),
            None => place.split_once(':').unwrap_or((place, "")),
        };
        hosts.push(decoded(host)?);
        ports.push(if port.is_empty() { "5432".to_owned() } else { port.to_owned() });
    }
    Ok((hosts.join(","), ports.join(",")))
}

fn decoded(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    // Ends: each round takes a byte at least.
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let byte =
            digits.filter(|digits| !digits.starts_with('+')).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or("a percent sign of a URL must be followed by two hexadecimal digits")?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| "a URL must be UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Settings {
        Settings::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn refusal(text: &str) -> String {
        Settings::parse(text).map(drop).expect_err(text).to_string()
    }

    #[test]
    fn a_url_and_keywords_say_the_same() {
        let cases = [
            ("postgresql://u@h/d", "host=h user=u dbname=d"),
            (
                "postgres://u:p%40%20w@h:1/d?sslmode=disable",
                "host=h port=1 user=u password='p@ w' dbname=d sslmode=disable",
            ),
            ("postgresql://u@%2Frun%2Fpg/d", "host=/run/pg user = u dbname=d"),
            ("postgresql://u@a,b:7/d", "host=a,b port=5432,7 user=u dbname=d"),
            ("postgresql://u@[::1]:6/d", "host=::1 port=6 user=u dbname=d"),
            ("postgresql:///d?host=h&user=u&options=-c%20x%3D1", r"host=h user=u dbname=d options='-c x=1'"),
            ("postgresql://u@h/it's", r"host=h user=u dbname=it\'s"),
            ("postgresql://u@h", "  user=u   host='h'  connect_timeout=0 "),
        ];
        for (url, keywords) in cases {
            assert_eq!(parsed(url), parsed(keywords), "{url}");
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let settings = parsed("user=jobs");
        assert_eq!(settings.hosts, [Host::Tcp { name: "localhost".into(), port: 5432 }]);
        assert_eq!((settings.dbname.as_str(), settings.password, settings.tls), ("jobs", None, TlsMode::Prefer));
        let several = parsed("host=/run/pg,b port=1,2 user=x");
        assert_eq!(several.hosts, [Host::Unix("/run/pg/.s.PGSQL.1".into()), Host::Tcp { name: "b".into(), port: 2 }]);
    }

    #[test]
    fn a_named_root_is_checked_as_in_libpq() {
        let mode = |text: &str| parsed(&format!("user=u {text}")).tls;
        assert_eq!(mode("sslmode=require"), TlsMode::Require);
        assert_eq!(mode("sslmode=require sslrootcert=/a"), TlsMode::VerifyCa);
        assert_eq!(mode("sslmode=verify-full sslrootcert=/a"), TlsMode::VerifyFull);
        assert_eq!(mode("sslmode=require sslrootcert=system"), TlsMode::VerifyFull);
    }

    #[test]
    fn what_can_not_be_read_is_refused_by_name() {
        let cases = [
            ("host=h", "user must be given"),
            ("user=u sslmode=full", "sslmode must be"),
            ("user=u port=99999", "port must be a number under 65536, got \"99999\""),
            ("user=u host=a,b,c port=1,2", "ports must be one or as many as hosts, got 2 for 3"),
            ("user=u host=a,,b", "host must not be empty"),
            ("user=u sslkey=x", "keyword must be one of host, port"),
            ("user='u", "must end with a quote"),
            ("user", "must be followed by ="),
            (r"user=u\", "must not end with a backslash"),
            ("postgresql://u@h/%zz", "two hexadecimal digits"),
            ("postgresql://u@h/%+1", "two hexadecimal digits"),
            ("postgresql://u@h/d?x", "must have a value"),
            ("postgresql://u@h/%00", "no zero byte"),
        ];
        for (text, reason) in cases {
            assert!(refusal(text).contains(reason), "{text}: {}", refusal(text));
        }
        assert!(!refusal("user=u password=secret port=x").contains("secret"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}", url in "postgresql://[a-z:@/?&=%,0-9\\[\\]]{0,40}") {
            drop((Settings::parse(&text), Settings::parse(&url)));
        }
    }
}
