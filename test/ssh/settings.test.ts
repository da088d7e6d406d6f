import { homedir } from "node:os";
import { expect, test } from "@jest/globals";
import {
  expandHome,
  needsSudo,
  parseRouterSettings,
  routerName,
  shellCommand,
  waysIn,
} from "../../provider/ssh/settings.ts";
import { settingsOf } from "./sshd.ts";

const CANARY = "c4n4ry-s3cret";

const PATH = "must be an address of the router such as 66.119.160.2, or with a port, 66.119.160.2:2222";

const issues = (value: unknown): string[] => {
  const parsed = parseRouterSettings(value);
  return "issues" in parsed ? parsed.issues.map(({ path, message }) => `${path} ${message}`) : [];
};

test("a host is enough; everything else has a default", () => {
  expect(settingsOf({ host: "10.0.0.1" })).toEqual({
    host: "10.0.0.1",
    port: 22,
    user: "root",
    legacyAlgorithms: false,
    connectTimeout: 30,
    exchangeTimeout: 120,
    probe: { by: "hostKey", paths: [], banners: 6 },
    keepAlive: 5,
    sudo: "auto",
    readOnly: false,
    gone: false,
    offline: false,
  });
});

test("the JSON text that Pulumi hands over is read; broken JSON is never quoted", () => {
  expect(parseRouterSettings('{"host":"r1","port":2222}')).toMatchObject({ settings: { host: "r1", port: 2222 } });
  expect(issues(`{"host":"r1","password":"${CANARY}"`)).toEqual([
    "multiwan:router must be an object with at least host",
  ]);
  expect(issues(undefined)).toEqual(["multiwan:router is not set"]);
  expect(issues([])).toEqual(["multiwan:router must be an object with at least host"]);
});

test.each([
  [{}, "host is required: the name or address of the router"],
  [{ host: 5 }, "host is required: the name or address of the router"],
  [{ host: "" }, "host must not be empty"],
  [{ host: "r1:22" }, "host must be a host name or an address; a port goes into port"],
  [{ host: "root@r1" }, "host must be a host name or an address; a port goes into port"],
  [{ host: "-oProxyCommand=x" }, "host must be a host name or an address; a port goes into port"],
  [{ host: "r1", port: 0 }, "port must be 1 to 65535"],
  [{ host: "r1", port: "22" }, "port must be a whole number"],
  [{ host: "r1", port: 2.5 }, "port must be a whole number"],
  [{ host: "r1", user: "-x" }, "user must be a user name"],
  [{ host: "r1", user: "a b" }, "user must be a user name"],
  [{ host: "r1", connectTimeout: 0 }, "connectTimeout must be at least 1 second"],
  [{ host: "r1", exchangeTimeout: 1e9 }, "exchangeTimeout must be at most 3600 seconds"],
  [{ host: "r1", sudo: "yes" }, 'sudo must be "auto", true, false, or a path such as /usr/local/sbin/multiwan-shell'],
  [
    { host: "r1", sudo: "/bin/sh -c id" },
    'sudo must be "auto", true, false, or a path such as /usr/local/sbin/multiwan-shell',
  ],
  [
    { host: "r1", readOnly: "../observe" },
    "readOnly must be true, false, or a path such as /usr/local/sbin/multiwan-observe",
  ],
  [{ host: "r1", probe: "ping" }, 'probe must be "hostKey", "banner", "login", or {by, paths, banners}'],
  [{ host: "r1", probe: { by: "ping" } }, 'probe.by must be "hostKey", "banner" or "login"'],
  [{ host: "r1", probe: { path: ["r2"] } }, "probe has a key that is none of its own; its keys are by, paths, banners"],
  [{ host: "r1", probe: { paths: "r2" } }, "probe.paths must be a list of addresses of the router"],
  [{ host: "r1", probe: { paths: ["r2:0"] } }, `probe.paths[0] ${PATH}`],
  [{ host: "r1", probe: { paths: ["root@r2"] } }, `probe.paths[0] ${PATH}`],
  [{ host: "r1", probe: { paths: [22] } }, `probe.paths[0] ${PATH}`],
  [{ host: "r1", probe: { banners: -1 } }, "probe.banners must be 0 to 100"],
  [{ host: "r1", gone: "yes" }, "gone must be true or false"],
  [{ host: "r1", hostKey: [] }, "hostKey must not be empty"],
  [{ host: "r1", password: 5 }, "password must be text"],
  [{ host: "r1", privateKeyPassword: CANARY }, "privateKeyPassword is given without privateKey or privateKeyFile"],
  [
    { host: "r1", privateKey: CANARY, privateKeyFile: CANARY },
    "privateKeyFile must not be given together with privateKey",
  ],
])("%j has one issue", (value, message) => {
  expect(issues(value)).toEqual([`multiwan:router.${message}`]);
});

test("a bad host key or algorithm is named by its place in the list, with what is allowed", () => {
  const pin = 'must be "SHA256:..." as ssh-keygen -l prints it, or a public key line such as "ssh-ed25519 AAAA..."';
  expect(issues({ host: "r1", hostKey: "nonsense" })).toEqual([`multiwan:router.hostKey ${pin}`]);
  expect(issues({ host: "r1", hostKey: [`SHA256:${"A".repeat(43)}`, "x"] })).toEqual([
    `multiwan:router.hostKey[1] ${pin}`,
  ]);
  const [algorithm] = issues({ host: "r1", legacyAlgorithms: ["rot13"] });
  expect(algorithm).toMatch(/^multiwan:router\.legacyAlgorithms\[0\] must be .*diffie-hellman-group14-sha1.*hmac-sha1/);
});

test("an unknown setting is refused by its name, with the names there are", () => {
  expect(issues({ host: "r1", prot: 22 })).toEqual([
    expect.stringMatching(/^multiwan:router\.prot is not a setting; the settings are host, port, user,/),
  ]);
});

test("all issues come at once", () => {
  expect(issues({ port: -1, user: "", passwort: CANARY })).toHaveLength(4);
});

test("no message repeats a value", () => {
  const names = [
    "host",
    "user",
    "privateKey",
    "privateKeyFile",
    "privateKeyPassword",
    "password",
    "agentSocketPath",
    "hostKey",
    "knownHostsFile",
    "legacyAlgorithms",
    "port",
    "sudo",
    "readOnly",
    "probe",
    "gone",
    "connectTimeout",
  ];
  for (const name of names) {
    for (const value of [`${CANARY}\0 :@`, [CANARY], { [CANARY]: CANARY }]) {
      const found = issues({ host: "r1", [name]: value });
      expect(found.length).toBeGreaterThan(0);
      expect(found.join()).not.toContain(CANARY);
    }
  }
});

test("a router is called by its host, and by its port where that is not 22", () => {
  expect(routerName({ host: "r1", port: 22 })).toBe("r1");
  expect(routerName({ host: "r1", port: 2222 })).toBe("r1:2222");
  expect(routerName({ host: "2001:db8::1", port: 2222 })).toBe("[2001:db8::1]:2222");
});

test("sudo is for every user but root, unless it is said", () => {
  expect(needsSudo(settingsOf({ host: "r1" }))).toBe(false);
  expect(needsSudo(settingsOf({ host: "r1", user: "ops" }))).toBe(true);
  expect(needsSudo(settingsOf({ host: "r1", user: "ops", sudo: false }))).toBe(false);
  expect(needsSudo(settingsOf({ host: "r1", sudo: true }))).toBe(true);
});

test("the shell is root's by sudo, the operator's own script, or the user's where he may only look", () => {
  const shell = (settings: object) => shellCommand(settingsOf({ host: "r1", ...settings }), "/bin/sh");
  expect(shell({})).toBe("/bin/sh");
  expect(shell({ user: "ops" })).toBe("sudo -n /bin/sh");
  expect(shell({ user: "ops", sudo: false })).toBe("/bin/sh");
  expect(shell({ sudo: "/usr/local/sbin/multiwan-shell" })).toBe("sudo -n /usr/local/sbin/multiwan-shell");
  expect(shell({ user: "ops", readOnly: true })).toBe("/bin/sh");
});

test("a leading ~ is the home directory", () => {
  expect(expandHome("~/.ssh/id")).toBe(`${homedir()}/.ssh/id`);
  expect(expandHome("/a/~/b")).toBe("/a/~/b");
});

test("a way in is an address with or without a port; the port of the settings is that of all", () => {
  const probe = { paths: ["10.0.0.2", "r1.example.net:2022", "[2001:db8::1]:22", "2001:db8::2"] };
  expect(waysIn(settingsOf({ host: "r1", port: 2222, probe }))).toEqual([
    { host: "r1", port: 2222, setting: "multiwan:router" },
    { host: "10.0.0.2", port: 2222, setting: "multiwan:router.probe.paths[0]" },
    { host: "r1.example.net", port: 2022, setting: "multiwan:router.probe.paths[1]" },
    { host: "2001:db8::1", port: 22, setting: "multiwan:router.probe.paths[2]" },
    { host: "2001:db8::2", port: 2222, setting: "multiwan:router.probe.paths[3]" },
  ]);
  expect(settingsOf({ host: "r1", probe: "login" }).probe).toEqual({ by: "login", paths: [], banners: 6 });
});
