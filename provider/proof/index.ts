/** What a router does with packets, by its lines alone. Pure. */
export type { Answer, Claim, Leg, Proved } from "./claim.ts";
export { type Machine, machineOf } from "./machine.ts";
export type { Obligations } from "./obligations.ts";
export { answerTo, firstPacket, laterPacket, type Packet, type Tracked } from "./packet.ts";
export { prove } from "./prove.ts";
export { endText, legLines, storyOf } from "./story.ts";
export { type End, receive, send, type Walked } from "./walk.ts";
