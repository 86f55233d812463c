//! Connections to the database for statements of the service's own. The replica has its own connections beside them.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use super::errors::TableError;
use super::tls::{Settings, Tls};

/// Longest time until a connection is open. Writes wait for it.
const CONNECT_LAPSE_MAX: Duration = Duration::from_secs(3);

/// How each session begins. A server whose client is gone without a word ends the session after about 11 s, and with it the
/// lock of the schedule. Times are printed as the replica reads them.
const GREETING: &str = "set timezone = 'UTC'; set datestyle = 'ISO'; set standard_conforming_strings = on; \
    set statement_timeout = '3s'; set idle_in_transaction_session_timeout = '10s'; \
    set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3";

/// How to reach the database.
pub(crate) struct Server {
    config: Config,
    /// How connections are encrypted; `None` for not at all.
    tls: Option<Tls>,
    /// The same as text, for the replica.
    connection: String,
}

impl Server {
    /// Reads a URL, or keywords as in `libpq`. A password that they lack is that of the environment, so that a list of
    /// processes need not show it.
    ///
    /// # Errors
    /// [`TableError::Connection`] for a text of another form, and for a setting that these connections can't follow.
    pub(crate) fn parse(connection: &str, password: Option<&str>) -> Result<Self, TableError> {
        let mut connection = connection.to_owned();
        let settings = Settings::parse(&connection).map_err(TableError::Connection)?;
        let tls = settings.is_verified.then(|| Tls::new(settings.roots)).transpose();
        let tls = tls.map_err(|error| TableError::Connection(error.to_string()))?;
        let mut config: Config = settings.connection.parse().map_err(|error: tokio_postgres::Error| {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            TableError::Connection(format!(
                "{cause}; the service takes host, port, user, password, dbname, options, application_name, \
                 connect_timeout, sslrootcert, and sslmode=disable, prefer or verify-full"
            ))
        })?;
        if let (None, Some(password)) = (config.get_password(), password) {
            config.password(password);
            connection = with_password(&connection, password);
        }
        if config.get_application_name().is_none() {
            config.application_name("jobdex-service");
        }
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(CONNECT_LAPSE_MAX)
            .keepalives_idle(Duration::from_secs(5))
            .keepalives_interval(Duration::from_secs(2))
            .keepalives_retries(3);
        Ok(Self { config, tls, connection })
    }

    pub(super) fn connection(&self) -> &str {
        &self.connection
    }

    /// A new session.
    ///
    /// # Errors
    /// [`TableError::Sql`] if no server that takes writes answers in time.
    pub(crate) async fn connect(&self) -> Result<Client, TableError> {
        let connected = async {
            let client = match &self.tls {
                None => begun(self.config.connect(NoTls).await?),
                Some(tls) => begun(self.config.connect(tls.clone()).await?),
            };
            client.batch_execute(GREETING).await?;
            Ok(client)
        };
        timeout(CONNECT_LAPSE_MAX, connected)
            .await
            .unwrap_or_else(|_| Err(TableError::Sql(format!("no answer within {} s", CONNECT_LAPSE_MAX.as_secs()))))
    }
}

/// The client of a connection that runs.
fn begun<T>((client, connection): (Client, Connection<Socket, T>)) -> Client
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the database broke");
        }
    });
    client
}

/// A connection with a password, which replaces none.
fn with_password(connection: &str, password: &str) -> String {
    if connection.starts_with("postgres://") || connection.starts_with("postgresql://") {
        let joint = if connection.contains('?') { '&' } else { '?' };
        let encoded: Vec<String> = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        return format!("{connection}{joint}password={}", encoded.concat());
    }
    let escaped = password.replace('\\', r"\\").replace('\'', r"\'");
    format!("{connection} password='{escaped}'")
}

/// Without the connection, which may have a password.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}
