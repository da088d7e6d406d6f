/** Lines of the router's tools that this version does not know: each stays as it is and is named, and everything else goes on. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Lab, startLab } from "../lab/index.ts";
import { startSite } from "../lab/site.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";

let lab: Lab;
let stack: Direct;
let before: string;
beforeAll(async () => {
  lab = await startLab({ iptables: "legacy", busybox: true });
  await startSite(lab);
  stack = await direct(lab);
});
afterAll(() => lab?.stop());

test("busybox prints the realm of a rule without its word: the rule is understood, and comes back where it is adopted", async () => {
  await lab.router.exec("ip rule add pref 620 from 10.88.0.0/16 lookup 77 realms 5");
  before = await lab.router.dump();
  expect(before).toContain("620:\tfrom 10.88.0.0/16 lookup 77 realms 5");
  const [shown = ""] = /620:.*/.exec(await lab.router.exec("ip rule show")) ?? [];
  expect(shown).toMatch(/lookup foreign_vpn 5 ?$/);
  succeeded(await stack.deploy());
  const adopting: Resource = {
    ...{ kind: "FwmarkRule", name: "own", adopt: [shown] },
    args: { mark: 0x70, mask: 0xf0, priority: 4000, table: 77 },
  };
  stack.resources = [adopting];
  succeeded(await stack.up());
  expect(await lab.router.exec("ip rule show")).not.toContain("620:");
  succeeded(await stack.destroy());
  stack.resources = undefined;
  expect(await lab.router.dump()).toBe(before);
});

/** Tools of tomorrow, which print one line more. */
const TOMORROW = `mkdir -p /usr/local/sbin; cd /usr/local/sbin
ip=$(command -v ip) save=$(command -v iptables-save)
cat >ip <<'END'
#!/bin/sh
busybox ip "$@" || exit
case "$*" in
  "rule show") printf '700:\\tfrom all lookup 77 frob\\n' ;;
  "-4 route show table 0") echo '47 10.97.0.0/16 dev eth3 ' ;;
  "addr show") echo '    inet 10.97 frob eth3' ;;
esac
END
printf '#!/bin/sh\\n%s "$@" | sed "/^[*]filter/,/^COMMIT/s/^COMMIT/-A FORWARD frob\\\\nCOMMIT/"\\n' "$save" >iptables-save
chmod 755 ip iptables-save`;

test("a line of each tool that nobody knows is named in the preview; the site comes, stays quiet, and goes", async () => {
  await lab.router.exec(TOMORROW);
  before = await lab.router.dump();
  expect(await lab.router.exec("ip rule show; iptables-save")).toMatch(/lookup 77 frob[\s\S]*-A FORWARD frob\n/);
  const preview = await stack.preview();
  succeeded(preview);
  expect(preview.text).toContain('"-A FORWARD frob" of iptables-save, "inet 10.97 frob eth3" of ip addr');
  expect(preview.text).toMatch(/foreign lines that this version does not understand: .* and 1 more\. They stay/);
  succeeded(await stack.deploy());
  expect(Object.values((await stack.preview()).ops).filter((op) => op !== "same")).toEqual([]);
  succeeded(await stack.destroy());
  expect(await lab.router.dump()).toBe(before);
});

const own = (priority: number, ...adopt: string[]): Resource => ({
  ...{ kind: "FwmarkRule", name: "own", ...(adopt.length > 0 && { adopt }) },
  args: { mark: 0x70, mask: 0xf0, priority, table: 77 },
});

test.each([
  ["a rule at its priority", own(700), /700 is taken on the router: "700: from all lookup 77 frob"/],
  [
    "a resource that adopts it",
    own(701, "700: from all lookup 77 frob"),
    /not understood: "700: from all lookup 77 frob"/,
  ],
  [
    "a resource that adopts one of iptables",
    own(701, "-t filter -A FORWARD frob"),
    /iptables rule not understood: "frob"/,
  ],
])("%s is refused in the preview", async (_, resource, why) => {
  stack.resources = [resource];
  expect((await stack.preview()).failures.own).toMatch(why);
});
