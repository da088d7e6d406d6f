/**
 * What is taken out of the safety net, one at a time: a name, a file, the text there, the text instead, and what shows it on a random
 * router: `lives`, or a kind of fault with what its cases are called (`F9 by hand at read-answered`, a regular expression behind the
 * kind), on routers with a value of a dimension where it takes one (`F8 full /tmp | sh=mksh`). None where no random router can, with
 * the reason beside it: docs/reliability.md.
 */
export type Mutation = readonly [name: string, file: string, from: string, to: string, shownBy: readonly string[]];
