import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { hostKeyAlgorithms } from "../../provider/ssh/algorithms.ts";
import { fingerprint, judgeHostKey, keyType, orderHostKeys, parsePin, type Trust } from "../../provider/ssh/hostkey.ts";
import { knownHostName, parseKnownHosts } from "../../provider/ssh/knownhosts.ts";
import { makeKey } from "./sshd.ts";

let dir: string;
const line: Record<string, string> = {};
const blob: Record<string, Buffer> = {};
const print: Record<string, string> = {};

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "multiwan-keys-"));
  for (const [name, type] of [
    ["a", "ed25519"],
    ["b", "ed25519"],
    ["rsa", "rsa"],
    ["ec", "ecdsa"],
  ] as const) {
    const file = makeKey(join(dir, name), type);
    line[name] = readFileSync(`${file}.pub`, "utf8").trim();
    blob[name] = Buffer.from(line[name].split(" ")[1]!, "base64");
    print[name] = execFileSync("ssh-keygen", ["-lf", file], { encoding: "utf8" }).split(" ")[1]!;
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const pinned = (...pins: string[]): Trust => ({
  source: "config",
  keys: pins.map((pin) => parsePin(pin)!),
  revoked: [],
  skipped: [],
});
const known = (text: string, host = "r1.example", port = 22) => parseKnownHosts(text, host, port, "known_hosts");
const shortKey = (name: string) => line[name]!.split(" ").slice(0, 2).join(" ");

test("fingerprint and type of a key are those that ssh-keygen prints", () => {
  for (const name of ["a", "rsa", "ec"]) expect(fingerprint(blob[name]!)).toBe(print[name]);
  expect([keyType(blob.a!), keyType(blob.rsa!), keyType(blob.ec!)]).toEqual([
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
  ]);
  expect([keyType(Buffer.alloc(0)), keyType(Buffer.from("ffffffff00", "hex"))]).toEqual(["", ""]);
});

test("a pin is a fingerprint or a public key line, and nothing else", () => {
  expect(parsePin(print.a!)).toEqual({ type: undefined, fingerprint: print.a });
  expect(parsePin(` ${print.a}=\n`)).toEqual({ type: undefined, fingerprint: print.a });
  expect(parsePin(line.a!)).toEqual({ type: "ssh-ed25519", fingerprint: print.a });
  expect(parsePin(line.rsa!)).toEqual({ type: "ssh-rsa", fingerprint: print.rsa });
  for (const bad of [
    "",
    "SHA256:short",
    "MD5:00:11",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    line.a!.replace("ssh-ed25519", "ssh-rsa"),
    readFileSync(join(dir, "a"), "utf8"),
  ]) {
    expect(parsePin(bad)).toBeUndefined();
  }
});

test("only a pinned key is trusted", () => {
  expect(judgeHostKey(blob.a!, pinned(print.a!))).toEqual({ is: "trusted" });
  expect(judgeHostKey(blob.a!, pinned(line.b!, line.a!))).toEqual({ is: "trusted" });
  expect(judgeHostKey(blob.b!, pinned(print.a!))).toEqual({
    is: "changed",
    shown: { type: "ssh-ed25519", fingerprint: print.b },
  });
  expect(judgeHostKey(blob.b!, pinned())).toMatchObject({ is: "unknown" });
});

test("known_hosts: plain names, several names, ports, wildcards, negation, comments and any case", () => {
  const a = shortKey("a");
  const trusted = (text: string, host?: string, port?: number) => judgeHostKey(blob.a!, known(text, host, port)).is;
  expect(trusted(`r1.example ${a}`)).toBe("trusted");
  expect(trusted(`R1.Example ${a} comment here`, "r1.EXAMPLE")).toBe("trusted");
  expect(trusted(`other,r1.example,10.0.0.1 ${a}\r`)).toBe("trusted");
  expect(trusted(`#r1.example ${a}\n\n  r1.example ${a}`)).toBe("trusted");
  expect(trusted(`*.example ${a}`)).toBe("trusted");
  expect(trusted(`r?.example ${a}`)).toBe("trusted");
  expect(trusted(`[r1.example]:2222 ${a}`, "r1.example", 2222)).toBe("trusted");
  expect(trusted(`[2001:db8::1]:2222 ${a}`, "2001:db8::1", 2222)).toBe("trusted");
  for (const text of [
    `r1xexample ${a}`,
    `*.example,!r1.example ${a}`,
    `!r1.example,*.example ${a}`,
    `[r1.example]:2222 ${a}`,
    `r1.example.org ${a}`,
    "r1.example",
  ]) {
    expect(trusted(text)).toBe("unknown");
  }
  expect(trusted(`r1.example ${a}`, "r1.example", 2222)).toBe("unknown");
  expect(knownHostName("R1", 22)).toBe("r1");
});

test("known_hosts: names that ssh-keygen -H has hashed are found, and only they", () => {
  const file = join(dir, "hashed");
  writeFileSync(file, `r1.example ${shortKey("a")}\n[r2.example]:2222 ${shortKey("b")}\n`);
  execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
  const text = readFileSync(file, "utf8");
  expect(text).not.toContain("example");
  expect(judgeHostKey(blob.a!, known(text)).is).toBe("trusted");
  expect(judgeHostKey(blob.b!, known(text, "r2.example", 2222)).is).toBe("trusted");
  expect(judgeHostKey(blob.b!, known(text)).is).toBe("changed");
  expect(judgeHostKey(blob.a!, known(text, "r3.example")).is).toBe("unknown");
  expect(judgeHostKey(blob.a!, known(`|1|broken ${shortKey("a")}\n|2|a=|b= ${shortKey("a")}`)).is).toBe("unknown");
});

test("known_hosts: a revoked key is refused although another line trusts it; authorities are skipped with the reason", () => {
  const text = `r1.example ${shortKey("a")}\n@revoked * ${shortKey("a")}\n@cert-authority *.example ${shortKey("b")}\nr1.example ssh-ed25519 broken\n@what r1.example ${shortKey("b")}`;
  expect(judgeHostKey(blob.a!, known(text)).is).toBe("revoked");
  expect(known(text).skipped).toEqual([
    "line 3: host certificates are not supported",
    "line 4: no key that can be read",
    "line 5: unknown marker",
  ]);
  expect(judgeHostKey(blob.b!, known(text)).is).toBe("changed");
});

test("the algorithms of the known keys are asked for first, and none is left out", () => {
  const all = hostKeyAlgorithms(false);
  expect(all).not.toContain("ssh-rsa");
  expect(orderHostKeys(all, pinned(line.rsa!)).slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(orderHostKeys(all, known(`r1.example ${shortKey("ec")}`))[0]).toBe("ecdsa-sha2-nistp256");
  expect(orderHostKeys(all, pinned(print.rsa!))).toEqual(all);
  expect(orderHostKeys(all, pinned(line.rsa!)).toSorted()).toEqual(all.toSorted());
  expect(orderHostKeys(hostKeyAlgorithms(true), pinned(line.rsa!)).slice(0, 3)).toEqual([
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
  ]);
});
