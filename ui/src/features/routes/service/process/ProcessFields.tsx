import { useState } from "react";
import { DurationField, NumberField, Switch, TextArea, TextField } from "@/ui/index.ts";
import { FieldGrid } from "../FieldGroup.tsx";
import type { ServicePartProps } from "../ServicePart.ts";
import { environmentText, PROCESS, type Process, readEnvironment } from "./processText.ts";

/** The program that answers for the service, if the gateway is to start and end it. */
export function ProcessFields({ service, onChange, issues }: ServicePartProps) {
  const { process } = service;
  return (
    <>
      <Switch
        label="Start the service's program when a request needs it"
        help="The first request starts it and waits until it is ready. Under load more instances are started; when there is nothing to do, they are ended."
        checked={process != null}
        onChange={(on) => onChange({ ...service, process: on ? PROCESS : null })}
      />
      {process != null && (
        <Fields
          process={process}
          onChange={(next) => onChange({ ...service, process: next })}
          error={(field) => issues.at(`process.${field}`)}
        />
      )}
    </>
  );
}

interface FieldsProps {
  process: Process;
  onChange: (process: Process) => void;
  error: (field: string) => string | undefined;
}

function Fields({ process, onChange, error }: FieldsProps) {
  const set = (change: Partial<Process>) => onChange({ ...process, ...change });
  const text = (value: string) => (value === "" ? null : value);
  const [environment, setEnvironment] = useState(() => environmentText(process.environment));
  return (
    <>
      <TextField
        label="Command"
        mono
        placeholder="node server.js --port {port}"
        value={process.command}
        onChange={(command) => set({ command })}
        error={error("command")}
        help="Split as a shell does it, but no shell reads it. {port} is the port the instance is to listen on; it is in PORT too."
      />
      <TextField
        label="Folder"
        mono
        placeholder="that of the gateway"
        value={process.folder ?? ""}
        onChange={(folder) => set({ folder: text(folder) })}
        error={error("folder")}
      />
      <TextArea
        label="Environment"
        mono
        rows={3}
        placeholder="LOG_LEVEL=debug"
        value={environment}
        onChange={(typed) => {
          setEnvironment(typed);
          set({ environment: readEnvironment(typed) });
        }}
        error={error("environment")}
        help="A variable a line. They are kept in the configuration: put secrets in a file instead."
      />
      <FieldGrid>
        <TextField
          label="File with more variables"
          mono
          placeholder=".env"
          value={process.env_file ?? ""}
          onChange={(file) => set({ env_file: text(file) })}
          error={error("env_file")}
          help="Its values are hidden where the program writes them."
        />
        <TextField
          label="Ready when it answers"
          mono
          placeholder="as soon as it takes connections"
          value={process.readiness.path ?? ""}
          onChange={(path) => set({ readiness: { path: text(path) } })}
          error={error("readiness.path")}
          help="A path, such as /health: with 200 to 399 it is ready."
        />
      </FieldGrid>
      <FieldGrid>
        <NumberField
          label="Instances at least"
          required
          min={0}
          max={50}
          value={process.min_instances}
          onChange={(min) => min !== null && set({ min_instances: min })}
          error={error("min_instances")}
        />
        <NumberField
          label="Instances at most"
          required
          min={1}
          max={50}
          value={process.max_instances}
          onChange={(max) => max !== null && set({ max_instances: max })}
          error={error("max_instances")}
        />
        <NumberField
          label="Running requests for each"
          required
          min={1}
          max={10_000}
          value={process.target_in_flight}
          onChange={(target) => target !== null && set({ target_in_flight: target })}
          error={error("target_in_flight")}
        />
        <DurationField
          label="Ended after no request for"
          required
          min={100}
          max={86_400_000}
          value={process.idle_ms}
          onChange={(idle) => idle !== null && set({ idle_ms: idle })}
          error={error("idle_ms")}
        />
        <DurationField
          label="May take to get ready"
          required
          min={100}
          max={600_000}
          value={process.start_timeout_ms}
          onChange={(ms) => ms !== null && set({ start_timeout_ms: ms })}
          error={error("start_timeout_ms")}
        />
        <DurationField
          label="May take to end"
          required
          min={0}
          max={600_000}
          value={process.stop_grace_ms}
          onChange={(ms) => ms !== null && set({ stop_grace_ms: ms })}
          error={error("stop_grace_ms")}
        />
        <DurationField
          label="Load is averaged over"
          required
          min={500}
          max={3_600_000}
          value={process.stable_window_ms}
          onChange={(ms) => ms !== null && set({ stable_window_ms: ms })}
          error={error("stable_window_ms")}
        />
        <DurationField
          label="In a burst, over"
          required
          min={100}
          max={600_000}
          value={process.panic_window_ms}
          onChange={(ms) => ms !== null && set({ panic_window_ms: ms })}
          error={error("panic_window_ms")}
        />
      </FieldGrid>
    </>
  );
}
