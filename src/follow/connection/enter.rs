//! Entering a database: the first host that answers as a primary, TLS, and the proof of the password.

use std::io;

use bytes::BytesMut;
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::settings::TlsMode;
use super::{Connection, Host, Session, Settings, field, tls};
use crate::follow::error::FollowError;
use crate::follow::unfit::Unfit;

/// The settings on which the reading of rows relies: the form of texts, and no limits of time. They stand after the options
/// of the caller, so they win.
const SESSION_OPTIONS: &str = "-c DateStyle=ISO -c TimeZone=UTC -c IntervalStyle=postgres -c bytea_output=hex \
    -c extra_float_digits=1 -c standard_conforming_strings=on -c statement_timeout=0 -c lock_timeout=0 \
    -c idle_in_transaction_session_timeout=0 -c row_security=off";

impl Connection {
    /// Enters the database on the first host that answers and is a primary.
    ///
    /// # Errors
    /// The error of the last host.
    pub(in crate::follow) async fn open(
        settings: &Settings,
        session: Session,
        frame_bytes_max: usize,
    ) -> Result<Self, FollowError> {
        let mut failed = FollowError::closed();
        for host in &settings.hosts {
            match Self::open_on(settings, host, session, frame_bytes_max).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Enters the database on one host.
    pub(in crate::follow) async fn open_on(
        settings: &Settings,
        host: &Host,
        session: Session,
        frame_bytes_max: usize,
    ) -> Result<Self, FollowError> {
        let entered = async {
            let mut connection = Self::connect(settings, host, frame_bytes_max).await?;
            connection.enter(settings, session).await?;
            connection.check_primary().await?;
            Ok(connection)
        };
        let entered = tokio::time::timeout(settings.connect_timeout, entered).await;
        entered.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
    }

    async fn connect(settings: &Settings, host: &Host, frame_bytes_max: usize) -> Result<Self, FollowError> {
        let (name, port) = match host {
            #[cfg(unix)]
            Host::Unix(path) => {
                let stream = tokio::net::UnixStream::connect(path).await?;
                return Ok(Self::new(stream, host, frame_bytes_max));
            }
            #[cfg(not(unix))]
            Host::Unix(_) => return Err(io::Error::from(io::ErrorKind::Unsupported).into()),
            Host::Tcp { name, port } => (name, *port),
        };
        let mut stream = TcpStream::connect((name.as_str(), port)).await?;
        // The marks of a wait are small and must not wait for more.
        stream.set_nodelay(true)?;
        if settings.tls == TlsMode::Disable {
            return Ok(Self::new(stream, host, frame_bytes_max));
        }
        let mut request = BytesMut::new();
        frontend::ssl_request(&mut request);
        stream.write_all(&request).await?;
        match stream.read_u8().await? {
            b'S' => {
                let stream = tls::encrypted(stream, name, settings).await?;
                Ok(Self::new(stream, host, frame_bytes_max))
            }
            b'N' if settings.tls == TlsMode::Prefer => Ok(Self::new(stream, host, frame_bytes_max)),
            b'N' => Err(io::Error::other("the server has no TLS, which sslmode asks for").into()),
            _ => Err(FollowError::Malformed { reason: "answer to a request of TLS that is none" }),
        }
    }

    async fn enter(&mut self, settings: &Settings, session: Session) -> Result<(), FollowError> {
        let options = format!("{} {SESSION_OPTIONS}", settings.options);
        let mut parameters = vec![
            ("user", settings.user.as_str()),
            ("database", &settings.dbname),
            ("client_encoding", "UTF8"),
            ("application_name", &settings.application_name),
            ("options", &options),
        ];
        if session == Session::Replication {
            parameters.push(("replication", "database"));
        }
        frontend::startup_message(parameters, &mut self.output)?;
        self.flush().await?;
        self.authenticate(settings).await.map_err(|error| match error {
            // At this place the server refuses only roles without the attribute.
            FollowError::Server { sqlstate, .. } if session == Session::Replication && sqlstate == "42501" => {
                Unfit::Role { role: settings.user.clone() }.into()
            }
            other => other,
        })
    }

    async fn authenticate(&mut self, settings: &Settings) -> Result<(), FollowError> {
        let password = || {
            let no_password = || FollowError::Connection { reason: "the server asks for a password".to_owned() };
            settings.password.as_deref().ok_or_else(no_password)
        };
        loop {
            let frame = self.frame().await?;
            let (kind, body) = (frame.kind, frame.body);
            match (kind, body.split_first_chunk().map(|(method, rest)| (u32::from_be_bytes(*method), rest))) {
                (b'Z', _) => return Ok(()),
                // Accepted; the key of a session, which would serve to cancel a statement.
                (b'R', Some((0, _))) | (b'K', _) => {}
                (b'R', Some((3, _))) => frontend::password_message(password()?.as_bytes(), &mut self.output)?,
                (b'R', Some((5, salt))) => {
                    let salt =
                        salt.try_into().map_err(|_| FollowError::Malformed { reason: "salt of another length" })?;
                    let hash = md5_hash(settings.user.as_bytes(), password()?.as_bytes(), salt);
                    frontend::password_message(hash.as_bytes(), &mut self.output)?;
                }
                (b'R', Some((10, methods))) => {
                    let knows_scram = methods.split(|&byte| byte == 0).any(|name| name == SCRAM_SHA_256.as_bytes());
                    if !knows_scram {
                        return Err(io::Error::other("the server asks for a proof that is not known").into());
                    }
                    self.prove(password()?).await?;
                }
                _ => return Err(io::Error::other("the server asks for a proof that is not known").into()),
            }
            self.flush().await?;
        }
    }

    /// Proves the password without sending it, and checks the server's proof that it has the password, too.
    async fn prove(&mut self, password: &str) -> Result<(), FollowError> {
        let mut scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
        frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut self.output)?;
        self.flush().await?;
        scram.update(self.sasl_answer(11).await?)?;
        frontend::sasl_response(scram.message(), &mut self.output)?;
        self.flush().await?;
        Ok(scram.finish(self.sasl_answer(12).await?)?)
    }

    async fn sasl_answer(&mut self, expected: u32) -> Result<&[u8], FollowError> {
        let frame = self.frame().await?;
        match frame.body.split_first_chunk() {
            Some((method, rest)) if frame.kind == b'R' && u32::from_be_bytes(*method) == expected => Ok(rest),
            _ => Err(FollowError::Malformed { reason: "answer to a proof that is none" }),
        }
    }

    async fn check_primary(&mut self) -> Result<(), FollowError> {
        let rows = self.query("select pg_is_in_recovery()").await?;
        match field(&rows, 0) {
            Some("f") => Ok(()),
            _ => Err(Unfit::Standby.into()),
        }
    }
}
