/** The Keys place. */
export function KeysPlace() {
  return <h1 className="p-4 text-title">Keys</h1>;
}
