/** The Routes place. */
export function RoutesPlace() {
  return <h1 className="p-4 text-title">Routes</h1>;
}
