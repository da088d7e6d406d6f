/** Recorded previews as Pulumi prints them, to be changed by a test. */
import { commentOf } from "../../provider/cli/review/comment.ts";
import { plain } from "../../provider/cli/review/words.ts";
import { drawn, parsed, recordedText } from "./comments.ts";

export interface Raw {
  config: Record<string, string>;
  steps: { op: string; urn: string; oldState?: { inputs: object; outputs: object }; newState?: { inputs: object } }[];
  diagnostics?: { message: string; severity: string }[];
  changeSummary: Record<string, number>;
}

export const raw = (name: string) => JSON.parse(recordedText(name)) as Raw;
export const reviewOf = (value: Raw) => drawn(parsed(JSON.stringify(value))).review;
export const risksOf = (value: Raw) => reviewOf(value).risks.map(({ about, words }) => `${about}: ${plain(words)}`);
export const withRouter = (value: Raw, change: object): Raw => ({
  ...value,
  config: {
    ...value.config,
    "multiwan:router": JSON.stringify({ ...JSON.parse(value.config["multiwan:router"]!), ...change }),
  },
  ...("host" in change && {
    steps: JSON.parse(JSON.stringify(value.steps).replaceAll("192.168.99.1", `${change.host}`)),
  }),
});

export const drawnText = (value: Raw) => commentOf([drawn(parsed(JSON.stringify(value)))], "default");
