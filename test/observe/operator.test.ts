import { expect, test } from "@jest/globals";
import { operatorOf } from "../../provider/observe/operator.ts";
import { settingsOf } from "../ssh/sshd.ts";

const end = (address: string, port: number) => ({ address, port });
const client = end("203.0.113.10", 50123);
const NAMES: Readonly<Record<string, string[]>> = { "r1.example": ["123.234.1.10", "216.111.1.10"] };
const lookUp = async (host: string) => NAMES[host] ?? (/^[\d.]+$/.test(host) ? [host] : []);
type End = ReturnType<typeof end>;
const waysOf = async (host: string, { server, peer }: { server?: End; peer: End }, probe: object = {}) =>
  (await operatorOf(settingsOf({ host, probe }), server && { client, server }, peer, lookUp)).ways.map(
    ({ address, port, who }) => `${address}:${port} ${who}`,
  );

test("a name counts by every address that it has, and the session by the router's own end of it", async () => {
  const session = { server: end("192.168.99.1", 22), peer: end("123.234.1.10", 22) };
  expect(await waysOf("r1.example", session, { paths: ["172.16.1.1:2222", "nobody.example"] })).toEqual([
    "123.234.1.10:22 multiwan:router (r1.example)",
    "216.111.1.10:22 multiwan:router (r1.example)",
    "172.16.1.1:2222 multiwan:router.probe.paths[0]",
    "192.168.99.1:22 this session",
  ]);
});

test("a port that the router itself leads to its SSH server is the way in, and the server's own port is not", async () => {
  const server = end("123.234.1.10", 22);
  expect(await waysOf("nobody.example", { server, peer: end("123.234.1.10", 2222) })).toEqual([
    "123.234.1.10:2222 this session",
  ]);
});

test("a router that does not say is known by what was dialled", async () => {
  const session = { peer: end("216.111.1.10", 22) };
  expect(await waysOf("nobody.example", session)).toEqual(["216.111.1.10:22 this session"]);
});
