import { expect, test } from "@jest/globals";
import type { Names } from "../../provider/cli/review/names.ts";
import { ownAddresses } from "../../provider/cli/review/own-addresses.ts";
import type { Props, Step } from "../../provider/cli/review/preview.ts";
import { plain } from "../../provider/cli/review/words.ts";

const names: Names = {
  linkOf: (device) => `link of ${device}`,
  linkAt: () => undefined,
  serverAt: (address) => (address === "10.0.0.5" ? "mail" : undefined),
};
const out = (server: string, address: string, device = "eth1") => ({ server, address, device });
const masquerade = [{ network: "10.0.0.0/24", device: "eth1", address: "192.0.2.2" }];
const told = (op: Step["op"], before: Props, after: Props) => {
  const step = { kind: "ServerMap", name: "site-servers", op, before, after } as Step;
  return ownAddresses([step], names).map(({ who, how }) => `${plain(who)}: ${plain(how)}`);
};

const told1 = (each: string) =>
  `What servers open themselves by link of eth1: new connections carry another address: ${each}. Open ones keep theirs`;

test("a server that is published by a link carries its address there, and the network's again when it is not", () => {
  const published = { outgoing: [out("10.0.0.5", "192.0.2.5")], masquerade };
  expect(told("update", { masquerade }, published)).toEqual([told1("mail 192.0.2.5 instead of 192.0.2.2")]);
  expect(told("update", published, { masquerade })).toEqual([told1("mail 192.0.2.2 instead of 192.0.2.5")]);
  expect(told("create", {}, published)).toEqual([told1("mail 192.0.2.5")]);
  expect(told("delete", published, {})).toEqual([]);
});

test("of several addresses the first counts, and what stays is not told", () => {
  const one = [out("10.0.0.5", "192.0.2.5"), out("10.0.0.6", "192.0.2.6")];
  expect(told("update", { outgoing: one }, { outgoing: [...one, out("10.0.0.5", "192.0.2.7")] })).toEqual([]);
  expect(told("update", { outgoing: one }, { outgoing: [out("10.0.0.5", "192.0.2.7"), ...one] })).toEqual([
    told1("mail 192.0.2.7 instead of 192.0.2.5"),
  ]);
});

test("without a translation of the network a server carries its own, and the device's where no address is named", () => {
  const published = { outgoing: [out("10.0.0.5", "192.0.2.5"), out("10.0.0.6", "192.0.2.6")] };
  const one = { outgoing: [out("10.0.0.6", "192.0.2.6")] };
  expect(told("update", published, one)).toEqual([told1("mail the server's own instead of 192.0.2.5")]);
  const device = { ...one, masquerade: [{ network: "10.0.0.0/24", device: "eth1" }] };
  expect(told("update", published, device)).toEqual([told1("mail the device's own instead of 192.0.2.5")]);
});

test("a link that goes has none, and one that comes has had none", () => {
  const two = { outgoing: [out("10.0.0.5", "192.0.2.5"), out("10.0.0.5", "198.51.100.5", "eth2")] };
  const one = { outgoing: [out("10.0.0.5", "192.0.2.5")] };
  expect(told("update", two, one)).toEqual([]);
  expect(told("update", one, two)).toEqual([
    "What servers open themselves by link of eth2: new connections carry another address: mail 198.51.100.5. Open ones keep theirs",
  ]);
});
