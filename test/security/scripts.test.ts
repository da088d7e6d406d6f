/** The scripts of a transaction and the boot file, run by real shells, full of strings that try to get out of their place. */

import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseSysctl } from "../../provider/dialects/iproute2/sysctl.ts";
import { parseRule, readRule } from "../../provider/dialects/iptables/packet-rule.ts";
import { beginScript } from "../../provider/guard/begin.ts";
import { confirmScript } from "../../provider/guard/end.ts";
import { parseOutcome } from "../../provider/guard/outcome.ts";
import { BOOT_FILE, bootFiles } from "../../provider/kinds/boot-files.ts";
import { fwmarkRule } from "../../provider/kinds/fwmark-rule.ts";
import { check } from "../../provider/lifecycle/check.ts";
import type { Fragment, Line } from "../../provider/model/line.ts";
import { NotUnderstood } from "../../provider/model/not-understood.ts";
import { isOwner } from "../../provider/model/owner.ts";
import { bootText } from "../../provider/plan/boot.ts";
import { formatManifest, type Manifest, parseManifest } from "../../provider/plan/manifest.ts";
import { planOf } from "../../provider/plan/plan.ts";
import type { Request } from "../../provider/plan/settlement.ts";
import { newSandbox, type Sandbox, SHELLS } from "../guard/sandbox.ts";
import { routerOf } from "../kinds/routers.ts";
import { newRun } from "../lifecycle/runs.ts";
import { cannot } from "../plan/namespace.ts";
import { odd, payloads } from "./hostile.ts";

const real = cannot === undefined ? describe : describe.skip;
const nonce = "0123456789abcdef";
const iptables = "iptables-legacy";

/** All strings that a resource's name may be, and those that it may not. */
function owners(sandbox: Sandbox): { taken: string[]; refused: string[] } {
  const names = [...payloads((n) => join(sandbox.dir, `canary.${n}`)), ...odd].map((text) => `p/s/FwmarkRule/${text}`);
  return { taken: names.filter(isOwner), refused: names.filter((name) => !isOwner(name)) };
}

/** Files that a string got created; folders may have such names. */
const canaries = ({ dir }: Sandbox) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^canary\.?\w+$/.test(entry.name))
    .map((entry) => entry.name);

test("the name of a resource is refused where it would be more than one line", async () => {
  for (const name of ["a\nb", "a\rb", "a\0b", "\u001b[2J", "\u2028", "\u202e"]) {
    const { failures } = (await check(
      newRun(),
      fwmarkRule,
      {},
      { owner: `p/s/FwmarkRule/${name}`, declaredAt: "multiwan:site.links.a" },
    ))!;
    expect(failures).toEqual([
      {
        property: "",
        reason: expect.stringMatching(/^multiwan:site\.links\.a: the name of a resource stands in files/),
      },
    ]);
    expect(() => formatManifest(new Map([[`p/s/Kind/${name}`, { lines: [], found: [] }]]))).toThrow("no owner");
  }
});

test("a device that a path of /proc/sys would leave its folder by is not understood", () => {
  for (const key of ["net.ipv4.conf.//.//.//.etc.passwd", "//.x", "net.ipv4.//"])
    expect(() => parseSysctl(`${key} = 1`)).toThrow(NotUnderstood);
  expect(parseSysctl("net.ipv4.conf.eth0/1//2.rp_filter = 1").key).toBe("net.ipv4.conf.eth0/1//2.rp_filter");
});

real("with hostile names, found lines and files of others", () => {
  test.each(SHELLS)("nothing is run, and everything comes out as it went in: %s", (shell) => {
    using sandbox = newSandbox();
    const bad = payloads((n) => join(sandbox.dir, `canary.${n}`)).map((text) => text.replace(/[\0]/g, ""));
    const { taken, refused } = owners(sandbox);
    expect([taken.length > 20, refused.length > 10]).toEqual([true, true]);
    const rule = (i: number): Line => ({
      kind: "rule",
      priority: 5000 + i,
      from: "all",
      mark: i + 1,
      mask: 0xff,
      table: 7,
    });
    const persistent: Request = { owner: "p/s/BootConfig/boot", desired: bootFiles(["ifupdown"]) };
    const requests: Request[] = [...taken.map((owner, i) => ({ owner, desired: [rule(i)] })), persistent];
    const text = `254 main\n${bad.join("\n")}\n# ${bad.join("; ")}`;
    sandbox.write("etc/rt_tables", text);
    const comment = (word: string) =>
      `-m comment --comment "${word.replace(/["'\\]/g, "\\$&").replaceAll("\n", " ")}" -j ACCEPT`;
    const named: Request = { owner: "p/s/RoutingTable/t", desired: [{ kind: "table-name", id: 7, name: "seven" }] };
    const router = routerOf({
      tableNames: { path: "/etc/iproute2/rt_tables", text, names: new Map([[254, "main"]]) },
      // A restore file names whole chains of others when a hook of ours comes before them.
      iptables: {
        mangle: {
          chains: new Map([
            ["PREROUTING", { policy: "ACCEPT", rules: bad.map(comment).map(readRule) }],
            ["mw-a", { policy: "-", rules: bad.map(comment).map(readRule) }],
          ]),
        },
      },
    });
    const chain: Fragment = [
      { kind: "chain", table: "mangle", chain: "mw-a", rules: ["-j RETURN"].map(parseRule) },
      { kind: "hook", table: "mangle", chain: "PREROUTING", rule: parseRule("-j mw-a") },
    ];
    const plan = planOf(
      router,
      new Map(),
      [...requests, named, { owner: "p/s/ConnmarkChain/c", desired: chain }],
      new Map(),
    );
    const run = { nonce, stateDir: join(sandbox.dir, "run/$(touch canary.dir) 'x'") };
    const who = `$(touch ${sandbox.dir}/canary.who)\`touch ${sandbox.dir}/canary.who2\`'; touch ${sandbox.dir}/canary.who3; '@host`;
    const begin = beginScript({ ...run, plan, seen: undefined, iptables, seconds: 60, who, notAfter: 1e9 });
    // A copy of this machine's /etc, for what a persistent change writes there.
    const hidden = `cp -a /etc ${sandbox.dir}/own; mount --bind ${sandbox.dir}/own /etc; mount --bind ${sandbox.dir}/etc /etc/iproute2; mkdir -p /etc/network/if-up.d`;
    const keep = `cp /etc/multiwan/boot ${sandbox.dir}/boot; cp "${sandbox.dir}/run/"*/manifest ${sandbox.dir}/manifest; sh /etc/multiwan/load; ip rule show >${sandbox.dir}/rules`;
    const output = sandbox.run(
      shell,
      hidden,
      begin,
      confirmScript(run, plan.boot?.replaceAll("/run/multiwan", run.stateDir)),
      keep,
    );
    expect(parseOutcome(output, nonce)).toEqual({ kind: "applied" });
    expect(output).toContain(`@@${nonce} confirmed`);
    expect(canaries(sandbox)).toEqual([]);
    expect([...parseManifest(sandbox.read("manifest")).keys()].sort()).toEqual(
      [...requests, named, { owner: "p/s/ConnmarkChain/c" }].map((r) => r.owner).sort(),
    );
    expect(sandbox.read("etc/rt_tables")?.startsWith(text.slice(0, text.lastIndexOf("\n")))).toBe(true);
    expect(sandbox.read("rules")?.match(/lookup 7|lookup seven/g)).toHaveLength(taken.length);
  });

  test.each(["dash", "busybox"] as const)("a boot file made of a hostile manifest runs none of it: %s", (shell) => {
    using sandbox = newSandbox();
    const canary = (n: string) => `touch ${sandbox.dir}/canary.${n}`;
    const text = [
      "owner p/s/BootConfig/boot",
      `line -t nat -A PREROUTING -m comment --comment "$(${canary("hook")})\`${canary("hook2")}\`" -j mw-x`,
      `line -t mangle -N mw-$(touch\${IFS}${sandbox.dir}/canary.chain)`,
      `line net.ipv4.conf.a;touch\${IFS}canarydevice;.rp_filter = 2; ${canary("sysctl")}`,
      `line net.ipv4.conf.$(id>&2).rp_filter = $(${canary("sysctl2")})`,
      "line file /etc/multiwan/load 0755",
      `line | $(${canary("file")})`,
    ];
    const usable = text.filter((line) => {
      try {
        return parseManifest(`${text[0]}\n${line}\n`).size > 0;
      } catch {
        return false;
      }
    });
    expect(usable.length).toBeGreaterThan(4);
    const manifest = parseManifest(`${usable.join("\n")}\n`);
    const capabilities = { ...routerOf().capabilities, stateDir: `${sandbox.dir}/run/d;${canary("dir")}` };
    const boot = bootText(manifest, { capabilities })!;
    sandbox.run(shell, `cd ${sandbox.dir}\n{ ${boot.replaceAll(/^exit 0$/gm, ":")}\n} >/dev/null 2>&1 || :`);
    expect(canaries(sandbox)).toEqual([]);
  });

  test.each(SHELLS)("a lock that leads elsewhere is not followed: %s", (shell) => {
    using sandbox = newSandbox();
    const run = { nonce, stateDir: sandbox.stateDir };
    mkdirSync(join(sandbox.stateDir, "tx.f"), { recursive: true });
    mkdirSync(join(sandbox.dir, "evil"));
    writeFileSync(join(sandbox.dir, "evil/undo.sh"), `touch ${sandbox.dir}/canary.undo\n`);
    writeFileSync(
      join(sandbox.stateDir, "lock"),
      `f/../../../evil a[$(touch${"$"}{IFS}${sandbox.dir}/canary.until)] nowhere\n$(touch ${sandbox.dir}/canary.who)\n`,
    );
    const plan = planOf(
      routerOf(),
      new Map(),
      [{ owner: "p/s/SourceRule/a", desired: [{ kind: "rule", priority: 5000, from: "10.0.0.1", table: 7 }] }],
      new Map(),
    );
    const begin = beginScript({
      ...run,
      plan,
      seen: undefined,
      iptables,
      seconds: 60,
      who: "anna@laptop",
      notAfter: 1e9,
    });
    const output = sandbox.run(shell, begin, confirmScript(run, undefined));
    expect(output).toContain(`@@${nonce} confirmed`);
    expect(canaries(sandbox)).toEqual([]);
    expect(existsSync(join(sandbox.dir, "evil/undo.sh"))).toBe(true);
  });

  test.each(["dash", "busybox"] as const)(
    "after a boot the manifest is not written into somebody else's folder: %s",
    (shell) => {
      using sandbox = newSandbox();
      const manifest: Manifest = new Map([["p/s/BootConfig/boot", { lines: bootFiles([]), found: [] }]]);
      const at = (name: string) => ({
        capabilities: { ...routerOf().capabilities, stateDir: join(sandbox.dir, name) },
      });
      mkdirSync(join(sandbox.dir, "target"));
      symlinkSync(join(sandbox.dir, "target"), join(sandbox.dir, "link"));
      const theirs = `mkdir ${sandbox.dir}/theirs; chown 65534 ${sandbox.dir}/theirs`;
      sandbox.run(shell, theirs, ...["theirs", "link", "own"].map((name) => bootText(manifest, at(name))!));
      const written = readdirSync(sandbox.dir, { recursive: true }).filter((name) => String(name).endsWith("manifest"));
      expect(written).toEqual(["own/manifest"]);
      expect(BOOT_FILE).toBe("/etc/multiwan/boot");
    },
  );
});
