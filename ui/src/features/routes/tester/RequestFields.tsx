import { History, SquareTerminal } from "lucide-react";
import { useState } from "react";
import { Button, Prose, TextArea, TextField, toast } from "@/ui/index.ts";
import { readCurl } from "./curl.ts";
import { FromLog } from "./FromLog.tsx";
import type { TestRequest } from "./request.ts";
import { useFocused } from "./useFocused.ts";

interface RequestFieldsProps {
  request: TestRequest;
  onChange: (request: TestRequest) => void;
  headersProblem: string | undefined;
  /** Where a path alone is asked. */
  base: string;
}

type Source = "curl" | "log" | null;

/** The request to test: typed, pasted as a curl command, or taken from the log. */
export function RequestFields({ request, onChange, headersProblem, base }: RequestFieldsProps) {
  const [source, setSource] = useState<Source>(null);
  const [command, setCommand] = useState("");
  const address = useFocused<HTMLInputElement>();
  const set = (change: Partial<TestRequest>) => onChange({ ...request, ...change });
  const pasteCurl = (text: string): boolean => {
    const read = readCurl(text);
    if (read === null) return false;
    onChange(read);
    setSource(null);
    setCommand("");
    toast({ title: "The curl command was taken over" });
    return true;
  };
  return (
    <>
      <div className="flex items-start gap-2">
        <TextField
          label="Method"
          mono
          className="w-24 shrink-0"
          value={request.method}
          onChange={(method) => set({ method: method.toUpperCase() })}
        />
        <TextField
          label="Path or URL"
          mono
          className="flex-1"
          ref={address}
          placeholder="/orders/7?limit=1"
          value={request.url}
          onChange={(url) => set({ url })}
          onPaste={(event) => {
            if (pasteCurl(event.clipboardData.getData("text"))) event.preventDefault();
          }}
          help={
            <Prose text={`A path is asked of \`${base}\`. A curl command can be pasted here.`} />
          }
        />
      </div>
      <TextArea
        label="Headers"
        mono
        rows={3}
        placeholder="X-API-Version: v2"
        value={request.headers}
        onChange={(headers) => set({ headers })}
        error={headersProblem}
      />
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          aria-expanded={source === "curl"}
          icon={<SquareTerminal size={14} aria-hidden="true" />}
          onClick={() => setSource(source === "curl" ? null : "curl")}
        >
          Paste cURL
        </Button>
        <Button
          size="sm"
          aria-expanded={source === "log"}
          icon={<History size={14} aria-hidden="true" />}
          onClick={() => setSource(source === "log" ? null : "log")}
        >
          From the log
        </Button>
      </div>
      {source === "curl" && (
        <CurlField
          value={command}
          onChange={(text) => {
            if (!pasteCurl(text)) setCommand(text);
          }}
        />
      )}
      {source === "log" && (
        <FromLog
          onChoose={(chosen) => {
            onChange(chosen);
            setSource(null);
          }}
        />
      )}
    </>
  );
}

function CurlField(props: { value: string; onChange: (text: string) => void }) {
  const area = useFocused<HTMLTextAreaElement>();
  return (
    <TextArea
      {...props}
      ref={area}
      label="cURL command"
      mono
      rows={5}
      placeholder="curl -H 'Accept: application/json' http://127.0.0.1:8080/orders"
      help="Taken over as soon as it can be read."
    />
  );
}
