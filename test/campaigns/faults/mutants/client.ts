/** What the operator's side decides. */
import type { Mutation } from "./mutation.ts";

export const CLIENT: readonly Mutation[] = [
  [
    "the re-read is not compared",
    "provider/transact/transaction.ts",
    "if (faults.length === 0) return",
    "if (faults.length >= 0) return",
    ["F10 garbage and does nothing"],
  ],
  [
    "no new flow",
    "provider/transact/transaction.ts",
    " ?? (await proof.after(session))",
    "",
    ["F2 a new connection.*gets a refusal"],
  ],
  [
    "the banner is not read",
    "provider/ssh/probe.ts",
    'let greeting = "";',
    'let greeting = "";\n    socket.on("connect", () => end());',
    ["F2 asked for its banner, gets silence"],
  ],
  [
    "another machine's host key is taken for the router's",
    "provider/transact/proof.ts",
    "answer.hostKey.fingerprint === known.hostKey.fingerprint",
    "answer.hostKey.type === known.hostKey.type",
    ["F2 gets another SSH server"],
  ],
  [
    "a published range does not capture the way in",
    "provider/kinds/way-in.ts",
    "first <= port && port <= last",
    "first === port && port === last",
    ["F11 a range of doors"],
  ],
  [
    "a lost connection counts as done",
    "provider/transact/router.ts",
    "if (!lostContact(error)) throw error;",
    "if (lostContact(error)) return;\n        throw error;",
    ["F2 both ways.*confirm"],
  ],
  [
    "marks without a mask",
    "provider/plan/network-steps.ts",
    '["fwmark", formatMarkAndMask({ mark: line.mark, mask })]',
    '["fwmark", formatMarkAndMask({ mark: line.mark, mask: FULL_MASK })]',
    ["lives"],
  ],
  [
    "a confirm whose shell was killed is taken for a revert",
    "provider/transact/transaction.ts",
    "if (ending === undefined) throw unfinished(session.router, what);",
    'if (ending === undefined) throw failure(session.router, plan, { kind: "late" }, judged.seconds);',
    ["F3 the confirm killed after mv.*goes on"],
  ],
  [
    "a router is read in the middle of a change",
    "provider/transact/router.ts",
    "if (!atWork || ",
    "if (true || ",
    ["F9 a second operator looks"],
  ],
  [
    "a file that cannot be read is an empty one",
    "provider/observe/unfit.ts",
    "[...NEEDED, ...files]",
    "NEEDED",
    ["F10 while the router is read cat"],
  ],
  [
    "a tool without a version is an old one",
    "provider/observe/unfit.ts",
    "return VERSIONS.flatMap(",
    "return VERSIONS.slice(0, 0).flatMap(",
    ["F10 has no version"],
  ],
];
