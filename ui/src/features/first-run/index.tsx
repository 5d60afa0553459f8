import { Link, useNavigate } from "@tanstack/react-router";
import { RotateCw } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Problem } from "@/api/index.ts";
import { droppedFile, readOrSay } from "@/app/droppedFile.ts";
import { useStatus } from "@/app/status.ts";
import { Banner, Button, cx, FileButton, format, Kbd, useFileDrop } from "@/ui/index.ts";
import { addressUrl, type Choice, preselected } from "./choice.ts";
import { PortChoice } from "./PortChoice.tsx";
import { type FirstRoute, useConfiguredPort, useScan, useSetUp } from "./queries.ts";
import { ServiceChoice } from "./ServiceChoice.tsx";

/** The first screen: one service, one port, one press, and requests arrive. */
export function FirstRunPlace() {
  const { data: scan, isFetching, error: scanError, refetch } = useScan();
  const configured = useConfiguredPort();
  const gateway = useStatus()?.gateway;
  const navigate = useNavigate();
  const setUp = useSetUp();
  const [chosen, setChosen] = useState<Choice | null>(null);
  const [address, setAddress] = useState("");
  const [typedPort, setTypedPort] = useState<number | null>(null);
  const [missing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const choice = chosen ?? preselected(scan);
  const port = typedPort ?? configured;
  const scanned = scan !== undefined || scanError !== null;
  // Enter on the preselected service is enough: the focus waits on it.
  useEffect(() => {
    if (!scanned) return;
    form.current?.querySelector<HTMLInputElement>("input[type=radio]:checked")?.focus();
  }, [scanned]);

  const target = targetOf(choice, address, scan?.found ?? []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(target === null);
    if (target === null || setUp.isPending || !scanned) return;
    setUp.mutate(
      { target, ...(port !== null && { port }) },
      { onSuccess: () => void navigate({ to: "/traffic" }) },
    );
  };
  // A file says what is behind the gateway: it is looked over before anything is set up.
  const look = async (file: File) => {
    const text = await readOrSay(file);
    if (text === null) return;
    droppedFile.set({ name: file.name, text });
    void navigate({ to: "/history", search: { show: "import" } });
  };
  const drop = useFileDrop((file) => void look(file));
  const problem = setUp.error instanceof Problem ? setUp.error : null;
  const { portError, serviceError, otherError } = sortOut(problem);
  return (
    <div
      {...drop.target}
      className={cx("h-full scroll-pb-28 overflow-y-auto bg-canvas", drop.outline)}
    >
      <form
        ref={form}
        noValidate
        onSubmit={submit}
        aria-label="First run"
        className="mx-auto flex max-w-[720px] flex-col gap-5 px-4 pt-10 pb-6"
      >
        <header className="flex flex-col gap-1">
          <h1 className="text-display">Put a gateway in front of a service on this machine</h1>
          <p className="text-ink-2">
            Your client then calls the gateway instead of the service, and every request shows up
            here.
          </p>
        </header>

        <div className="flex flex-col gap-2">
          <div className="flex items-center gap-3">
            <h2 className="flex-1 text-heading">Found listening</h2>
            <span role="status" className="text-small text-ink-3">
              {isFetching
                ? "Looking…"
                : scan &&
                  `checked ${format.plural(scan.checked, "port")} in ${format.duration(scan.took_us / 1000)}`}
            </span>
            <Button
              size="sm"
              icon={<RotateCw size={12} aria-hidden="true" />}
              busy={isFetching}
              onClick={() => void refetch()}
            >
              Rescan
            </Button>
          </div>
          {scanError && <Banner tone="warn">{scanError.message}</Banner>}
          <ServiceChoice
            scan={scan}
            choice={choice}
            onChoose={setChosen}
            address={address}
            onAddress={setAddress}
            error={missing && target === null ? "Type the service’s address" : serviceError}
          />
        </div>

        {otherError && <Banner tone="err">{otherError}</Banner>}
        {/* However many services there are, the way on stays in sight. */}
        <div className="sticky bottom-0 -mx-4 flex flex-wrap items-start justify-between gap-4 border-t border-line-subtle bg-canvas px-4 pt-3">
          <PortChoice
            port={port}
            onChange={setTypedPort}
            scan={scan}
            ownPort={gateway?.state === "running" ? portOf(gateway.address) : null}
            failed={
              problem?.document?.port_in_use ??
              (gateway?.state === "failed" ? gateway.port_in_use : null)
            }
            error={portError}
          />
          <Button
            type="submit"
            variant="primary"
            className="mt-6 h-10 px-5"
            busy={setUp.isPending}
            disabledReason={scanned ? undefined : "Looking for services first."}
          >
            Start gateway
            <Kbd keys="Enter" />
          </Button>
        </div>
        <div className="flex flex-wrap items-center gap-3 text-small text-ink-3">
          <FileButton
            size="sm"
            label="OpenAPI or Kong file"
            accept=".yaml,.yml,.json,application/yaml"
            onFile={(file) => void look(file)}
          >
            Choose a file
          </FileButton>
          <span>or drop an OpenAPI or Kong file anywhere here.</span>
        </div>
        <p className="text-small text-ink-3">
          Or{" "}
          <Link to="/routes" className="underline">
            set up by hand
          </Link>
          : routes, services and limits of your own.
        </p>
      </form>
    </div>
  );
}

function targetOf(
  choice: Choice,
  address: string,
  found: readonly { port: number; url: string }[],
): FirstRoute["target"] | null {
  if (choice.kind === "echo") return { kind: "echo" };
  const typed = addressUrl(address);
  if (choice.kind === "address") return typed === "" ? null : { kind: "url", url: typed };
  const service = found.find(({ port }) => port === choice.port);
  return service ? { kind: "url", url: service.url } : null;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** Where each part of a refusal is shown. */
function sortOut(problem: Problem | null) {
  const issues = problem?.issues ?? [];
  const about = (part: RegExp) => issues.find(({ path }) => part.test(path))?.message;
  const inUse = problem?.code === "port_in_use" || problem?.code === "listen_failed";
  const portError = inUse ? problem?.message : about(/^listen\b|^port$/);
  const serviceError = about(/^services\b|^target\b/);
  const shown = portError !== undefined || serviceError !== undefined;
  const said = [problem?.message, ...issues.map(({ message }) => message)].filter(Boolean);
  return { portError, serviceError, otherError: problem && !shown ? said.join(" ") : undefined };
}
