//! The program's own log, on standard error. Not the log of requests.

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;

use crate::terminal::harmless;

/// Starts logging: warnings, unless `RUST_LOG` says otherwise.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(|| OneLine(io::stderr()))
        .init();
}

/// Writes each event as one line, whatever the values in it hold.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = harmless(text.trim_end_matches('\n')).replace('\n', "\\n");
        self.0.write_all(line.as_bytes())?;
        self.0.write_all(b"\n")?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let mut written = Vec::new();
        OneLine(&mut written)
            .write_all("path=/a\nfake line\u{1b}[2J\n".as_bytes())
            .unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "path=/a\\nfake line\\u{1b}[2J\n"
        );
    }
}
