/** The History place. */
export function HistoryPlace() {
  return <h1 className="p-4 text-title">History</h1>;
}
