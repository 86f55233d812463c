//! TLS by `rustls`, with the meaning that `libpq` gives to `sslmode`.

use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::settings::{RootCert, Settings, TlsMode};

/// Begins TLS on a connection whose server has agreed to it.
pub(super) async fn encrypted(stream: TcpStream, host: &str, settings: &Settings) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let config = config(settings)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn config(settings: &Settings) -> io::Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let any_host = |chain| Arc::new(AnyHost { chain, provider: provider.clone() });
    let verifier: Arc<dyn ServerCertVerifier> = match settings.tls {
        TlsMode::Disable | TlsMode::Prefer | TlsMode::Require => any_host(None),
        TlsMode::VerifyCa => any_host(Some(verifier(&settings.root_cert, &provider)?)),
        TlsMode::VerifyFull => verifier(&settings.root_cert, &provider)?,
    };
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(io::Error::other)?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(builder.with_no_client_auth())
}

fn verifier(roots: &RootCert, provider: &Arc<CryptoProvider>) -> io::Result<Arc<WebPkiServerVerifier>> {
    let roots = Arc::new(trusted(roots)?);
    WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build().map_err(io::Error::other)
}

fn trusted(roots: &RootCert) -> io::Result<RootCertStore> {
    let certificates = match roots {
        RootCert::Unset | RootCert::System => rustls_native_certs::load_native_certs().certs,
        RootCert::File(path) => {
            let of_file = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            of_file.map_err(|error| io::Error::other(format!("sslrootcert {}: {error}", path.display())))?
        }
    };
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates);
    if store.is_empty() {
        return Err(io::Error::other("no root certificate was found; name a file as sslrootcert"));
    }
    Ok(store)
}

/// Accepts the certificate of any host: `sslmode=require` encrypts, and does not say who answers.
#[derive(Debug)]
struct AnyHost {
    /// Checks that a root which is trusted stands behind the certificate, for `sslmode=verify-ca`.
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyHost {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        match chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The chain is checked before the name.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
