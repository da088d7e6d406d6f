/** What a random router is made of: dimensions, each a list of values, each a few lines of shell. */
export interface Value {
  readonly name: string;
  /** Lines for the network namespace, with the real tools; `IPT` is the router's iptables, such as `iptables-nft`. */
  readonly net?: string;
  /** Lines for the router's own files, for its own shell. */
  readonly files?: string;
  /** Lines that the site adopts. */
  readonly adopt?: readonly string[];
  /** A device that the site uses instead of the lab's. */
  readonly devices?: Readonly<Record<string, string>>;
  /** How often it is drawn beside the others; 1 by default. */
  readonly weight?: number;
}

export interface Dimension {
  readonly name: string;
  /** How many of the values one router has: from, to. */
  readonly some: readonly [number, number];
  readonly values: readonly Value[];
}

/** Value names by dimension: all that there is to know of a router. */
export type RandomRouter = Readonly<Record<string, readonly string[]>>;

export const value = (name: string, net: string, more: Omit<Value, "name" | "net"> = {}): Value => ({
  ...{ name, net },
  ...more,
});
export const plain = (name: string, more: Omit<Value, "name"> = {}): Value => ({ name, ...more });
