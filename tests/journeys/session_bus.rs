//! The message bus of the session that the desktop app runs in, and on it the menu of the app's tray
//! icon.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::process::within_seconds;

const ITEMS: &str = "/org/ayatana/NotificationItem";

/// The bus.
pub struct SessionBus {
    address: String,
    /// The menu of the only tray icon, once it was seen.
    menu: OnceLock<Object>,
}

impl SessionBus {
    /// Waits for the session that `in_session` has begun with this home.
    pub async fn of(home: &Path) -> Self {
        let file = home.join("bus");
        let address = within_seconds(30, || {
            let address = std::fs::read_to_string(&file).ok()?;
            address.ends_with('\n').then(|| address.trim().to_owned())
        });
        Self {
            address: address.await.expect("the session has a bus"),
            menu: OnceLock::new(),
        }
    }

    /// Chooses what stands in the menu of the app's tray icon, as soon as it stands there.
    pub async fn choose_in_tray(&self, label: &str) {
        let (menu, id) = self.find_in_tray(label).await;
        let id = format!("int32:{id}");
        let event = [id.as_str(), "string:clicked", "variant:int32:0", "uint32:0"];
        let chosen = self.call(menu, "com.canonical.dbusmenu.Event", &event);
        assert!(chosen.is_some(), "`{label}` cannot be chosen");
    }

    /// Waits until this stands in the menu of the app's tray icon.
    pub async fn reads_in_tray(&self, label: &str) {
        self.find_in_tray(label).await;
    }

    async fn find_in_tray(&self, label: &str) -> (&Object, i32) {
        let until = tokio::time::Instant::now() + Duration::from_secs(30);
        let mut seen = Vec::new();
        while tokio::time::Instant::now() < until {
            if let Some(menu) = self.menu() {
                seen = self.entries(menu);
                if let Some((id, _)) = seen.iter().find(|(_, text)| text.contains(label)) {
                    return (menu, *id);
                }
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("`{label}` is not in the tray's menu, but {seen:?}");
    }

    fn menu(&self) -> Option<&Object> {
        match self.menu.get() {
            Some(menu) => Some(menu),
            None => {
                let menu = self.find_menu()?;
                Some(self.menu.get_or_init(|| menu))
            }
        }
    }

    fn find_menu(&self) -> Option<Object> {
        let bus = Object {
            owner: "org.freedesktop.DBus".to_owned(),
            path: "/org/freedesktop/DBus".to_owned(),
        };
        let names = self.call(&bus, "org.freedesktop.DBus.ListNames", &[])?;
        let owners = strings(&names).filter(|name| name.starts_with(':'));
        let icon = |owner: &str| {
            let items = Object {
                owner: owner.to_owned(),
                path: ITEMS.to_owned(),
            };
            let described = "org.freedesktop.DBus.Introspectable.Introspect";
            let xml = self.call(&items, described, &[])?;
            let item = xml.split("<node name=\"").nth(1)?.split('"').next()?;
            Some(Object {
                owner: owner.to_owned(),
                path: format!("{ITEMS}/{item}/Menu"),
            })
        };
        owners.into_iter().find_map(icon)
    }

    /// What stands in a menu, with its numbers.
    fn entries(&self, menu: &Object) -> Vec<(i32, String)> {
        let all = ["int32:0", "int32:-1", "array:string:label"];
        let layout = self.call(menu, "com.canonical.dbusmenu.GetLayout", &all);
        let layout = layout.unwrap_or_default();
        let mut entries = Vec::new();
        let mut id = 0;
        for line in layout.lines().map(str::trim) {
            if let Some(number) = line.strip_prefix("int32 ") {
                id = number.parse().unwrap();
            } else if line.starts_with("variant ") {
                entries.extend(strings(line).map(|label| (id, label.to_owned())));
            }
        }
        entries
    }

    /// Calls a method with arguments as `dbus-send` writes them; gives what it says of the answer.
    fn call(&self, of: &Object, method: &str, arguments: &[&str]) -> Option<String> {
        let called = Command::new("dbus-send")
            .arg(format!("--bus={}", self.address))
            .arg(format!("--dest={}", of.owner))
            // Not everyone on the bus answers.
            .args(["--reply-timeout=1000", "--print-reply", &of.path, method])
            .args(arguments)
            .output()
            .expect("`dbus-send` comes with the bus");
        let said = String::from_utf8(called.stdout).unwrap();
        called.status.success().then_some(said)
    }
}

/// An object on the bus.
struct Object {
    owner: String,
    path: String,
}

/// What stands in quotes, a line at a time.
fn strings(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (_, quoted) = line.split_once("string \"")?;
        quoted.strip_suffix('"')
    })
}
