/** Reasons for which a preview refuses a router. What is none of these stands for itself, and is to be looked at. */
const REASONS: readonly (readonly [reason: string, words: RegExp])[] = [
  ["tried, and taken back by the proof: a reply would leave by the wrong way", /a connection would not get its reply/],
  ["a link's reverse path filter is strict and stays so", /the reverse path filter of .* is strict/],
  ["the router's tools print a line that is not understood", /not understood: /],
  ["a priority is taken", /is taken on the router/],
  ["a rule matches the same packets", /a rule that matches the same packets/],
  [
    "a rule in front takes what is meant for a link, or the router's own addresses are looked up behind",
    /stands in front of .* and takes|stands behind ".*: packets to the router itself/,
  ],
  ["a link's table has foreign routes", /already has routes that are not declared here/],
  ["an address of the site is on another device", / is on \S+ already/],
  ["another chain of that name", /another chain of that name/],
  ["a foreign rule writes the same bits of the mark", /writes the whole mark|writes the same mark bits/],
];

export const reasonOf = (why: string): string =>
  REASONS.find(([, words]) => words.test(why))?.[0] ?? `? ${why.replaceAll("\n", " ").slice(0, 400)}`;
