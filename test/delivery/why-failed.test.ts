/** A preview that fails says why, whatever Pulumi has printed of it, and never its config. */
import { expect, test } from "@jest/globals";
import { whyFailed } from "../../provider/cli/delivery/preview.ts";

const CONFIG = { "multiwan:router": '{"password":"in clear"}' };
const json = (...diagnostics: object[]) => JSON.stringify({ config: CONFIG, steps: [], diagnostics });
const NONE = "it ended with exit code 255 and did not say why: pulumi preview --stack north may show more";

test.each([
  ["an error of the JSON", json({ severity: "error", message: "refused\n" }), "", "refused"],
  ["one that a program has thrown", json({ severity: "info#err", message: "TypeError: x" }), "", "TypeError: x"],
  ["stderr", json(), "error: a policy is violated\n", "error: a policy is violated"],
  ["a warning, where that is all", json({ severity: "warning", message: "no login" }), "", "no login"],
  [
    "an event of a stream",
    `${JSON.stringify({ preludeEvent: { config: CONFIG } })}\n${JSON.stringify({ diagnosticEvent: { severity: "error", message: "refused" } })}\n`,
    "",
    "refused",
  ],
  [
    "the last lines of what is no JSON",
    `${"line\n".repeat(30)}error: no backend\n`,
    "",
    `${"line\n".repeat(19)}error: no backend`,
  ],
  ["nothing at all", "", "", NONE],
  ["a JSON without a message", json(), " \n", NONE],
])("%s", (_, stdout, stderr, expected) => {
  const said = whyFailed({ code: 255, stdout, stderr }, "pulumi preview --stack north");
  expect(said).toBe(expected);
  expect(said).not.toContain("in clear");
});
