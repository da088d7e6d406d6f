/** What a router does with packets, by its lines alone. Pure. */

export { type Machine, machineOf } from "../walk/machine.ts";
export { answerTo, firstPacket, laterPacket, type Packet, type Tracked } from "../walk/packet.ts";
export { type End, receive, send, type Walked } from "../walk/walk.ts";
export type { Answer, Claim, Leg, Proved } from "./claim.ts";
export type { Obligations } from "./obligations.ts";
export { prove } from "./prove.ts";
export { endText, legLines, storyOf } from "./story.ts";
