/** A delete of `ip rule` takes the first rule that has all that it names: a managed rule goes, and never a foreign one like it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Lab, startLab, UNTOLD } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { thorough } from "../variants.ts";

const OWN = "from all fwmark 0x1/0xff lookup 77 pref 4000";
const MORE = [
  "from all fwmark 0x1/0xff iif eth7 lookup 77 pref 4000",
  "from all fwmark 0x1/0xff ipproto tcp lookup 77 pref 4000",
];
const own = (priority = 4000): Resource => ({
  ...{ kind: "FwmarkRule", name: "one" },
  args: { mark: 1, mask: 0xff, priority, table: 77 },
});

let lab: Lab;
let stack: Direct;
let before: string;
beforeAll(async () => {
  lab = await startLab({ foreign: false, sshdConfig: UNTOLD });
  stack = await direct(lab);
  stack.router = { ...stack.router, connectTimeout: 4, confirmTimeout: 10 };
});
afterAll(() => lab?.stop());
const exec = (...commands: string[]) => lab.router.exec(`set -e\n${commands.join("\n")}`);

/** The managed rule stands behind two foreign ones that have all its words: somebody has made it again after theirs. */
beforeEach(async () => {
  await exec(...MORE.map((rule) => `ip rule add ${rule}`));
  before = await lab.router.dump();
  await exec(...MORE.map((rule) => `ip rule del ${rule}`));
  stack.resources = [own()];
  await stack.deploy();
  await exec(`ip rule del ${OWN}`, ...MORE.map((rule) => `ip rule add ${rule}`), `ip rule add ${OWN}`);
});

test("destroy takes away the managed rule", async () => {
  succeeded(await stack.destroy());
  expect(await lab.router.dump()).toBe(before);
  await exec(...MORE.map((rule) => `ip rule del ${rule}`));
});

thorough("an update moves the managed rule to another priority, and a rollback of that loses none either", async () => {
  const standing = await lab.router.dump();
  stack.resources = [own(5000)];
  const shut = lab.router.exec(
    "until ip rule | grep -q 5000:; do :; done; iptables -I INPUT -p tcp --dport 22 --syn -j DROP",
  );
  await expect(stack.deploy()).rejects.toThrow(/rolled back|taken (it )?back/);
  await shut;
  await exec(
    "iptables -D INPUT -p tcp --dport 22 --syn -j DROP",
    'until [ -z "$(ls /run/multiwan | grep -v -e reverted -e manifest)" ]; do sleep 0.1; done',
  );
  const rules = (dump: string) => dump.match(/^\s*[45]000:.*/gm);
  expect(rules(await lab.router.dump())).toEqual(rules(standing));
  succeeded(await stack.deploy());
  expect(rules(await lab.router.dump())).toHaveLength(3);
  succeeded(await stack.destroy());
  expect(rules(await lab.router.dump())).toEqual(rules(before));
  await exec(...MORE.map((rule) => `ip rule del ${rule}`));
});
