import { describe, expect, test } from "@jest/globals";
import { neighbourOf, possessive } from "../../provider/coexistence/recognise.ts";
import { routerWarnings } from "../../provider/coexistence/warnings.ts";
import { formatLine } from "../../provider/dialects/fragment.ts";
import type { Line } from "../../provider/model/line.ts";
import type { Snapshot } from "../../provider/model/snapshot.ts";
import { liveOf } from "../../provider/plan/live.ts";
import { FOREIGN_RT_TABLES, FOREIGN_SCRIPT } from "../lab/foreign.ts";
import { seedSite } from "../plan/seed-site.ts";
import { RECORDED, routerBeside } from "./footprints.ts";

/** Lines of the router that could be anybody's, with the name that they are given. */
function named(snapshot: Snapshot): string[] {
  const foreign = liveOf(snapshot).lines.filter(
    (line) => line.kind === "rule" || line.kind === "chain" || line.kind === "hook" || line.kind === "route",
  );
  const text = (line: Line) => formatLine(line, snapshot.tableNames.names).join("; ");
  return foreign.flatMap((line) => {
    const name = neighbourOf(line, snapshot);
    return name === undefined ? [] : [`${text(line)} -> ${name}`];
  });
}

describe("the owner of a line", () => {
  test.each(Object.entries(RECORDED))(
    "%s is known by what it leaves, and nothing of it is given to another",
    (name, recorded) => {
      const names = named(routerBeside(recorded));
      expect(names.filter((line) => !line.endsWith(` -> ${name}`))).toEqual([]);
      expect(names).not.toEqual([]);
      const rules = recorded.rules?.split("\n") ?? [];
      expect(names.filter((line) => /^\d+:/.test(line))).toHaveLength(rules.length);
    },
  );

  test("is told by name among several that are there", () => {
    const all = routerBeside({
      rules: [RECORDED.Tailscale, RECORDED.mwan3, RECORDED.pbr].map((one) => one!.rules).join("\n"),
      names: RECORDED.pbr!.names!,
      save: RECORDED.mwan3!.save!,
    });
    const rules = named(all).filter((line) => /^\d+:/.test(line));
    expect(rules).toEqual([
      "5210: from all fwmark 0x80000/0xff0000 lookup main -> Tailscale",
      "5230: from all fwmark 0x80000/0xff0000 lookup default -> Tailscale",
      "5250: from all fwmark 0x80000/0xff0000 unreachable -> Tailscale",
      "5270: from all lookup 52 -> Tailscale",
      "1001: from all iif eth1 lookup 1 -> mwan3",
      "2001: from all fwmark 0x100/0x3f00 lookup 1 -> mwan3",
      "2061: from all fwmark 0x3d00/0x3f00 blackhole -> mwan3",
      "3001: from all fwmark 0x100/0x3f00 unreachable -> mwan3",
      "29998: from all lookup main suppress_prefixlength 1 -> pbr",
      "29999: from all fwmark 0x20000/0xff0000 lookup pbr_wanb -> pbr",
      "30000: from all fwmark 0x10000/0xff0000 lookup pbr_wan -> pbr",
    ]);
  });

  test("is not guessed: lines of nobody known, and the lab's foreign ones, have no name", () => {
    const save = FOREIGN_SCRIPT.slice(FOREIGN_SCRIPT.indexOf("*mangle"), FOREIGN_SCRIPT.indexOf("END\nip"));
    const whole = save.replace(
      /^\*\w+\n/gm,
      (head) =>
        `${head}${["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].map((c) => `:${c} ACCEPT [0:0]\n`).join("")}`,
    );
    const [id, name] = FOREIGN_RT_TABLES.trim().split("\n")[1]!.split("\t");
    const lab = routerBeside({
      rules: "500:\tfrom 10.99.0.0/16 lookup 77\n1024:\tfrom all iif eth1 lookup 1\n3000:\tfrom all lookup 52",
      routes: "default via 192.168.99.2 dev eth3 table 77\n10.0.0.0/8 via 10.1.1.1 dev eth0 table 52",
      names: { [Number(id)]: name! },
      save: whole,
    });
    expect(named(lab)).toEqual([]);
    expect(routerWarnings(lab)).toEqual([]);
  });

  test("is nobody for lines of ours", () => {
    const router = routerBeside({});
    const ours = [...seedSite().values()].flat();
    expect(ours.filter((line) => neighbourOf(line, router) !== undefined)).toEqual([]);
  });

  test("has an article or brackets, and its possessive all the same", () => {
    expect(["Tailscale", "the AWS VPC CNI", "wg-quick (WireGuard)"].map(possessive)).toEqual([
      "Tailscale's",
      "the AWS VPC CNI's",
      "wg-quick's (WireGuard)",
    ]);
  });
});
