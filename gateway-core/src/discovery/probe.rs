//! Asks a port whether it speaks HTTP.

use std::net::SocketAddr;
use std::time::Instant;

use http::StatusCode;
use http::header::{CONTENT_TYPE, SERVER};
use reqwest::{Client, Method, Response};

use super::{Answer, PROBE_LIMIT};

/// How much of a page is read to find its title, in bytes.
const TITLE_WITHIN: usize = 16 * 1024;
const LONGEST_TITLE: usize = 80;

/// A client that talks to the address it is given and nowhere else.
pub(super) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PROBE_LIMIT)
        .user_agent(concat!(
            "gatewright/",
            env!("CARGO_PKG_VERSION"),
            " (looking for services)"
        ))
        .build()
        .expect("a client without TLS needs nothing of the system")
}

/// What a port is known for, if that is not HTTP. Programs there may take a stray request badly.
pub(super) fn known_for(port: u16) -> Option<&'static str> {
    let name = match port {
        21 => "FTP",
        22 => "SSH",
        23 => "Telnet",
        25 | 465 | 587 => "mail (SMTP)",
        53 => "DNS",
        110 | 143 | 993 | 995 => "mail",
        111 => "RPC",
        139 | 445 => "file sharing (SMB)",
        389 | 636 => "LDAP",
        631 => "printing (IPP)",
        1433 => "SQL Server",
        1521 => "Oracle",
        1883 | 8883 => "MQTT",
        2049 => "file sharing (NFS)",
        2181 => "ZooKeeper",
        3306 => "MySQL",
        3389 => "remote desktop",
        4222 => "NATS",
        5432 => "PostgreSQL",
        5672 => "AMQP",
        5900..=5909 => "VNC",
        6000..=6009 => "X11",
        6379 => "Redis",
        9042 => "Cassandra",
        9092 => "Kafka",
        11211 => "memcached",
        27017 => "MongoDB",
        _ => return None,
    };
    Some(name)
}

/// Sends `HEAD /`, and `GET /` where that is not taken or a page may have a title.
pub(super) async fn ask(client: &Client, address: SocketAddr) -> Answer {
    let started = Instant::now();
    let head = match send(client, Method::HEAD, address).await {
        Ok(response) => response,
        Err(answer) => return answer,
    };
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let refused = matches!(
        head.status(),
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED
    );
    let is_page = head.status().is_success() && is_html(&head);
    if !(refused || is_page) {
        let title = server_header(&head);
        return Answer::Http {
            status: head.status().as_u16(),
            took_us,
            title,
        };
    }
    match send(client, Method::GET, address).await {
        Ok(page) => {
            let (status, server) = (page.status().as_u16(), server_header(&page));
            let title = if is_html(&page) {
                read_title(page).await
            } else {
                None
            };
            Answer::Http {
                status,
                took_us,
                title: title.or(server),
            }
        }
        // It has spoken HTTP once; that it was slow to send a page does not change that.
        Err(_) => Answer::Http {
            status: head.status().as_u16(),
            took_us,
            title: server_header(&head),
        },
    }
}

async fn send(client: &Client, method: Method, address: SocketAddr) -> Result<Response, Answer> {
    client
        .request(method, format!("http://{address}/"))
        .send()
        .await
        .map_err(|error| {
            let reason = if error.is_timeout() {
                format!("it did not answer within {} ms", PROBE_LIMIT.as_millis())
            } else if error.is_connect() {
                "it did not take a connection on loopback".to_owned()
            } else {
                "its answer is not HTTP".to_owned()
            };
            Answer::NoHttp { reason }
        })
}

fn is_html(response: &Response) -> bool {
    let value = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        value
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("text/html")
    })
}

fn server_header(response: &Response) -> Option<String> {
    let value = response.headers().get(SERVER)?.to_str().ok()?;
    tidy(value)
}

async fn read_title(mut page: Response) -> Option<String> {
    let mut read = Vec::new();
    while read.len() < TITLE_WITHIN {
        match page.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
        if let Some(title) = title_in(&String::from_utf8_lossy(&read)) {
            return Some(title);
        }
    }
    None
}

/// The text of a page's `<title>`.
fn title_in(page: &str) -> Option<String> {
    // Same length as the page, so that places in one are places in the other.
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let text = page[start..end]
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    tidy(&text)
}

/// One line of text, not too long; `None` where nothing is left.
fn tidy(text: &str) -> Option<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    let line: String = words.join(" ").chars().take(LONGEST_TITLE).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_short_line_of_text() {
        for (page, title) in [
            (
                "<html><TITLE lang=en>\n Shop\tAPI </TITLE>",
                Some("Shop API"),
            ),
            ("<title>a &lt;b&gt; &amp; c</title>", Some("a <b> & c")),
            ("<title>&amp;lt;</title>", Some("&lt;")),
            ("<title>\u{1b}[31mred</title>", Some("[31mred")),
            ("<title></title>", None),
            ("<title>not yet", None),
            ("İ<title>x</title>", Some("x")),
            ("", None),
        ] {
            assert_eq!(title_in(page).as_deref(), title, "{page}");
        }
        assert_eq!(tidy(&"x".repeat(500)).unwrap().len(), LONGEST_TITLE);
    }
}
