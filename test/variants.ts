import { test } from "@jest/globals";

/** `npm run test:all`: every test, on every kind of router, at its full length. */
export const testingAll = process.env.TEST_ALL !== undefined;

/** A test that only `npm run test:all` plays, since others of `npm test` cover most of it. */
export const thorough = (name: string, play: () => Promise<void>): void => {
  if (testingAll) test(name, play);
};

/**
 * Kinds of router that a test is played on. `npm test` plays it on those that are named as usual, shared out among the files
 * so that each kind has its part of them; `npm run test:all` plays every test on every kind, which takes twice as long.
 */
export function variants<T>(all: readonly T[], ...usual: readonly NoInfer<T>[]): readonly T[] {
  return testingAll ? all : all.filter((one) => usual.includes(one));
}

/** The two variants of iptables; by default one of them. */
export const iptablesVariants = (usual: "nft" | "legacy") => variants(["nft", "legacy"] as const, usual);
