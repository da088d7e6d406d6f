import { describe, expect, test } from "@jest/globals";
import { NETWORKD_DROP_IN } from "../../provider/coexistence/networkd.ts";
import { standalone } from "../../provider/dialects/script.ts";
import { parseSnapshot, snapshotScript } from "../../provider/observe/snapshot.ts";
import { inNamespace, noNamespaces } from "../dialects/netns.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const inKernel = noNamespaces === undefined ? describe : describe.skip;

/** Reads a router whose networkd runs, with these files below /etc/systemd, /run/systemd and /usr/lib/systemd. */
function read(files: Readonly<Record<string, string>>, { daemon = "systemd-networkd", shell = "dash" } = {}) {
  const tmpfs = "for d in /etc/systemd /usr/lib/systemd; do mkdir -p $d; mount -t tmpfs none $d; done";
  const write = Object.entries(files).map(
    ([path, text]) => `mkdir -p "$(dirname ${path})"; printf '${text.replaceAll("\n", "\\n")}' >${path}`,
  );
  const run = `cp $(command -v sleep) /run/${daemon}; /run/${daemon} 30 >/dev/null 2>&1 & pid=$!; sleep 0.2`;
  const setup = [tmpfs, ...write, run, "script=$(cat)", `${shell} -c "$script" </dev/null`, "kill $pid"].join("\n");
  return parseSnapshot(inNamespace(setup, standalone(snapshotScript(NONCE))), NONCE).capabilities;
}

inKernel("what systemd-networkd does to rules of others", () => {
  const no = "ManageForeignRoutingPolicyRules=no";
  const dropIn = "/etc/systemd/networkd.conf.d";
  const rules = (files: Readonly<Record<string, string>>, shell?: string) =>
    read(files, shell ? { shell } : {}).networkd?.deletesRules;

  test("is not asked where it does not run", () => {
    expect(read({}, { daemon: "sleeper" }).networkd).toBeUndefined();
  });

  test("is deletion unless its files say no", () => {
    expect(read({ "/etc/systemd/networkd.conf": "[Network]\n#ManageForeignRoutes=no\n" }).networkd).toEqual({
      deletesRules: true,
      deletesRoutes: true,
    });
    expect(read({ [`${dropIn}/multiwan.conf`]: `[Network]\n${no}\nManageForeignRoutes = false` }).networkd).toEqual({
      deletesRules: false,
      deletesRoutes: false,
    });
  });

  test("is none with our own drop-in, whatever the other files say", () => {
    const yes = {
      "/etc/systemd/networkd.conf.d/50-a.conf": "ManageForeignRoutingPolicyRules=yes\nManageForeignRoutes=yes\n",
    };
    expect(read({ ...yes, [NETWORKD_DROP_IN.path]: NETWORKD_DROP_IN.text }).networkd).toEqual({
      deletesRules: false,
      deletesRoutes: false,
    });
  });

  test.each(["dash", "busybox sh"])("is what the last file says, drop-ins behind the file itself: %s", (shell) => {
    const file = { "/etc/systemd/networkd.conf": `[Network]\n${no}\n` };
    const vendor = { "/usr/lib/systemd/networkd.conf.d/50-a.conf": "ManageForeignRoutingPolicyRules=yes\n" };
    expect(rules(file, shell)).toBe(false);
    expect(rules({ ...file, ...vendor }, shell)).toBe(true);
    expect(rules({ ...vendor, [`${dropIn}/50-a.conf`]: `${no}\n` }, shell)).toBe(false);
    expect(rules({ ...vendor, [`${dropIn}/10-a.conf`]: `${no}\n` }, shell)).toBe(true);
  });
});

inKernel("tables of nft", () => {
  test("are those that iptables-nft did not make", () => {
    const setup =
      'nft add table inet foomuuri; iptables-nft -t mangle -A OUTPUT -j ACCEPT; script=$(cat); dash -c "$script" </dev/null';
    expect(parseSnapshot(inNamespace(setup, standalone(snapshotScript(NONCE))), NONCE).capabilities.nftTables).toEqual([
      "inet foomuuri",
    ]);
  });
});
