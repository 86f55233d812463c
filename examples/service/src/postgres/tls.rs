//! TLS for the sessions of the service, by `rustls`: `sslmode=verify-full`, which encrypts and checks who answers.
//!
//! The replica reads these settings from the same text. This module takes them out of it, since the client of these sessions
//! does not know them.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

/// The settings of a connection for TLS, and its other settings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Without `sslmode=verify-full` and `sslrootcert`.
    pub(super) connection: String,
    pub(super) is_verified: bool,
    /// The certificates that are trusted; `None` for those of the system.
    pub(super) roots: Option<PathBuf>,
}

impl Settings {
    /// Takes the settings out of a URL, or out of keywords.
    ///
    /// # Errors
    /// The reason, for a mode between the two extremes: whoever asks for encryption is told how to be sure of the server.
    pub(super) fn parse(connection: &str) -> Result<Self, String> {
        let is_url = connection.starts_with("postgres://") || connection.starts_with("postgresql://");
        let (head, settings, joint) = match connection.split_once('?') {
            Some((head, query)) if is_url => (format!("{head}?"), query.split('&').collect(), "&"),
            _ if is_url => (connection.to_owned(), Vec::new(), "&"),
            _ => (String::new(), keywords(connection), " "),
        };
        let (mut others, mut mode, mut roots) = (Vec::new(), None, None);
        for setting in settings {
            match setting.split_once('=') {
                Some(("sslmode", value)) => mode = Some((setting, unquoted(value))),
                Some(("sslrootcert", value)) => roots = Some(unquoted(value)),
                _ => others.push(setting),
            }
        }
        let mode_name = mode.as_ref().map_or("prefer", |(_, name)| name.as_str());
        if ["require", "verify-ca"].contains(&mode_name) {
            return Err(format!("sslmode must be disable, prefer or verify-full, got {mode_name}"));
        }
        let is_verified = mode_name == "verify-full";
        match mode {
            Some(_) if is_verified => others.push("sslmode=require"),
            Some((setting, _)) => others.push(setting),
            None => {}
        }
        if is_url && roots.as_ref().is_some_and(|path| path.contains('%')) {
            return Err("sslrootcert of a URL must have no percent sign; give keywords instead".to_owned());
        }
        let roots = roots.filter(|path| path != "system").map(PathBuf::from);
        Ok(Self { connection: head + &others.join(joint), is_verified, roots })
    }
}

/// The settings between spaces, as they are written. A space in quotes or after a backslash is a part of its setting.
fn keywords(text: &str) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = |c: char| {
        let is_end = c.is_whitespace() && !is_quoted && !is_escaped;
        is_quoted ^= c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    };
    text.split(is_end).filter(|setting| !setting.is_empty()).collect()
}

/// The value without the quotes around it, and without its escapes.
fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value);
    let mut chars = inner.chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    text
}

/// Begins TLS on a connection whose server has agreed to it.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
}

impl Tls {
    /// TLS that trusts the certificates of a file, or those of the system.
    pub(super) fn new(roots: Option<PathBuf>) -> io::Result<Self> {
        let certificates = match roots {
            None => rustls_native_certs::load_native_certs().certs,
            Some(path) => {
                let read = CertificateDer::pem_file_iter(&path).and_then(Iterator::collect);
                read.map_err(|error| io::Error::other(format!("sslrootcert {}: {error}", path.display())))?
            }
        };
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates);
        if store.is_empty() {
            return Err(io::Error::other("no root certificate was found; name a file as sslrootcert"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(io::Error::other)?.with_root_certificates(store).with_no_client_auth();
        Ok(Self { connector: Arc::new(config).into() })
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Handshake { connector: self.connector.clone(), name })
    }
}

/// The handshake with one server.
pub(super) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move { Ok(Encrypted(self.connector.connect(self.name, socket).await?)) })
    }
}

/// An encrypted connection. Passwords are not bound to it.
pub(super) struct Encrypted(tokio_rustls::client::TlsStream<Socket>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, to)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(connection: &str) -> (String, bool, Option<PathBuf>) {
        let Settings { connection, is_verified, roots } = Settings::parse(connection).unwrap();
        (connection, is_verified, roots)
    }

    #[test]
    fn the_settings_of_tls_are_taken_out_of_a_connection() {
        for (connection, rest, is_verified, roots) in [
            ("host=h user=u", "host=h user=u", false, None),
            ("host=h sslmode=disable user=u", "host=h user=u sslmode=disable", false, None),
            ("sslmode=verify-full host=h", "host=h sslmode=require", true, None),
            (
                "host=h sslmode='verify-full' sslrootcert='/a b/c.pem'",
                "host=h sslmode=require",
                true,
                Some("/a b/c.pem"),
            ),
            (
                r"password='x sslmode=disable \' y' sslrootcert=/a\ b",
                r"password='x sslmode=disable \' y'",
                false,
                Some("/a b"),
            ),
            ("sslmode=verify-full sslrootcert=system", "sslmode=require", true, None),
            ("postgresql://u@h/d", "postgresql://u@h/d", false, None),
            (
                "postgresql://u@h/d?sslmode=verify-full&sslrootcert=/a",
                "postgresql://u@h/d?sslmode=require",
                true,
                Some("/a"),
            ),
            ("postgresql://u@h/d?connect_timeout=1", "postgresql://u@h/d?connect_timeout=1", false, None),
        ] {
            assert_eq!(parsed(connection), (rest.to_owned(), is_verified, roots.map(PathBuf::from)), "{connection}");
        }
    }

    #[test]
    fn a_mode_that_does_not_check_the_server_is_refused() {
        for connection in ["host=h sslmode=require", "host=h sslmode=verify-ca", "postgres://h?sslmode=require"] {
            let reason = Settings::parse(connection).unwrap_err();
            assert!(reason.contains("sslmode must be disable, prefer or verify-full, got "), "{reason}");
        }
        assert!(Settings::parse("postgres://h?sslrootcert=/a%20b").is_err());
    }
}
