/** Systems whose list of trusted authorities differs. */
export type System = "linux" | "macos" | "windows";

/** A thing to do by hand, and how to take it back. */
export interface TrustStep {
  /** Who trusts the authority after it. */
  title: string;
  /** What else is to be known. */
  note?: string;
  trust: string;
  undo: string;
}

/** What the authority is to be told apart by. */
export interface Authority {
  /** Where its certificate is, in PEM form. */
  path: string;
  /** The name in its certificate. */
  name: string;
}

/** The system a page runs on, as far as its browser says. */
export function systemOf(userAgent: string): System {
  if (/windows/i.test(userAgent)) return "windows";
  return /mac os|macintosh/i.test(userAgent) ? "macos" : "linux";
}

/** What to do on a system so that its programs trust the authority, and what takes that back. */
export function trustSteps(system: System, authority: Authority): TrustStep[] {
  return { linux, macos, windows }[system](authority);
}

const FILE = "gatewright-local-ca.crt";

function linux({ path, name }: Authority): TrustStep[] {
  const file = quoted(path);
  return [
    {
      title: "curl, Python, Go and most others, on Debian and Ubuntu",
      trust: `sudo cp ${file} /usr/local/share/ca-certificates/${FILE}\nsudo update-ca-certificates`,
      undo: `sudo rm /usr/local/share/ca-certificates/${FILE}\nsudo update-ca-certificates --fresh`,
    },
    {
      title: "The same, on Fedora and Arch Linux",
      trust: `sudo trust anchor ${file}`,
      undo: `sudo trust anchor --remove ${file}`,
    },
    {
      title: "Chrome, Chromium and Edge",
      note: "They keep a list of their own. The command is in the package libnss3-tools or nss-tools.",
      trust: `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n ${quoted(name)} -i ${file}`,
      undo: `certutil -d sql:$HOME/.pki/nssdb -D -n ${quoted(name)}`,
    },
  ];
}

function macos({ path, name }: Authority): TrustStep[] {
  return [
    {
      title: "Safari, Chrome, curl and most others, for your account",
      note: "macOS asks for your password.",
      trust: `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db ${quoted(path)}`,
      undo: `security remove-trusted-cert ${quoted(path)}\nsecurity delete-certificate -c ${quoted(name)} ~/Library/Keychains/login.keychain-db`,
    },
  ];
}

function windows({ path, name }: Authority): TrustStep[] {
  return [
    {
      title: "Edge, Chrome, PowerShell and most others, for your account",
      note: "Windows asks whether you are sure.",
      trust: `certutil -user -addstore Root "${path}"`,
      undo: `certutil -user -delstore Root "${name}"`,
    },
  ];
}

/** A word for a POSIX shell, whatever it holds. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
