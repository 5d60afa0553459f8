/** The Settings place. */
export function SettingsPlace() {
  return <h1 className="p-4 text-title">Settings</h1>;
}
