import type { Service } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";

/** What each part of a service's form takes. */
export interface ServicePartProps {
  service: Service;
  onChange: (service: Service) => void;
  /** What is wrong, by the path from the service: `targets[0].url`. */
  issues: FieldIssues;
}
