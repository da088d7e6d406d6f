/** Settings of routers, as they are told and compared. */

/** Flat, as a person writes them: `probe.paths`. `secret`: one of them is, and Pulumi hides them all. */
export type Settings = Readonly<Record<string, unknown>> | "secret";

/** By the URN of the provider that leads to the router. */
export type AllSettings = Readonly<Record<string, Settings>>;

export interface SettingChange {
  readonly key: string;
  /** JSON; undefined where it is not set. */
  readonly was: string | undefined;
  readonly is: string | undefined;
}
