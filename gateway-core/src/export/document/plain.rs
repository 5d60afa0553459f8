//! Plain data that says which settings its objects are about.

use serde_json::{Map, Value};

/// A key that is not written: its value is the settings that the object it stands in is about. No
/// product has such a key.
const SETTINGS: &str = "\0about";

/// Says that an object is about a setting too.
pub(in crate::export) fn about(value: &mut Value, setting: impl Into<String>) {
    if let Value::Object(object) = value {
        let settings = object
            .entry(SETTINGS)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = settings {
            all.push(Value::String(setting.into()));
        }
    }
}

/// An object that is about these settings.
pub(in crate::export) fn about_all(settings: &[String]) -> Map<String, Value> {
    let mut object = Map::new();
    if !settings.is_empty() {
        object.insert(SETTINGS.to_owned(), settings.into());
    }
    object
}

/// The settings that an object is about.
pub(super) fn take_settings(object: &mut Map<String, Value>) -> Vec<String> {
    let Some(Value::Array(settings)) = object.shift_remove(SETTINGS) else {
        return Vec::new();
    };
    let texts = settings.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
