import type { Service } from "@/api/index.ts";
import { Select, TextField } from "@/ui/index.ts";
import type { ServicePartProps } from "./ServicePart.ts";

type Balance = Service["balance"];

/** Which target a request goes to. */
export function BalanceFields({ service, onChange, issues }: ServicePartProps) {
  const { balance } = service;
  const set = (change: Partial<Balance>) =>
    onChange({ ...service, balance: { ...balance, ...change } });
  const hashes = balance.algorithm === "consistent_hash";
  const named = balance.hash_by === "header" || balance.hash_by === "cookie";
  return (
    <>
      {service.targets.length === 1 && (
        <p className="text-small text-ink-3">With one target, every request goes to it.</p>
      )}
      <Select
        label="A request goes to"
        value={balance.algorithm}
        onChange={(algorithm) => set({ algorithm })}
        options={[
          { value: "round_robin", label: "Each target in turn", hint: "By weight, evenly mixed" },
          {
            value: "least_in_flight",
            label: "The least busy target",
            hint: "Fewest running requests for its weight",
          },
          {
            value: "power_of_two",
            label: "The less busy of two at random",
            hint: "By running requests for their weight",
          },
          {
            value: "consistent_hash",
            label: "Always the same target",
            hint: "For the same address, header, cookie or consumer; few move when a target comes or goes",
          },
        ]}
        error={issues.at("balance.algorithm")}
      />
      {hashes && (
        <div className="flex flex-wrap items-start gap-x-3 gap-y-3">
          <Select
            label="For the same"
            className="w-44"
            value={balance.hash_by}
            onChange={(hash_by) =>
              set({
                hash_by,
                ...((hash_by === "ip" || hash_by === "consumer") && { hash_name: null }),
              })
            }
            options={[
              { value: "ip", label: "Address" },
              { value: "header", label: "Header" },
              { value: "cookie", label: "Cookie" },
              { value: "consumer", label: "Consumer" },
            ]}
            error={issues.at("balance.hash_by")}
          />
          {named && (
            <TextField
              label={balance.hash_by === "header" ? "Name of the header" : "Name of the cookie"}
              mono
              className="min-w-44 flex-1"
              value={balance.hash_name ?? ""}
              onChange={(name) => set({ hash_name: name === "" ? null : name })}
              error={issues.at("balance.hash_name")}
              help="A request without it is told by its address."
            />
          )}
        </div>
      )}
      <TextField
        label="Sticky cookie"
        mono
        placeholder="none"
        value={balance.sticky_cookie ?? ""}
        onChange={(name) => set({ sticky_cookie: name === "" ? null : name })}
        error={issues.at("balance.sticky_cookie")}
        help="Name of a cookie by which the gateway sends a browser to the same target again."
      />
    </>
  );
}
