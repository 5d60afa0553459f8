//! What was kept of a body as a file: its name, its content, and where it is saved.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::detail::CapturedBody;
use super::paged::Side;

/// How many names are tried where files are there already.
const MOST_NAMES: usize = 1_000;

/// A name for the file, with the ending of its type.
pub fn name(side: Side, body: &CapturedBody) -> String {
    let stem = match side {
        Side::Request => "request-body",
        Side::Response => "response-body",
    };
    format!("{stem}.{}", ending(body))
}

fn ending(body: &CapturedBody) -> &'static str {
    let kind = body.content_type.as_deref().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    match kind.as_str() {
        _ if kind.ends_with("/json") || kind.ends_with("+json") => "json",
        "application/x-ndjson" | "application/jsonl" => "jsonl",
        "text/html" => "html",
        "text/csv" => "csv",
        "text/css" => "css",
        "text/javascript" | "application/javascript" => "js",
        "image/svg+xml" => "svg",
        _ if kind.ends_with("/xml") || kind.ends_with("+xml") => "xml",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        _ if body.text.is_some() => "txt",
        _ => "bin",
    }
}

/// Its bytes: text in the encoding in which it was sent.
pub fn content(body: CapturedBody) -> Vec<u8> {
    if let Some(utf_16) = body.in_utf_16() {
        return utf_16;
    }
    match (body.text, body.base64) {
        (Some(text), _) => text.into_bytes(),
        // What the log holds was encoded here.
        (None, Some(base64)) => STANDARD.decode(base64).unwrap_or_default(),
        (None, None) => Vec::new(),
    }
}

/// Writes it to a new file, in the folder for downloads where no `path` is given. Gives where it is.
///
/// # Errors
/// Why it cannot be written there, for a person.
pub fn save(path: Option<&str>, side: Side, body: CapturedBody) -> Result<PathBuf, String> {
    let (path, mut file) = match path {
        Some(path) => {
            let path = PathBuf::from(path);
            if !path.is_absolute() {
                return Err(format!(
                    "`{}` is no absolute path: write it from the root, such as \
                     `/home/me/response.json`",
                    path.display()
                ));
            }
            let file = new_file(&path).map_err(|error| cannot(&path, &error))?;
            (path, file)
        }
        None => in_downloads(&name(side, &body))?,
    };
    let written = file.write_all(&content(body));
    written.map_err(|error| cannot(&path, &error))?;
    Ok(path)
}

/// A new file in the folder for downloads, with a number where the name is taken.
fn in_downloads(name: &str) -> Result<(PathBuf, std::fs::File), String> {
    let folders = directories::UserDirs::new();
    let folder = folders.as_ref().and_then(|folders| {
        let home = folders.home_dir();
        folders.download_dir().map_or_else(
            || home.is_dir().then(|| home.to_owned()),
            |folder| Some(folder.to_owned()),
        )
    });
    let folder = folder.ok_or("no folder for downloads is known: say in which file to save it")?;
    std::fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
    first_free(&folder, name)
}

fn first_free(folder: &Path, name: &str) -> Result<(PathBuf, std::fs::File), String> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "bin"));
    for number in 1..=MOST_NAMES {
        let path = match number {
            1 => folder.join(name),
            number => folder.join(format!("{stem}-{number}.{ending}")),
        };
        match new_file(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    let folder = folder.display();
    Err(format!(
        "{folder} has {MOST_NAMES} files named like `{name}`: move some away"
    ))
}

fn new_file(path: &Path) -> io::Result<std::fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn cannot(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{path} is there already: choose another name"),
        _ => format!("{path} cannot be written: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_like_their_type_and_no_file_is_overwritten() {
        let body = |kind: &str| CapturedBody {
            content_type: Some(kind.to_owned()),
            text: Some("x".to_owned()),
            ..CapturedBody::default()
        };
        let named = |kind| name(Side::Response, &body(kind));
        assert_eq!(
            named("application/problem+json; charset=utf-8"),
            "response-body.json"
        );
        assert_eq!(named("application/atom+xml"), "response-body.xml");
        assert_eq!(named("unheard/of"), "response-body.txt");
        assert_eq!(
            name(Side::Request, &CapturedBody::default()),
            "request-body.bin"
        );

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let first = first_free(folder.path(), "a.json").unwrap().0;
        let second = first_free(folder.path(), "a.json").unwrap().0;
        assert_eq!((first, second), (path("a.json"), path("a-2.json")));
        let saved = path("b.txt").display().to_string();
        save(Some(&saved), Side::Request, body("text/plain")).unwrap();
        assert_eq!(std::fs::read(path("b.txt")).unwrap(), b"x");
        let again = save(Some(&saved), Side::Request, body("text/plain")).unwrap_err();
        assert!(
            again.ends_with("is there already: choose another name"),
            "{again}"
        );
        let relative = save(Some("b.txt"), Side::Request, body("text/plain")).unwrap_err();
        assert!(
            relative.starts_with("`b.txt` is no absolute path"),
            "{relative}"
        );
    }
}
