import { Plus, X } from "lucide-react";
import type { Version, Versions } from "@/api/index.ts";
import { Badge, Button, IconButton, SegmentedControl, Select } from "@/ui/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import { PartProblem } from "@/forms/PartProblem.tsx";
import { sharesOf } from "./shares.ts";
import { SchemeFields } from "./SchemeFields.tsx";
import { SplitEditor } from "./SplitEditor.tsx";
import { VersionFields } from "./VersionFields.tsx";
import {
  unnamedOf,
  type VersionsPartProps,
  withAnother,
  withoutVersion,
  withUnnamed,
  withVersion,
} from "./VersionsPart.ts";
import { stateOf, versionText } from "./versionsText.ts";

interface VersionsEditorProps extends Omit<VersionsPartProps, "onChange"> {
  /** `null` takes the versions away. */
  onChange: (versions: Versions | null) => void;
  routeService: string | null;
}

const SHOWN = ["by", "name", "place", "pattern", "strip", "default", "split"];

/** The versions of a route: how callers name one, who gets which, and what is different in each. */
export function VersionsEditor(props: VersionsEditorProps) {
  const { versions, onChange, issues, config } = props;
  const { list } = versions;
  return (
    <>
      <SchemeFields versions={versions} onChange={onChange} issues={issues} />
      <UnnamedFields versions={versions} onChange={onChange} issues={issues} />
      <div role="group" aria-label="Versions" className="flex flex-col gap-1">
        <h4 className="text-body font-medium">Versions</h4>
        <ul className="divide-y divide-line-subtle rounded-control border border-line-subtle px-1.5">
          {list.map((version, at) => (
            // A version has no identity but its place: its name may change while it is edited.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at}>
              <Fold
                title={<Title versions={versions} at={at} version={version} />}
                summary={versionText(version)}
                errors={issues.count(`list[${at}]`)}
                actions={
                  <IconButton
                    size="sm"
                    label={`Remove version ${version.name}`}
                    icon={<X size={14} aria-hidden="true" />}
                    onClick={() => onChange(withoutVersion(versions, at))}
                  />
                }
              >
                <VersionFields
                  version={version}
                  onChange={(next) => onChange(withVersion(versions, at, next))}
                  issues={issues.within(`list[${at}]`)}
                  config={config}
                  routeService={props.routeService}
                  others={list.map(({ name }) => name).filter((name) => name !== version.name)}
                />
              </Fold>
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap gap-1.5 pt-1">
          <Button
            size="sm"
            icon={<Plus size={12} aria-hidden="true" />}
            onClick={() => onChange(withAnother(versions))}
          >
            Add version
          </Button>
          <Button size="sm" variant="ghost" onClick={() => onChange(null)}>
            Remove all versions
          </Button>
        </div>
      </div>
      <PartProblem message={issues.rest("", ...SHOWN, ...list.map((_, at) => `list[${at}]`))} />
    </>
  );
}

interface TitleProps {
  versions: Versions;
  at: number;
  version: Version;
}

/** A version's name, the share it gets, and where it stands in its life. */
function Title({ versions, at, version }: TitleProps) {
  const { split, list } = versions;
  const names = list.map(({ name }) => name);
  const share = split && sharesOf(split.weights, names)[at];
  const state = stateOf(version);
  return (
    <span className="inline-flex items-center gap-2">
      <span className="font-mono text-code">{version.name}</span>
      {share !== null && <span className="text-small text-ink-3 tabular-nums">{share} %</span>}
      {versions.default === version.name && <span className="text-small text-ink-3">default</span>}
      {state === "deprecated" && (
        <Badge tone="warn" shape="warn">
          deprecated
        </Badge>
      )}
      {state === "stopped" && (
        <Badge tone="err" shape="err">
          stopped
        </Badge>
      )}
    </span>
  );
}

/** What happens to callers who name no version. */
function UnnamedFields({ versions, onChange, issues }: Omit<VersionsPartProps, "config">) {
  const unnamed = unnamedOf(versions);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col gap-1">
        <p className="text-body font-medium">Callers who name none</p>
        <SegmentedControl
          label="Callers who name none"
          value={unnamed}
          onChange={(next) => onChange(withUnnamed(versions, next))}
          options={[
            { value: "refused", label: "Are refused" },
            { value: "default", label: "Get one version" },
            { value: "split", label: "Are split" },
          ]}
        />
        {unnamed === "refused" && <p className="text-small text-ink-3">The gateway answers 400.</p>}
      </div>
      {unnamed === "default" && (
        <Select
          label="They get"
          className="w-52"
          value={versions.default ?? ""}
          onChange={(name) => onChange({ ...versions, default: name })}
          options={versions.list.map(({ name }) => ({ value: name, label: name }))}
          error={issues.at("default")}
        />
      )}
      {unnamed === "split" && (
        <SplitEditor versions={versions} onChange={onChange} issues={issues} />
      )}
    </div>
  );
}
