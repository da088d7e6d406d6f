/** The scripts that an operator may install for users who are not root, with a real sudo and real lines in sudoers. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OBSERVER, OBSERVER_PATH } from "../../provider/observe/observer.ts";
import { ROUTER_SCRIPTS } from "../../provider/observe/root-scripts.ts";
import { frameScript } from "../../provider/ssh/frame.ts";
import { type Lab, startLab } from "../lab/index.ts";
import { type Direct, direct, type Resource } from "../rows/direct.ts";
import { succeeded } from "../rows/helpers.ts";
import { variants } from "../variants.ts";
import { install } from "./installed.ts";

const SHELL_PATH = "/usr/local/sbin/multiwan-shell";
const rule = (priority: number): Resource => ({
  kind: "FwmarkRule",
  name: `rule-${priority}`,
  args: { mark: priority, mask: 0xffff, table: 77, priority },
});

/** What a user gets who asks sudo himself. */
async function asked(lab: Lab, user: string, command: string, input = ""): Promise<string> {
  const answer = await lab.router.exec(
    `setpriv --reuid ${user} --regid ${user} --init-groups sh -c '${command}' 2>&1; echo "exit $?"`,
    input,
  );
  return answer.replaceAll(/^sudo: unable to resolve host .*\n/gm, "");
}

const framed = (text: string, nonce: string) => frameScript({ text, bodies: [] }, nonce);

test("what multiwan-shell holds back ends where a frame ends, on its last line", () => {
  const end = /\*"(' \) <\/dev\/null; mw_rc=)"\*/.exec(ROUTER_SCRIPTS["multiwan-shell"]!)![1]!;
  const lines = framed('echo one\necho "it\'s"\n', "0123456789abcdef").split("\n");
  expect(lines.filter((line) => line.includes(end))).toEqual([lines.at(-2)]);
});

describe.each(variants(["dash", "busybox"] as const, "busybox"))("sudo for one script, sh is %s", (sh) => {
  let lab: Lab;
  let stack: Direct;
  let own: Direct["router"];
  beforeAll(async () => {
    lab = await startLab({ sh });
    stack = await direct(lab);
    own = stack.router;
    // What syslog gets, as a file.
    await lab.router.exec("cat >/usr/local/sbin/logger; chmod 755 /usr/local/sbin/logger", LOGGER);
    await install(lab, "mw", "multiwan-shell");
    await install(lab, "ci", "multiwan-observe");
  });
  afterAll(() => lab?.stop());

  describe("multiwan-shell", () => {
    test("does all that root's shell does, and each exchange is in syslog before it runs", async () => {
      stack.router = { ...own, user: "mw", sudo: SHELL_PATH };
      stack.resources = [rule(900)];
      const run = await stack.up();
      succeeded(run);
      expect(await lab.router.exec("ip rule show")).toContain("900:");
      const log = (await lab.router.exec("cat /run/syslog")).trim().split("\n");
      const from = "192\\.168\\.99\\.2";
      expect(log[0]).toMatch(new RegExp(`^-p auth\\.notice -t multiwan-shell -- \\[\\d+\\] mw from ${from}: opened$`));
      const runs = log.filter((line) => new RegExp(`mw from ${from}: runs \\d+ bytes, cksum \\d+$`).test(line));
      // The preview's reading, and the update's: reading, change, confirmation.
      expect(runs).toHaveLength(1 + run.exchanges);
      succeeded(await stack.destroy());
    });

    test("as the forced command of a key it is all that the key is good for", async () => {
      await lab.router.exec(
        `cp -a /home/mw/.ssh/authorized_keys /run/keys; sed -i 's|^|restrict,command="sudo -n ${SHELL_PATH}" |' /home/mw/.ssh/authorized_keys; rm -f /run/syslog`,
      );
      stack.router = { ...own, user: "mw", sudo: SHELL_PATH, probe: "login" };
      stack.resources = [rule(900)];
      succeeded(await stack.up());
      expect(await lab.router.exec("ip rule show")).toContain("900:");
      expect(await lab.router.exec("grep -c ': opened' /run/syslog")).toBe("3\n");
      succeeded(await stack.destroy());
      await lab.router.exec("cp -a /run/keys /home/mw/.ssh/authorized_keys");
    });

    test("is all that the user gets: no other command, no arguments", async () => {
      expect(await asked(lab, "mw", "sudo -n sh -c id")).toMatch(/password is required\nexit 1\n$/);
      expect(await asked(lab, "mw", `sudo -n ${SHELL_PATH} -c id`)).toMatch(/password is required\nexit 1\n$/);
      expect(await asked(lab, "mw", `${SHELL_PATH}`)).toMatch(/must be run as root, by sudo\nexit 64\n$/);
      // Where somebody has left out the quotes in sudoers.
      for (const path of [SHELL_PATH, OBSERVER_PATH])
        expect(await asked(lab, "root", `${path} -c id`)).toMatch(/it takes no arguments\nexit 64\n$/);
    });

    test("runs nothing that it could not log, and nothing of which the end is missing", async () => {
      await lab.router.exec(
        "mv /usr/local/sbin/logger /usr/local/sbin/logger.not; printf '#!/bin/sh\\nexit 1\\n' >/usr/local/sbin/logger; chmod 755 /usr/local/sbin/logger",
      );
      expect(await asked(lab, "mw", `sudo -n ${SHELL_PATH}`, framed("touch /run/ran", "0123456789abcdef"))).toMatch(
        /logger failed, and nothing is run that is not logged/,
      );
      await lab.router.exec("mv /usr/local/sbin/logger.not /usr/local/sbin/logger");
      const whole = framed("touch /run/ran", "0123456789abcdef");
      await asked(lab, "mw", `sudo -n ${SHELL_PATH}`, whole.slice(0, -60));
      await asked(lab, "mw", `sudo -n ${SHELL_PATH}`, "touch /run/ran\n");
      expect(await lab.router.exec("ls /run/ran 2>&1 || :")).toMatch(/No such file/);
      await asked(lab, "mw", `sudo -n ${SHELL_PATH}`, whole);
      expect(await lab.router.exec("ls /run/ran; rm /run/ran")).toBe("/run/ran\n");
    });

    test("takes neither a path, nor a prepared shell, nor a user's umask from who starts it", async () => {
      const script = framed('echo "$PATH|$ENV$BASH_ENV$CDPATH|$(umask)|$(pwd)"', "0123456789abcdef");
      const poison = "PATH=/home/mw:$PATH ENV=/home/mw/rc BASH_ENV=/home/mw/rc CDPATH=/home/mw IFS=/ LC_ALL=de_DE";
      const said = await lab.router.exec(`cd /tmp; umask 000; ${poison} ${SHELL_PATH}`, script);
      expect(said).toMatch(/\/usr\/local\/sbin:[^|]*:\/bin\|\|0?077\|\/\n/);
      expect(said).not.toContain("/home/mw");
    });
  });

  describe("multiwan-observe", () => {
    const reading = (settings: object = {}) => ({ ...own, user: "ci", readOnly: true, ...settings });

    test("a preview with it sees what root's sees, and drift", async () => {
      stack.router = own;
      stack.resources = [rule(900), rule(901)];
      succeeded(await stack.up());
      const dump = await lab.router.dump();
      stack.router = reading();
      expect(await stack.preview()).toMatchObject({ code: 0, ops: { "rule-900": "same", "rule-901": "same" } });
      await lab.router.exec("ip rule del pref 901");
      const seen = await stack.preview();
      expect(seen).toMatchObject({ code: 0, ops: { "rule-900": "same", "rule-901": "update" } });
      expect(seen.drift.join()).toContain("missing: 901:");
      await lab.router.exec("ip rule add pref 901 fwmark 0x385/0xffff lookup 77");
      expect(await lab.router.dump()).toBe(dump);
    });

    test("an update with it fails in plain words, and has changed nothing", async () => {
      const dump = await lab.router.dump();
      stack.router = reading();
      stack.resources = [rule(900), rule(901), rule(902)];
      const { failures } = await stack.up();
      expect(failures["rule-902"]).toMatch(
        /changing the router: these settings may only look at it\. Run up with the settings of a user who may change it \(multiwan:router\.readOnly in Pulumi\.<stack>\.yaml\)\.$/,
      );
      expect((await stack.destroy()).code).toBe(1);
      expect(await lab.router.dump()).toBe(dump);
    });

    test("nothing that comes over the wire is run", async () => {
      const observe = (input: string, command = `sudo -n ${OBSERVER_PATH}`) => asked(lab, "ci", command, input);
      const version = /multiwan-observe ([0-9a-f]{12}):/.exec(OBSERVER)![1]!;
      expect(await observe(`${version} 0123456789abcdef\n`)).toMatch(/@@0123456789abcdef end 0\nexit 0\n$/);
      for (const nonce of [
        "$(touch</run/ran)",
        "`touch /run/ran`",
        "';touch /run/ran;'",
        "a b c d e f g h",
        "short",
        "x".repeat(65),
        "",
        "abcdefgh/../",
      ])
        expect(await observe(`${version} ${nonce}\n`)).toMatch(/the nonce must .*\nexit 64\n$/);
      expect(await observe("$(touch /run/ran) 0123456789abcdef\ntouch /run/ran\n")).toMatch(
        /this is version .*\nexit 78\n$/,
      );
      expect(await observe("", `sudo -n ${OBSERVER_PATH} x`)).toMatch(/password is required\nexit 1\n$/);
      expect(await observe("", "sudo -n sh")).toMatch(/password is required\nexit 1\n$/);
      expect(
        await observe(
          `${version} 0123456789abcdef\ntouch /run/ran\n`,
          `ENV=/dev/stdin BASH_ENV=/dev/stdin sudo -n ${OBSERVER_PATH}`,
        ),
      ).toMatch(/end 0\nexit 0\n$/);
      expect(await lab.router.exec("ls /run/ran 2>&1 || :")).toMatch(/No such file/);
    });

    test.each<[string, string, RegExp]>([
      [
        "another version of it",
        `sed -i 's/= [0-9a-f]\\{12\\} \\]/= 000000000000 ]/' ${OBSERVER_PATH}`,
        /\/usr\/local\/sbin\/multiwan-observe is of another version than this provider \([0-9a-f]{12}\)\. Install the one of this version there: npm run -s router-script multiwan-observe/,
      ],
      ["none", `rm ${OBSERVER_PATH}`, /did not answer|may not run/],
      [
        "a user whom sudoers does not name",
        "rm /etc/sudoers.d/ci",
        /"ci" may not run \/usr\/local\/sbin\/multiwan-observe as root\. Allow it in sudoers: ci ALL=\(root\) NOPASSWD: \/usr\/local\/sbin\/multiwan-observe ""/,
      ],
    ])("%s is told", async (_what, change, message) => {
      await lab.router.exec(`cp -p ${OBSERVER_PATH} /etc/sudoers.d/ci /run; ${change}`);
      stack.router = reading();
      const { failures } = await stack.preview();
      await lab.router.exec(`cp -p /run/multiwan-observe ${OBSERVER_PATH}; cp -p /run/ci /etc/sudoers.d/ci`);
      expect(failures["rule-900"]).toMatch(message);
      expect((await stack.preview()).code).toBe(0);
    });
  });
});

const LOGGER = `#!/bin/sh
echo "$*" >>/run/syslog
`;
