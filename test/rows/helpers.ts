/** Words that the tests of the rows share. */
import { expect } from "@jest/globals";
import type { Ran } from "../drive/index.ts";
import { INTERNET, type Lab } from "../lab/index.ts";

export const DOORS = {
  one: { from: "internet", to: "123.234.1.11", port: 1494 },
  two: { from: "internet", to: "216.111.1.11", port: 1494 },
} as const;

/** What a probe that should fail waits for: nothing answers, whatever the load of this machine. */
export const SHUT = { timeoutMs: 400 } as const;

/** A probe that completed, in through one ISP and out through the same or another. */
export const through = (inbound: string, outbound = inbound) => ({ completed: true, inbound, outbound, dropped: [] });

export const visit = (lab: Lab, from: "server1" | "server2" | "server3" | "lanhost") =>
  lab.connect({ from, to: INTERNET.web, port: 80 });

/** The address that the internet's web server saw. */
export const addressOf = (peer: string | undefined) => peer?.split(":")[0];

/** Fails with everything the run said. */
export const succeeded = ({ code, text }: Ran): void => {
  if (code !== 0) throw new Error(text);
  expect(code).toBe(0);
};
