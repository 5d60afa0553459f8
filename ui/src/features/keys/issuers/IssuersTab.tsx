import { type ConfigInForce, defaultIssuer, type Issuer } from "@/api/index.ts";
import { useMemo } from "react";
import type { Column } from "@/ui/index.ts";
import { ListedPlace } from "../listed/ListedPlace.tsx";
import { IssuerFields } from "./IssuerFields.tsx";
import { IssuerKeys, IssuerReady } from "./IssuerKeys.tsx";
import { LocalIssuer } from "./LocalIssuer.tsx";
import { type IssuerState, useIssuerStates } from "./queries.ts";

interface IssuersTabProps {
  inForce: ConfigInForce;
  open: string | null;
  select: (sel: string | null) => void;
}

const BLANK = defaultIssuer("");

/** Who issues the tokens that are taken, and an issuer of one's own for tests. */
export function IssuersTab({ inForce, open, select }: IssuersTabProps) {
  const { data: states } = useIssuerStates(inForce.revision);
  const columns = useMemo(() => columnsWith(states), [states]);
  const state = states?.find(({ name }) => name === open);
  return (
    <ListedPlace
      inForce={inForce}
      list="issuers"
      what="issuer"
      several="issuers"
      columns={columns}
      leftBeside={["algorithms", "keys"]}
      open={open}
      select={select}
      above={<LocalIssuer inForce={inForce} />}
      why="An issuer signs tokens (JWT) that say who calls: Keycloak, Auth0, your own sign-in. The gateway checks them with its keys. Routes that take tokens take those of the issuers here."
      blank={BLANK}
    >
      {(part) => (
        <>
          {state && <IssuerKeys state={state} />}
          <IssuerFields {...part} />
        </>
      )}
    </ListedPlace>
  );
}

const columnsWith = (states: readonly IssuerState[] | undefined): readonly Column<Issuer>[] => [
  {
    id: "name",
    header: "Name",
    width: "minmax(100px, 1fr)",
    sortBy: ({ name }) => name,
    cell: ({ name }) => <span className="font-medium">{name}</span>,
  },
  {
    id: "issuer",
    header: "Issuer (iss)",
    width: "minmax(140px, 2fr)",
    sortBy: ({ issuer }) => issuer,
    cell: ({ issuer }) => <code className="font-mono text-code text-ink-2">{issuer}</code>,
  },
  {
    id: "algorithms",
    header: "Algorithms",
    width: "minmax(90px, 1fr)",
    cell: ({ algorithms }) => <span className="text-ink-2">{algorithms.join(", ")}</span>,
  },
  {
    id: "state",
    header: "State",
    width: "92px",
    cell: ({ name }) => <IssuerReady state={states?.find((state) => state.name === name)} />,
  },
  {
    id: "keys",
    header: "Keys",
    width: "minmax(110px, 1.6fr)",
    cell: (issuer) => (
      <span className="text-ink-2" title={keysText(issuer)}>
        {keysText(issuer)}
      </span>
    ),
  },
];

/** Where the keys that tokens are checked with come from. */
function keysText({ jwks, secret }: Issuer): string {
  if (secret !== null) return `secret in ${secret.env ?? secret.file ?? "?"}`;
  return jwks?.url ?? jwks?.file ?? "none";
}
