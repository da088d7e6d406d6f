/** What a router does with packets, by its lines alone. Pure. */

export { followConnection, type Leg } from "../walk/follow-connection.ts";
export { type Machine, machineOf } from "../walk/machine.ts";
export { answerTo, firstPacket, laterPacket, type Packet, type Tracked } from "../walk/packet.ts";
export { type End, receive, send, type Walked } from "../walk/walk.ts";
export type { Answer, Claim, Proved } from "./claim.ts";
export type { Obligations } from "./obligations.ts";
export { prove } from "./prove.ts";
export { endText, storyOf } from "./story.ts";
