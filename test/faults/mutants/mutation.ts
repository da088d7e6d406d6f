/**
 * What is taken out of the safety net, one at a time: a name, a file, the text there, the text instead, and the kinds of fault
 * that show it on a random router; none where no router can, such as a power cut that no namespace has.
 */
export type Mutation = readonly [name: string, file: string, from: string, to: string, shownBy: readonly Fault[]];

export type Fault =
  | "F1"
  | "F2"
  | "F3"
  | "F4"
  | "F5"
  | "F8"
  | "F9"
  | "F10"
  | "F11"
  | "F12"
  | "F13"
  | "F14"
  | "F15"
  | "lives";
