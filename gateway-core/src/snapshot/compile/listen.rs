//! Is where the gateway listens right?

use crate::config::{self, Issue};

/// Checks the addresses and ports of the gateway itself.
pub(super) fn check_listen(
    listen: &config::Listen,
    echo: Option<&config::Echo>,
    local_issuer: Option<&config::LocalIssuer>,
    issues: &mut Vec<Issue>,
) {
    if !listen.address.is_loopback() {
        issues.push(Issue::warning(
            "listen.address",
            format!("other machines can reach the gateway at {}", listen.address),
        ));
    }
    if let Some(https) = &listen.https {
        // Port 0 is any free port, another each time.
        if https.port == listen.port && listen.port != 0 {
            issues.push(Issue::error(
                "listen.https.port",
                "HTTP is on this port; HTTPS needs another",
            ));
        }
        if echo.is_some_and(|echo| echo.port == https.port) {
            issues.push(Issue::error("echo.port", "HTTPS is on this port"));
        }
    }
    if echo.is_some_and(|echo| echo.port == listen.port) {
        issues.push(Issue::error(
            "echo.port",
            "the gateway itself listens on this port",
        ));
    }
    let https = listen.https.as_ref().map(|https| https.port);
    if let Some(local) = local_issuer {
        let others = [
            (Some(listen.port), "the gateway itself listens on this port"),
            (https, "HTTPS is on this port"),
            (
                echo.map(|echo| echo.port),
                "the echo service is on this port",
            ),
        ];
        for (_, message) in others.iter().filter(|(port, _)| *port == Some(local.port)) {
            issues.push(Issue::error("local_issuer.port", *message));
        }
    }
}
