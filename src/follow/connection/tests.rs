//! Frames against a server that is a few bytes in memory.

use tokio::io::{AsyncWriteExt as _, DuplexStream};

use super::*;

fn pair(frame_bytes_max: usize) -> (Connection, DuplexStream) {
    let (stream, server) = tokio::io::duplex(1 << 20);
    (Connection::new(stream, &Host::Unix("socket".into()), frame_bytes_max), server)
}

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len() + 4).expect("a short body");
    [&[kind][..], &len.to_be_bytes(), body].concat()
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(test)
}

#[test]
fn frames_come_whole_in_pieces_of_any_length() {
    for piece in [1, 2, 3, 7, 1000] {
        run(async {
            let (mut connection, mut server) = pair(1 << 16);
            let bytes = [frame(b'd', b"one"), frame(b'N', b"skipped"), frame(b'd', b""), frame(b'c', b"x")].concat();
            for piece in bytes.chunks(piece) {
                server.write_all(piece).await.expect("the pipe is long");
            }
            drop(server);
            for expected in [(b'd', &b"one"[..]), (b'd', b""), (b'c', b"x")] {
                let frame = connection.frame().await.expect("a frame");
                assert_eq!((frame.kind, frame.body), expected);
            }
            assert!(matches!(connection.frame().await.map(drop), Err(FollowError::Io(_))));
        });
    }
}

#[test]
fn a_frame_with_a_wrong_length_is_refused() {
    let over = FollowError::TooLarge { bytes: 70_001, limit: 65_536 };
    let cases = [([b'd', 0, 0, 0, 3], "shorter"), ([b'd', 0xff, 0xff, 0xff, 0xff], "over the limit")];
    for (head, text) in cases {
        run(async {
            let (mut connection, mut server) = pair(1 << 16);
            server.write_all(&head).await.expect("the pipe is long");
            let error = connection.ready().await.expect_err("a wrong length").to_string();
            assert!(error.contains(text), "{error}");
        });
    }
    run(async {
        let (mut connection, mut server) = pair(1 << 16);
        server.write_all(&[b'd', 0, 1, 0x11, 0x70]).await.expect("the pipe is long");
        let error = connection.ready().await.expect_err("a long frame");
        assert_eq!(error.to_string(), over.to_string());
    });
}

#[test]
fn a_statement_has_its_rows_or_its_error() {
    run(async {
        let (mut connection, mut server) = pair(1 << 16);
        let row = b"\0\x03\0\0\0\x01x\xff\xff\xff\xff\0\0\0\0";
        let error = b"SERROR\0C42P01\0Mno such table\0\0";
        let answers = [frame(b'T', b""), frame(b'D', row), frame(b'C', b"SELECT 1"), frame(b'Z', b"I")];
        server.write_all(&answers.concat()).await.expect("the pipe is long");
        server.write_all(&[frame(b'E', error), frame(b'Z', b"I")].concat()).await.expect("the pipe is long");
        server.write_all(&frame(b'D', b"\0\x01\0\0\0\x09x")).await.expect("the pipe is long");
        let rows = connection.query("select").await.expect("rows");
        assert_eq!(rows, [[Some("x".to_owned()), None, Some(String::new())]]);
        let refused = connection.query("select").await.expect_err("an error").to_string();
        assert_eq!(refused, "server answered no such table (42P01)");
        assert!(matches!(connection.query("select").await, Err(FollowError::Malformed { .. })));
    });
}
