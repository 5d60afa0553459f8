//! The system's colour scheme. WebKitGTK does not know it; the desktop's settings do, and tell every
//! change of it (`org.freedesktop.portal.Settings`). Other systems' webviews know it themselves.

use std::time::Duration;

use tauri::{AppHandle, Manager as _};
use tokio::sync::watch;

/// How long the window waits for the desktop to say it. Later is not too late: the page follows.
const PATIENCE: Duration = Duration::from_millis(300);

/// What the desktop prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// The colour scheme as it is now, and as it changes; `None` where the desktop prefers none or does
/// not say.
#[derive(Clone)]
pub(crate) struct SystemTheme(watch::Receiver<Option<Scheme>>);

impl SystemTheme {
    /// Asks the desktop, and listens to it from now on.
    pub(crate) async fn ask() -> Self {
        let (tell, mut told) = watch::channel(None);
        #[cfg(target_os = "linux")]
        tauri::async_runtime::spawn(async move {
            if let Err(error) = portal::tell(&tell).await {
                tracing::debug!(%error, "the desktop does not say its colour scheme");
            }
        });
        #[cfg(not(target_os = "linux"))]
        drop(tell);
        // Neither a desktop that is slow to answer nor one that says nothing holds up the window.
        let _ = tokio::time::timeout(PATIENCE, told.changed()).await;
        Self(told)
    }

    /// What tells a page the scheme, before it is shown and afterwards. The names are those of
    /// `ui/public/boot.js` and `ui/src/app/preferences.ts`.
    pub(crate) fn script(&self) -> String {
        let scheme = match *self.0.borrow() {
            None => "undefined",
            Some(Scheme::Light) => "'light'",
            Some(Scheme::Dark) => "'dark'",
        };
        format!(
            "globalThis.gatewrightSystemTheme = {scheme};\
             globalThis.dispatchEvent(new Event('gatewright:system-theme'));"
        )
    }
}

/// Tells the window each change.
pub(crate) fn follow(app: &AppHandle) {
    let Some(mut theme) = app
        .try_state::<SystemTheme>()
        .map(|theme| theme.inner().clone())
    else {
        return;
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        while theme.0.changed().await.is_ok() {
            crate::window::run(&app, &theme.script());
        }
    });
}

#[cfg(target_os = "linux")]
mod portal {
    use futures_util::StreamExt as _;
    use tokio::sync::watch;
    use zbus::Connection;
    use zbus::zvariant::{OwnedValue, Value};

    use super::Scheme;

    const NAMESPACE: &str = "org.freedesktop.appearance";
    const KEY: &str = "color-scheme";

    #[zbus::proxy(
        interface = "org.freedesktop.portal.Settings",
        default_service = "org.freedesktop.portal.Desktop",
        default_path = "/org/freedesktop/portal/desktop",
        gen_blocking = false
    )]
    trait Settings {
        /// Known to every version of the portal; later ones have `ReadOne` beside it.
        fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

        #[zbus(signal)]
        fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>)
        -> zbus::Result<()>;
    }

    /// Tells what the desktop prefers, and each change, until the session ends.
    pub(super) async fn tell(to: &watch::Sender<Option<Scheme>>) -> zbus::Result<()> {
        tell_from(&Connection::session().await?, to).await
    }

    async fn tell_from(bus: &Connection, to: &watch::Sender<Option<Scheme>>) -> zbus::Result<()> {
        let settings = SettingsProxy::new(bus).await?;
        let about = [(0, NAMESPACE), (1, KEY)];
        let mut changes = settings.receive_setting_changed_with_args(&about).await?;
        // A portal may still come: without an answer there is no preference yet.
        let now = settings.read(NAMESPACE, KEY).await;
        to.send_replace(now.ok().and_then(|value| scheme_of(&value)));
        while let Some(change) = changes.next().await {
            to.send_replace(scheme_of(&change.args()?.value));
        }
        Ok(())
    }

    fn scheme_of(value: &Value<'_>) -> Option<Scheme> {
        match value {
            // `Read` wraps what it gives once more.
            Value::Value(inner) => scheme_of(inner),
            Value::U32(1) => Some(Scheme::Dark),
            Value::U32(2) => Some(Scheme::Light),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use std::io::{BufRead as _, BufReader};
        use std::process::{Child, Command, Stdio};

        use zbus::connection::Builder;
        use zbus::object_server::SignalEmitter;

        use super::*;

        /// A message bus of its own, ended when dropped.
        struct Bus {
            daemon: Child,
            address: String,
        }

        impl Bus {
            fn start() -> Self {
                let mut daemon = Command::new("dbus-daemon")
                    .args(["--session", "--nofork", "--nopidfile", "--print-address"])
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let mut address = String::new();
                let mut said = BufReader::new(daemon.stdout.take().unwrap());
                said.read_line(&mut address).unwrap();
                Self {
                    daemon,
                    address: address.trim().to_owned(),
                }
            }

            async fn connect(&self) -> Connection {
                let builder = Builder::address(self.address.as_str()).unwrap();
                builder.build().await.unwrap()
            }
        }

        impl Drop for Bus {
            fn drop(&mut self) {
                // Already gone is as good.
                let _ = self.daemon.kill();
                let _ = self.daemon.wait();
            }
        }

        /// A desktop that prefers what this number says.
        struct Desktop(u32);

        #[zbus::interface(name = "org.freedesktop.portal.Settings")]
        impl Desktop {
            fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
                assert_eq!((namespace, key), (NAMESPACE, KEY));
                let inner = Value::Value(Box::new(Value::U32(self.0)));
                inner
                    .try_into()
                    .map_err(zbus::Error::from)
                    .map_err(Into::into)
            }

            #[zbus(signal)]
            async fn setting_changed(
                emitter: &SignalEmitter<'_>,
                namespace: &str,
                key: &str,
                value: Value<'_>,
            ) -> zbus::Result<()>;
        }

        #[tokio::test]
        async fn the_page_learns_what_the_desktop_prefers_and_each_change_of_it() {
            let bus = Bus::start();
            let desktop = bus.connect().await;
            let path = "/org/freedesktop/portal/desktop";
            desktop.object_server().at(path, Desktop(1)).await.unwrap();
            desktop
                .request_name("org.freedesktop.portal.Desktop")
                .await
                .unwrap();

            let (tell, mut told) = watch::channel(None);
            let page = bus.connect().await;
            let telling = tokio::spawn(async move { tell_from(&page, &tell).await });
            told.changed().await.unwrap();
            assert_eq!(*told.borrow_and_update(), Some(Scheme::Dark));
            let emitter = SignalEmitter::new(&desktop, path).unwrap();
            for (key, number, scheme) in [
                (KEY, 2_u32, Some(Scheme::Light)),
                (KEY, 0, None),
                (KEY, 1, Some(Scheme::Dark)),
            ] {
                Desktop::setting_changed(&emitter, "org.gnome.desktop", "contrast", 7_u32.into())
                    .await
                    .unwrap();
                Desktop::setting_changed(&emitter, NAMESPACE, key, number.into())
                    .await
                    .unwrap();
                told.changed().await.unwrap();
                assert_eq!(*told.borrow_and_update(), scheme);
            }
            telling.abort();
        }

        #[tokio::test]
        async fn a_desktop_without_settings_prefers_nothing() {
            let bus = Bus::start();
            let (tell, mut told) = watch::channel(Some(Scheme::Dark));
            let page = bus.connect().await;
            let telling = tokio::spawn(async move { tell_from(&page, &tell).await });
            told.changed().await.unwrap();
            assert_eq!(*told.borrow(), None);
            telling.abort();
        }
    }
}
