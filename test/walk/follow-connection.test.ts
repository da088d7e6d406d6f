import { describe, expect, test } from "@jest/globals";
import { followConnection, type Leg } from "../../provider/walk/follow-connection.ts";
import { firstPacket } from "../../provider/walk/packet.ts";
import { saySteps } from "../../provider/walk/say-step.ts";
import { machineText } from "../proof/machine-text.ts";

const ROUTER = `
  inet 172.16.1.1/24 scope global eth0
  inet 10.1.0.2/24 scope global eth1
  default via 10.1.0.1 dev eth1
  100: from all iif eth0 fwmark 0x1 lookup 101
  default via 10.1.0.1 dev eth1 table 101
  -t mangle -A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff
  -t mangle -A PREROUTING -i eth1 -j MARK --set-xmark 0x1/0xffffffff
  -t mangle -A PREROUTING -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
  -t nat -A PREROUTING -d 10.1.0.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.131:8080`;

const OPENING = {
  first: firstPacket("tcp", {
    ...{ source: "198.51.100.20", sourcePort: 50_000 },
    ...{ destination: "10.1.0.2", destinationPort: 80 },
  }),
  inDevice: "eth1",
};

const machine = machineText(ROUTER);
const goesOn = () => undefined;
const told = (legs: readonly Leg[]) =>
  legs.map(({ name, inDevice, walked: { end } }) => [name, inDevice, end.kind === "sent" ? end.device : end.kind]);

describe("a connection is followed", () => {
  test("from the request to the second reply, which comes from where the request has left", () => {
    const { legs, verdict } = followConnection(OPENING, { machine, judge: goesOn });
    expect(told(legs)).toEqual([
      ["request", "eth1", "eth0"],
      ["reply", "eth0", "eth1"],
      ["next request", "eth1", "eth0"],
      ["next reply", "eth0", "eth1"],
    ]);
    expect(verdict).toBeUndefined();
    expect(legs.map(({ sent }) => sent.flags)).toEqual([["SYN"], ["SYN", "ACK"], ["ACK"], ["ACK"]]);
    expect(legs[1]!.sent.source).toBe("172.16.1.131");
  });

  test("to the first packet that has a verdict; what the request did is known from the reply on", () => {
    const seen: (string | undefined)[] = [];
    const { legs, verdict } = followConnection(OPENING, {
      machine,
      judge: ({ name }, opened) => {
        seen.push(opened?.end.kind);
        return name === "next request" ? "enough" : undefined;
      },
    });
    expect([legs.length, verdict]).toEqual([3, "enough"]);
    expect(seen).toEqual([undefined, "sent", "sent"]);
  });

  test("to the first packet that goes nowhere, without a verdict", () => {
    const shut = machineText(`${ROUTER}\n-t filter -A FORWARD -s 172.16.1.131/32 -j DROP`);
    const { legs, verdict } = followConnection(OPENING, { machine: shut, judge: goesOn });
    expect(told(legs).at(-1)).toEqual(["reply", "eth0", "dropped"]);
    expect([legs.length, verdict]).toEqual([2, undefined]);
  });

  test("on later machines behind the first one", () => {
    const later = machineText(ROUTER.replace("table 101", "table 102"));
    const { legs } = followConnection(OPENING, { machine, later: [later], judge: goesOn });
    expect(legs.map(({ name }) => name).slice(2)).toEqual(["next request", "next reply", "next request", "next reply"]);
    const rules = legs.map(({ walked }) =>
      walked.steps.flatMap((step) => (step.kind === "policy rule" ? [`${step.rule.priority} ${step.leads.kind}`] : [])),
    );
    expect(rules[3]).toContain("100 route");
    expect(rules[5]).toContain("100 no route");
  });
});

describe("a step is a value", () => {
  const [request, reply] = followConnection(OPENING, { machine, judge: goesOn }).legs;

  test("that says what a rule has done: a mark that is set, and one that is restored", () => {
    const marks = ({ walked }: Leg) =>
      walked.steps.flatMap((step) =>
        step.kind === "chain rule" && step.action.kind === "mark" ? [[step.action.mark, step.action.restored]] : [],
      );
    expect([marks(request!), marks(reply!)]).toEqual([
      [
        [0, true],
        [1, false],
      ],
      [[1, true]],
    ]);
  });

  test("with one set of words", () => {
    expect(saySteps(request!.walked).map(({ at, text }) => `${at}: ${text}`)).toEqual([
      "conntrack: a new connection",
      "mangle PREROUTING: -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff: mark 0x0",
      "mangle PREROUTING: -i eth1 -j MARK --set-xmark 0x1/0xffffffff: mark 0x1",
      "mangle PREROUTING: -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff: connection mark 0x1",
      "nat PREROUTING: -d 10.1.0.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.16.1.131:8080: to 172.16.1.131:8080",
      "ip rule: 32766: from all lookup main",
      "route: 172.16.1.0/24 dev eth0",
    ]);
    expect(saySteps(reply!.walked).map(({ at, text }) => `${at}: ${text}`)).toEqual([
      "conntrack: an open connection, connection mark 0x1",
      "mangle PREROUTING: -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff: mark 0x1",
      "mangle PREROUTING: -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff: connection mark 0x1",
      "ip rule: 100: from all fwmark 0x1 iif eth0 lookup 101",
      "route: default via 10.1.0.1 dev eth1 table 101",
      "conntrack: source 10.1.0.2:80",
    ]);
  });
});
