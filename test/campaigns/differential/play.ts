/** Connections through a router, packet by packet, in the walk and in the kernel at once. */
import type { Machine } from "../../../provider/walk/machine.ts";
import {
  answerTo,
  firstPacket,
  laterPacket,
  type Packet,
  type Protocol,
  type Tracked,
} from "../../../provider/walk/packet.ts";
import { receive, send, type Walked } from "../../../provider/walk/walk.ts";
import { clientSeq, frameOf, parseFrame, parseIp, type Seen } from "./frames.ts";
import { type Comparison, judge, type Observed } from "./judge.ts";
import { type DeviceName, hardware, OWN_PORTS, type Wire } from "./wire.ts";

export interface Talk {
  readonly protocol: Protocol;
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly inDevice: DeviceName;
  /** Where the answer comes from instead of the device that the request has left by. */
  readonly answerBy?: DeviceName;
  /** Where later packets of the client come from instead of the first one's device. */
  readonly laterBy?: DeviceName;
}

/** A talk while it goes on. */
interface Going {
  readonly talk: Talk;
  readonly at: number;
  readonly connection: number;
  readonly first: Packet;
  tracked: Tracked | undefined;
  /** As the server gets it, and where; undefined where it has not arrived. */
  request: { readonly packet: Packet; readonly device: DeviceName | undefined } | undefined;
  /** Of the router's own SYN-ACK. */
  ownSeq: number | undefined;
  over: boolean;
}

interface Step {
  readonly going: Going;
  readonly name: string;
  readonly packet: Packet;
  readonly inDevice: DeviceName;
  readonly seq: number;
  readonly ack: number;
}

let connections = 0;
const MOST = 2 ** 23;
const SERVER = 128;

export interface Played extends Comparison {
  readonly talk: number;
  readonly name: string;
  readonly packet: Packet;
  readonly inDevice: DeviceName | undefined;
}

/** @param idle milliseconds without anything moving, after which what has not come out is taken to be dropped */
export async function play(wire: Wire, machine: Machine, talks: readonly Talk[], idle: number): Promise<Played[]> {
  const played: Played[] = [];
  const all = talks.map((talk, at): Going => {
    connections = (connections % MOST) + 1;
    const connection = connections;
    // A port of its own, so that no two connections mix, whatever their addresses are translated to.
    const sourcePort = 20_000 + at;
    const destinationPort = talk.protocol === "icmp" ? sourcePort : talk.port;
    const { source, destination } = talk;
    const first = firstPacket(talk.protocol, { source, sourcePort, destination, destinationPort });
    return { talk, at, connection, first, tracked: undefined, request: undefined, ownSeq: undefined, over: false };
  });
  await wire.listen();
  await wire.wait(1);
  for (const [phase, stepOf] of [request, answer, again, answerAgain].entries()) {
    const steps = all.filter(({ over }) => !over).flatMap((going) => stepOf(going) ?? []);
    const expected = steps.map((step) => receive(machine, step.packet, step.inDevice, step.going.tracked));
    const ipId = ({ going }: Step) => (going.connection % 16_000) * 4 + phase + 1;
    for (const step of steps) {
      const { seq, ack, going } = step;
      const made = { connection: going.connection, ipId: ipId(step), seq, ack };
      wire.send(step.inDevice, frameOf(step.packet, hardware(step.inDevice), made));
    }
    const seen = await seenBy(wire, idle);
    for (const [i, step] of steps.entries()) {
      const mine = seen.filter(({ connection }) => connection === step.going.connection);
      played.push(...settle(machine, step, expected[i]!, mine, ipId(step)));
    }
  }
  return played;
}

type SeenAt = Seen & { readonly device: DeviceName | undefined };

async function seenBy(wire: Wire, idle: number): Promise<SeenAt[]> {
  return (await wire.wait(idle)).flatMap(({ device, bytes }) => {
    const seen = device === undefined ? parseIp(bytes, "") : parseFrame(bytes);
    return seen ? [{ ...seen, device }] : [];
  });
}

function settle(machine: Machine, step: Step, expected: Walked, seen: readonly SeenAt[], ipId: number): Played[] {
  const { going, name, packet, inDevice } = step;
  const about = { talk: going.at, name, packet, inDevice };
  const comparison = judge(expected, observed(seen.filter((one) => one.ipId === ipId)));
  const played: Played[] = [{ ...about, ...comparison }];
  going.over ||= comparison.verdict !== "agreed";
  const { end } = expected;
  // A packet that is dropped before conntrack keeps it leaves no connection behind.
  const confirmed = end.kind === "delivered" || end.kind === "sent";
  if (name === "request") {
    going.tracked = confirmed ? expected.tracked : undefined;
    if (end.kind === "sent") going.request = { packet: expected.packet, device: end.device as DeviceName };
  } else if (going.tracked) going.tracked = expected.tracked;
  else if (confirmed) going.tracked = expected.tracked;
  // MASQUERADE's change of device ends the connection itself.
  if (end.kind === "dropped" && /masqueraded on/.test(end.why)) going.over = true;
  if (end.kind !== "delivered" || going.over) return played;
  if (name.startsWith("answer")) {
    // The router knows nothing of such a connection and resets it.
    going.over = true;
    return played;
  }
  return [
    ...played,
    ...settleOwn(
      machine,
      step,
      expected,
      seen.filter((one) => one.ipId !== ipId),
    ),
  ];
}

/** What the router answers by itself to what was delivered to it. */
function settleOwn(machine: Machine, { going, name }: Step, at: Walked, seen: readonly SeenAt[]): Played[] {
  const { protocol, destinationPort } = at.packet;
  const serves = OWN_PORTS.includes(destinationPort);
  const answers = protocol === "icmp" || (protocol === "udp" ? serves : name === "request");
  if (!serves && protocol !== "icmp") going.over = true;
  // An ACK is not answered, and an error of ICMP is no answer.
  if (!answers || at.packet.source === "0.0.0.0") return [];
  const plain = answerTo(at.packet);
  const answer = protocol === "tcp" && !serves ? { ...plain, flags: ["RST", "ACK"] } : plain;
  const expected = send(machine, answer, at.tracked);
  const own = seen.find((one) => one.packet.flags.includes("SYN") && one.packet.flags.includes("ACK"));
  going.ownSeq = own?.seq;
  if (protocol === "tcp" && !own) going.over = true;
  const comparison = judge(expected, observed(seen));
  going.over ||= comparison.verdict !== "agreed";
  going.tracked = expected.tracked;
  return [{ talk: going.at, name: `own answer to ${name}`, packet: answer, inDevice: undefined, ...comparison }];
}

function observed(seen: readonly SeenAt[]): Observed {
  return {
    sent: seen.flatMap(({ device, nextHop, packet }) => (device === undefined ? [] : [{ device, nextHop, packet }])),
    delivered: seen.filter(({ device }) => device === undefined).map(({ packet }) => packet),
  };
}

type StepOf = (going: Going) => Step | undefined;

const request: StepOf = (going) => ({
  ...{ going, name: "request", packet: going.first, inDevice: going.talk.inDevice },
  ...{ seq: clientSeq(going.connection), ack: 0 },
});

const answer: StepOf = (going) => {
  if (!going.request?.device) return undefined;
  const seq = clientSeq(going.connection);
  return {
    ...{ going, name: "answer", packet: answerTo(going.request.packet) },
    ...{ inDevice: going.talk.answerBy ?? going.request.device, seq: seq + SERVER, ack: seq + 1 },
  };
};

const again: StepOf = (going) => {
  const { connection, request, ownSeq, talk, first } = going;
  const seq = clientSeq(connection);
  return {
    ...{ going, name: "request again", packet: laterPacket(first), inDevice: talk.laterBy ?? talk.inDevice },
    ...{ seq: seq + 1, ack: (request || ownSeq === undefined ? seq + SERVER : ownSeq) + 1 },
  };
};

const answerAgain: StepOf = (going) => {
  const step = answer(going);
  if (!step) return undefined;
  const flags = step.packet.protocol === "tcp" ? ["ACK"] : step.packet.flags;
  return { ...step, name: "answer again", packet: { ...step.packet, flags }, seq: step.seq + 1 };
};
