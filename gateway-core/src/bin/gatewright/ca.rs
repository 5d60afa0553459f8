//! `gatewright ca`: the authority behind the HTTPS listener's certificates. Trusting it is left to
//! people: this prints the commands and runs none.

use std::path::Path;

use anyhow::bail;
use gateway_core::local_ca::About;

use crate::terminal::say;

/// Shows the authority in `folder`, and the commands by which this system trusts it.
pub(crate) fn show(folder: &Path) -> anyhow::Result<()> {
    let Some(about) = About::read(folder)? else {
        bail!(
            "there is no authority yet: it is made when HTTPS is switched on for the first time \
             (`listen.https.port`)"
        );
    };
    let path = about.path.display();
    say(&format!(
        "{}\n\n  File     {path}\n  SHA-256  {}\n\nGatewright changes no list of trusted \
         authorities. To trust it for one command:\n\n  curl --cacert '{path}' https://localhost:PORT/\n",
        about.name, about.fingerprint
    ));
    let name = &about.name;
    say(&match std::env::consts::OS {
        "macos" => format!(
            "To trust it for your account, and to undo that:\n\n  \
             security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db '{path}'\n  \
             security remove-trusted-cert '{path}'"
        ),
        "windows" => format!(
            "To trust it for your account, and to undo that:\n\n  \
             certutil -user -addstore Root \"{path}\"\n  certutil -user -delstore Root \"{name}\""
        ),
        _ => format!(
            "To trust it on Debian and Ubuntu, and to undo that:\n\n  \
             sudo cp '{path}' /usr/local/share/ca-certificates/gatewright-local-ca.crt && sudo update-ca-certificates\n  \
             sudo rm /usr/local/share/ca-certificates/gatewright-local-ca.crt && sudo update-ca-certificates --fresh\n\n\
             In Chromium and Chrome, and to undo that:\n\n  \
             certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n '{name}' -i '{path}'\n  \
             certutil -d sql:$HOME/.pki/nssdb -D -n '{name}'"
        ),
    });
    Ok(())
}
