//! The listening TCP sockets of this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use listeners::{Protocol, SocketState};

use super::Process;

/// A listening socket.
pub(super) struct Socket {
    /// What it is bound to.
    pub address: SocketAddr,
    /// Who listens, where the system tells.
    pub process: Option<Process>,
}

impl Socket {
    /// Where a program on this machine reaches it by loopback; `None` where it cannot.
    pub(super) fn reachable_at(&self) -> Option<SocketAddr> {
        let port = self.address.port();
        match self.address.ip().to_canonical() {
            IpAddr::V4(ip) if ip.is_unspecified() => Some((Ipv4Addr::LOCALHOST, port).into()),
            // Bound to every IPv6 address, a socket usually takes IPv4 as well.
            IpAddr::V6(ip) if ip.is_unspecified() => Some((Ipv4Addr::LOCALHOST, port).into()),
            ip if ip == Ipv6Addr::LOCALHOST => Some((ip, port).into()),
            ip if ip.is_loopback() => Some((ip, port).into()),
            _ => None,
        }
    }
}

/// Every listening TCP socket, with its process where the system tells.
pub(super) fn listening() -> Vec<Socket> {
    let mut sockets: Vec<Socket> = listeners::get_all()
        .inspect_err(|error| tracing::debug!(%error, "listening sockets cannot be listed"))
        .unwrap_or_default()
        .into_iter()
        .filter(|listener| {
            listener.protocol == Protocol::TCP && listener.state == SocketState::Listen
        })
        .map(|listener| Socket {
            address: listener.socket,
            process: Some(Process {
                pid: listener.process.pid,
                name: listener.process.name,
            }),
        })
        .collect();
    sockets.extend(nameless());
    sockets
}

/// Listening sockets without their process. Linux names the sockets of other users' programs, such
/// as published ports of containers, but not the programs.
#[cfg(target_os = "linux")]
fn nameless() -> Vec<Socket> {
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .flat_map(|table| {
            table
                .lines()
                .skip(1)
                .filter_map(proc_net_line)
                .collect::<Vec<_>>()
        })
        .map(|address| Socket {
            address,
            process: None,
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn nameless() -> Vec<Socket> {
    Vec::new()
}

/// Reads the local address of a line of `/proc/net/tcp`, if it is a listening socket.
#[cfg(target_os = "linux")]
fn proc_net_line(line: &str) -> Option<SocketAddr> {
    const LISTEN: &str = "0A";
    let mut columns = line.split_whitespace().skip(1);
    let (address, port) = columns.next()?.split_once(':')?;
    if columns.nth(1)? != LISTEN {
        return None;
    }
    // Each group of eight digits is four bytes of the address, as the machine orders them in a word.
    let mut bytes = [0_u8; 16];
    for (word, chunk) in address.as_bytes().chunks(8).zip(bytes.chunks_mut(4)) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        chunk.copy_from_slice(&word.to_ne_bytes());
    }
    let ip = match address.len() {
        8 => IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]]),
        32 => IpAddr::from(bytes),
        _ => return None,
    };
    Some((ip, u16::from_str_radix(port, 16).ok()?).into())
}

#[cfg(all(test, target_os = "linux", target_endian = "little"))]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_table_is_read() {
        for (line, expected) in [
            (
                "   0: 0100007F:1F90 00000000:0000 0A 00000000:0",
                Some("127.0.0.1:8080"),
            ),
            (
                "   1: 00000000:0016 00000000:0000 0A 00000000:0",
                Some("0.0.0.0:22"),
            ),
            ("   2: 0100007F:1F90 0100007F:A2C4 01 00000000:0", None),
            (
                "   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A",
                Some("[::1]:3000"),
            ),
            ("garbage", None),
            ("", None),
        ] {
            let read = proc_net_line(line).map(|address| address.to_string());
            assert_eq!(read.as_deref(), expected, "{line}");
        }
    }
}
