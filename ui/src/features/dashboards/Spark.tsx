/** Requests over time as a small area; what it says is in the columns beside. */
export function Spark({ values }: { values: readonly number[] }) {
  const [width, height] = [120, 20];
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, index) => {
    const y = height - 1 - (value / most) * (height - 2);
    return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
  });
  const busiest = Math.max(0, ...values);
  return (
    <svg
      role="img"
      aria-label={busiest === 0 ? "No requests" : `Up to ${busiest} requests in one stretch`}
      width={width}
      height={height}
      className="block"
    >
      <polygon
        points={`0,${height} ${points.join(" ")} ${width},${height}`}
        className="fill-stage-upstream opacity-25"
      />
      <polyline points={points.join(" ")} fill="none" className="stroke-stage-upstream" />
    </svg>
  );
}
