import { useNavigate } from "@tanstack/react-router";
import { Banner, Button, format, Prose } from "@/ui/index.ts";
import { faultText, useFaults, useFaultSwitch } from "./faults.ts";

/** What goes wrong on purpose at the moment, so that nobody forgets it, with the way to end it. */
export function FaultsBanner() {
  const faults = useFaults();
  const navigate = useNavigate();
  const { endAll } = useFaultSwitch();
  const [first] = faults;
  if (first === undefined) return null;
  const ends = Math.max(...faults.map(({ ends_at_us }) => ends_at_us)) / 1000;
  const { route } = first;
  return (
    <Banner
      tone="warn"
      actions={
        <>
          {route != null && faults.length === 1 && (
            <Button
              size="sm"
              onClick={() => void navigate({ to: "/routes", search: { sel: route } })}
            >
              Show
            </Button>
          )}
          <Button size="sm" busy={endAll.isPending} onClick={() => endAll.mutate()}>
            {faults.length === 1 ? "Switch off" : "Switch all off"}
          </Button>
        </>
      }
    >
      On purpose until {format.time(ends)}:{" "}
      {faults.length === 1 ? (
        <Prose text={faultText(first)} />
      ) : (
        `${format.plural(faults.length, "fault")} are on`
      )}
    </Banner>
  );
}
