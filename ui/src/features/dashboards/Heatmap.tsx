import { Link, useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from "react";
import { format } from "@/ui/index.ts";
import { axisTime } from "./chart/Plot.tsx";
import { color, useTheme } from "./chart/colors.ts";
import { Figure } from "./chart/Figure.tsx";
import { moved } from "./chart/series.ts";
import { showUs } from "./charts.ts";
import { type Cell, cellAt, cells, type Grid } from "./heat.ts";
import { between, filterFor } from "./links.ts";
import type { Usage } from "./queries.ts";

const HEIGHT = 180;
const LEFT = 58;
const BOTTOM = 24;

/** 4: how durations spread over time; each doubling is a row. Shows two humps where a mean hides them. */
export function Heatmap({ usage, filter }: { usage: Usage; filter: string }) {
  const grid = cells(usage);
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const [width, setWidth] = useState(600);
  const [at, setAt] = useState<{ column: number; row: number } | null>(null);
  const navigate = useNavigate();
  const cell = at && cellAt(grid, at.column, at.row);

  useEffect(() => {
    const parent = box.current;
    if (!parent) return;
    const resized = new ResizeObserver(() => setWidth(parent.clientWidth));
    resized.observe(parent);
    return () => resized.disconnect();
  }, []);
  const open = (chosen: Cell | null) => {
    if (!chosen) return;
    const span = { from: chosen.from, to: chosen.from + usage.step_s };
    const terms = [filter, between(chosen.fromUs, chosen.toUs)];
    void navigate({ to: "/traffic", search: { q: filterFor(terms, span) } });
  };
  const place = (event: MouseEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const column = Math.floor(((event.clientX - left - LEFT) / (width - LEFT)) * grid.columns);
    const fromTop = (event.clientY - top) / (HEIGHT - BOTTOM);
    const row = grid.rows.length - 1 - Math.floor(fromTop * grid.rows.length);
    return column >= 0 && row >= 0 && row < grid.rows.length ? { column, row } : null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { column, row } = at ?? { column: grid.columns, row: Math.floor(grid.rows.length / 2) };
    const across = moved(at ? column : null, event.key, grid.columns);
    if (event.key === "ArrowUp") setAt({ column, row: Math.min(row + 1, grid.rows.length - 1) });
    else if (event.key === "ArrowDown") setAt({ column, row: Math.max(row - 1, 0) });
    else if (event.key === "Enter") open(cell);
    else if (across === null) return;
    else setAt({ column: across, row });
    event.preventDefault();
    event.stopPropagation();
  };
  const words = cell
    ? `${format.time(cell.from * 1000)}, ${showUs(cell.fromUs)} to ${showUs(cell.toUs)}: ${format.plural(cell.requests, "request")}`
    : "no cell chosen";
  return (
    <Figure
      title="How durations spread"
      summary={
        grid.most === 0
          ? "Nothing was measured."
          : `Darker is more; at most ${format.plural(grid.most, "request")} in a cell.`
      }
      table={<SpreadTable grid={grid} filter={filter} usage={usage} />}
    >
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="How durations spread, cell"
        aria-valuemin={0}
        aria-valuemax={grid.columns * grid.rows.length}
        aria-valuenow={at ? at.row * grid.columns + at.column : 0}
        aria-valuetext={words}
        onKeyDown={onKeyDown}
        onMouseMove={(event) => setAt(place(event))}
        onMouseLeave={() => setAt(null)}
        onClick={() => open(cell)}
        className="min-w-0 cursor-crosshair overflow-hidden rounded-control"
        style={{ height: HEIGHT }}
      >
        <Cells key={theme} grid={grid} width={width} at={at} />
      </div>
      <p className="min-h-5 pl-1 text-small text-ink-2 tabular-nums">{cell ? words : ""}</p>
    </Figure>
  );
}

interface CellsProps {
  grid: Grid;
  width: number;
  at: { column: number; row: number } | null;
}

function Cells({ grid, width, at }: CellsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, grid, width, at);
  }, [grid, width, at]);
  return <canvas ref={canvas} style={{ width, height: HEIGHT }} className="block" />;
}

function draw(
  canvas: HTMLCanvasElement,
  grid: Grid,
  width: number,
  at: { column: number; row: number } | null,
): void {
  const scale = globalThis.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = HEIGHT * scale;
  const pen = canvas.getContext("2d");
  if (!pen || grid.rows.length === 0) return;
  pen.scale(scale, scale);
  const [wide, high] = [(width - LEFT) / grid.columns, (HEIGHT - BOTTOM) / grid.rows.length];
  const y = (row: number) => HEIGHT - BOTTOM - (row + 1) * high;
  pen.fillStyle = color("stage-upstream");
  for (const cell of grid.cells) {
    pen.globalAlpha = 0.15 + 0.85 * Math.sqrt(cell.requests / grid.most);
    pen.fillRect(LEFT + cell.column * wide, y(cell.row), Math.max(1, wide - 0.5), high - 1);
  }
  pen.globalAlpha = 1;
  pen.fillStyle = color("ink-3");
  pen.font = '11px "Inter Variable", system-ui, sans-serif';
  pen.textBaseline = "middle";
  pen.textAlign = "right";
  const every = Math.ceil(grid.rows.length / 6);
  grid.rows.forEach((us, row) => {
    if (row % every === 0 && us > 0) pen.fillText(showUs(us), LEFT - 6, y(row) + high);
  });
  pen.textAlign = "center";
  const labels = Math.max(2, Math.floor((width - LEFT) / 90));
  for (let label = 0; label < labels; label += 1) {
    const column = Math.round((grid.columns * (label + 0.5)) / labels);
    const text = axisTime(grid.since + column * grid.step, grid.columns * grid.step);
    pen.fillText(text, LEFT + column * wide, HEIGHT - 9);
  }
  if (at) {
    pen.strokeStyle = color("focus");
    pen.lineWidth = 1.5;
    pen.strokeRect(LEFT + at.column * wide - 1, y(at.row) - 1, wide + 1.5, high + 1);
  }
}

/** All of the time together: how many took how long. */
function SpreadTable({ grid, filter, usage }: { grid: Grid; filter: string; usage: Usage }) {
  const span = { from: usage.since_us / 1_000_000, to: usage.until_us / 1_000_000 };
  return (
    <table className="w-full border-collapse text-small tabular-nums">
      <thead>
        <tr className="text-ink-3">
          <th scope="col" className="py-1 text-left font-normal">
            Duration
          </th>
          <th scope="col" className="py-1 text-right font-normal">
            Requests
          </th>
        </tr>
      </thead>
      <tbody>
        {grid.rows.map((us, row) => {
          const inRow = grid.cells.filter((cell) => cell.row === row);
          const requests = inRow.reduce((sum, cell) => sum + cell.requests, 0);
          const to = us === 0 ? 128 : us * 2;
          return (
            <tr key={us} className="border-t border-line-subtle">
              <th scope="row" className="py-1 text-left font-normal">
                <Link
                  to="/traffic"
                  search={{ q: filterFor([filter, between(us, to)], span) }}
                  className="text-accent-ink"
                >
                  {showUs(us)} to {showUs(to)}
                </Link>
              </th>
              <td className="py-1 text-right">{format.count(requests)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
