// Runs before the first paint and before any module. A file and not an inline script, because the
// content security policy allows no inline script.
(() => {
  // WebKitGTK under LANG=C reports the language "C", and `new Intl.NumberFormat("C")` throws:
  // a library that formats while it loads would leave a blank page.
  const canonical = (tag) => {
    try {
      return Intl.getCanonicalLocales(tag)[0] ?? "en";
    } catch {
      return "en";
    }
  };
  const language = canonical(navigator.language);
  if (language !== navigator.language) {
    const languages = [...new Set((navigator.languages ?? []).map(canonical))];
    Object.defineProperty(navigator, "language", { value: language, configurable: true });
    Object.defineProperty(navigator, "languages", {
      value: Object.freeze(languages.length > 0 ? languages : [language]),
      configurable: true,
    });
  }

  // The same names as in src/app/preferences.ts, which keeps them current afterwards.
  let saved = {};
  try {
    saved = JSON.parse(localStorage.getItem("gatewright.preferences") ?? "{}") ?? {};
  } catch {
    // No storage, or not ours: the defaults hold.
  }
  const root = document.documentElement;
  const theme = saved.theme === "light" || saved.theme === "dark" ? saved.theme : "system";
  // The desktop shell knows the system's colour scheme better than WebKitGTK does.
  const chosen = theme === "system" ? globalThis.gatewrightSystemTheme : theme;
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.dataset.density = ["compact", "comfortable"].includes(saved.density)
    ? saved.density
    : "default";
})();
