/** A slice of `npm run faults`: each fault at a few of its points, and every one that has ever found something. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { testingAll } from "../../variants.ts";
import { Bench, VARIANTS } from "./bench.ts";
import * as c from "./cases/index.ts";
import { playOn } from "./play.ts";

const tool = (name: string) => c.TOOL_FAULTS.find(([known]) => known === name)![1];

interface Slice {
  readonly usual: readonly c.Case[];
  /** With `npm run test:all` as well. */
  readonly more: readonly c.Case[];
}

const SLICES: Readonly<Record<string, Slice>> = {
  "nft dash": {
    usual: [
      c.f4(["site", "moved"], "KILL both", "is gone", 0),
      c.f6(["site", "moved"], "begin-answered"),
      c.f9(["site", "moved"], "begin-answered", "a mangle rule first", "dies"),
      c.f15(["site", "moved"], { of: "no memory", line: "the line is cut", seconds: 1 }, "begin-answered"),
    ],
    more: [
      // These two are played on random routers with every `npm test`.
      c.f1(["none", "site"], "begin-answered"),
      c.f11("a door that captures the port of the operator's connection"),
      c.f2(["site", "moved"], "begin-sent", "both ways", 4),
      // Confirmed, then killed: the run said that the router had taken it back.
      c.f3(["site", "moved"], "session", 66, "before"),
      c.f14(["site", "site"], "state"),
      c.f13(["site", "moved"], "router", "forwards", "begin-answered"),
      c.f9Two(["site", "moved"], "none", 50),
      c.f1(["moved", "site"], "confirm-sent"),
      c.f1(["site", "moved"], "confirm-sending"),
      c.f2(["moved", "site"], "confirm-sent", "from the router", 2),
      c.f2Late(["site", "moved"], "confirm-sending", 1),
      c.f4(["site", "moved"], "KILL 1", "is gone", 0),
      c.f9(["none", "site"], "read-answered", "a table's name", "goes on"),
      c.f9(["none", "site"], "begin-answered", "a table's name", "dies"),
      c.f9Daemon(["site", "moved"], "begin-answered", "docker starts", "dies"),
      c.f9Daemon(["moved", "site"], "confirm-sending", "a link goes down and up", "goes on"),
      c.f11("the router's replies to the operator by a link"),
      c.f12(["site", "moved"], { cpu: 5, rtt: 200 }),
      c.f13(["moved", "site"], "operator", "backwards", "begin-answered"),
      c.f15(["site", "moved"], { of: "no process", line: "the line holds", seconds: 2 }, "begin-sent"),
      c.f15(["site", "moved"], { of: "no file to open", line: "the line is cut", seconds: 30 }, "begin-applied"),
      c.f15At(["site", "moved"], { of: "no process", line: "the line is cut", seconds: 2 }, "undo", 5),
    ],
  },
  "legacy busybox": {
    usual: [
      c.f5(["none", "site"], 20, "before", "watcher"),
      // A write that was killed left its new file behind.
      c.f3(["none", "site"], "apply", 42, "before"),
      // The way back removed rt_tables, where a hand had added a name to it: busybox and an empty list of patterns.
      c.f9(["site", "none"], "begin-answered", "a table's name", "dies"),
      c.f8(["site", "moved"], "read-only root"),
      // What was full became read-only.
      c.f8(["site", "moved"], "full /etc/multiwan"),
    ],
    more: [
      // A tool that hung did its work after everything had been taken back.
      c.f10(["none", "site"], "iptables-restore hangs", tool("iptables-restore hangs longer than the time to confirm")),
      c.f10Unwatched(["site", "moved"]),
      c.f9Daemon(["site", "moved"], "begin-answered", "fail2ban starts and bans", "dies"),
      c.f8(["none", "site"], "full /run"),
      // The hooks that a removal drops came back twice, where it was killed before it dropped them.
      c.f3(["site", "none"], "apply", 8, "before"),
      c.f5(["site", "none"], 12, "before", "undo"),
      c.f3(["site", "moved"], "session", 55, "before"),
      c.f8(["site", "moved"], "read-only root", "confirm-sending"),
      c.f8(["site", "moved"], "read-only /run", "begin-answered"),
      c.f9Daemon(
        ["site", "moved"],
        "begin-answered",
        "a firewall script loads mangle anew without our lines",
        "goes on",
      ),
      c.f10Missing(["none", "site"], "conntrack"),
      c.f10(["none", "site"], "iptables-restore fails", tool("iptables-restore exits 4")),
      c.f14Refresh(["site", "site"], "a chain of ours emptied"),
      c.f15(["none", "site"], { of: "no file more in /run", line: "the line holds", seconds: 2 }, "begin-sent"),
      c.f15(["site", "moved"], { of: "no address space", line: "the line is cut", seconds: 2 }, "begin-answered"),
      c.f15At(["none", "site"], { of: "no memory", line: "the line is cut", seconds: 2 }, "apply", 20),
    ],
  },
};

export function playSlice(variant: string): void {
  describe(variant, () => {
    let bench: Bench | undefined;
    const start = () => Bench.start(VARIANTS[variant]!, ["none", "site", "moved"]);
    beforeAll(async () => {
      bench = await start();
    });
    afterAll(() => bench?.[Symbol.asyncDispose]());

    const { usual, more } = SLICES[variant]!;
    const cases = testingAll ? [...usual, ...more] : usual;
    test.each(cases.map((one) => [`${one.fault} ${one.name}`, one] as const))("%s", async (_, one) => {
      bench ??= await start();
      const findings = await playOn(bench, one);
      // A router in which something was found is no place for the next case.
      if (findings.length > 0) {
        await bench[Symbol.asyncDispose]();
        bench = undefined;
      }
      expect(findings).toEqual([]);
    });
  });
}
