//! How WebKitGTK should draw, decided before GTK starts.

/// On a machine without a graphics card WebKitGTK's shared-buffer renderer costs twice the time of
/// the plain one, and on some it shows nothing at all. A value that the user has set wins.
#[cfg(target_os = "linux")]
pub(crate) fn prepare() {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(VARIABLE).is_some() || has_render_node() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    // Changing the environment of a running process is unsound; the same process, begun again with
    // the variable set, is not. It returns only if that failed, and then all is as before.
    let error = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, "1")
        .exec();
    eprintln!("gatewright-desktop: {VARIABLE} could not be set: {error}");
}

/// Whether there is anything to show a window on.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(target_os = "linux")]
fn has_render_node() -> bool {
    std::fs::read_dir("/dev/dri").is_ok_and(|nodes| {
        nodes
            .flatten()
            .any(|node| node.file_name().to_string_lossy().starts_with("renderD"))
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare() {}
