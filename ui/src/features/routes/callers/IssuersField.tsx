import { Link } from "@tanstack/react-router";
import type { Config } from "@/api/index.ts";
import { CheckGroup } from "@/ui/index.ts";

interface IssuersFieldProps {
  value: readonly string[];
  onChange: (value: string[]) => void;
  config: Config;
  error: string | undefined;
}

/** Whose tokens are taken. */
export function IssuersField({ value, onChange, config, error }: IssuersFieldProps) {
  const names = [
    ...config.issuers.map(({ name }) => name),
    ...(config.local_issuer === null ? [] : ["local"]),
  ];
  // What was written by hand and is there no more can still be taken away.
  const all = [...names, ...value.filter((name) => !names.includes(name))];
  const issuers = (
    <Link to="/keys" search={{ show: "issuers" }}>
      Issuers
    </Link>
  );
  if (all.length === 0) {
    return (
      <p className="text-small text-warn">
        Nobody issues tokens yet: add an issuer, or switch on the local one, under {issuers}.
      </p>
    );
  }
  return (
    <CheckGroup
      label="Tokens of"
      value={value}
      onChange={onChange}
      options={all.map((name) => ({ value: name, label: name }))}
      error={error}
      help={
        value.length === 0 ? <>None ticked: every issuer’s. See {issuers}.</> : <>See {issuers}.</>
      }
    />
  );
}
