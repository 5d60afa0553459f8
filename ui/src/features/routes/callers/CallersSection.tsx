import type { Config } from "@/api/index.ts";
import { Fold } from "@/forms/Fold.tsx";
import type { RoutePartProps } from "../RoutePart.ts";
import { AccessRulesFields } from "./AccessRulesFields.tsx";
import { pagesText, rulesText } from "./callersText.ts";
import { CorsFields } from "./CorsFields.tsx";
import { WaysFields } from "./WaysFields.tsx";

interface CallersSectionProps extends RoutePartProps {
  config: Config;
}

/** Who may call the route: how callers show who they are, which of them may, and which web pages. */
export function CallersSection({ route, onChange, issues, config }: CallersSectionProps) {
  return (
    <>
      <WaysFields
        authentication={route.authentication}
        onChange={(authentication) => onChange({ ...route, authentication })}
        issues={issues.within("authentication")}
        config={config}
      />
      <div className="flex flex-col">
        <Fold
          title="Access rules"
          summary={rulesText(route.authorization)}
          errors={issues.count("authorization")}
        >
          <AccessRulesFields route={route} onChange={onChange} issues={issues} />
        </Fold>
        <Fold
          title="Web pages (CORS)"
          summary={pagesText(route.cors)}
          errors={issues.count("cors")}
        >
          <CorsFields
            cors={route.cors}
            onChange={(cors) => onChange({ ...route, cors })}
            issues={issues.within("cors")}
          />
        </Fold>
      </div>
    </>
  );
}
