/** The Traffic place. */
export function TrafficPlace() {
  return <h1 className="p-4 text-title">Traffic</h1>;
}
