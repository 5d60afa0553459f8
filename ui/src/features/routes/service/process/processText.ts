import type { components, Service } from "@/api/index.ts";
import type { StateLook } from "@/app/serviceStates.ts";
import { format } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type Process = NonNullable<Service["process"]>;
export type ProcessState = Schemas["ProcessState"];
export type InstanceState = Schemas["InstanceState"];
export type OutputLine = Schemas["OutputLine"];

/** What the gateway takes where a file says no more than the command. */
export const PROCESS: Process = {
  command: "",
  folder: null,
  environment: {},
  env_file: null,
  readiness: { path: null },
  min_instances: 0,
  max_instances: 1,
  target_in_flight: 10,
  idle_ms: 300_000,
  start_timeout_ms: 30_000,
  stop_grace_ms: 5_000,
  stable_window_ms: 20_000,
  panic_window_ms: 2_000,
};

export const STATUS_LOOKS: Record<ProcessState["status"], StateLook> = {
  off: { word: "Off", tone: "neutral", shape: "stopped" },
  idle: { word: "Idle", tone: "neutral", shape: "stopped" },
  starting: { word: "Starting", tone: "warn", shape: "starting" },
  ready: { word: "Running", tone: "ok", shape: "ok" },
  stopping: { word: "Stopping", tone: "warn", shape: "starting" },
  stopped: { word: "Stopped", tone: "neutral", shape: "stopped" },
  crash_loop: { word: "Crashes", tone: "err", shape: "err" },
  not_approved: { word: "Not approved", tone: "warn", shape: "warn" },
};

export const INSTANCE_LOOKS: Record<InstanceState["status"], StateLook> = {
  starting: { word: "Starting", tone: "warn", shape: "starting" },
  ready: { word: "Ready", tone: "ok", shape: "ok" },
  draining: { word: "Draining", tone: "neutral", shape: "starting" },
  stopping: { word: "Stopping", tone: "neutral", shape: "stopped" },
};

/** "`node server.js`, up to 4 instances" */
export function processText({ process }: Service): string {
  if (process == null) return "none: something else starts it";
  const { command, min_instances: min, max_instances: max } = process;
  const many = format.plural(max, "instance");
  const range = min === 0 ? `up to ${many}` : min === max ? many : `${min} to ${many}`;
  return `\`${command}\`, ${range}`;
}

/** Variables as lines, `NAME=value`. */
export function environmentText(environment: Record<string, string>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

/** The variables of such lines. A line without `=` is a name without a value. */
export function readEnvironment(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1)];
    }),
  );
}
