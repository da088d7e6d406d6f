/**
 * The control of the storm: the same router typed by hand, edited as people do, one command after the other. Only new
 * connections are marked, which is what most write-ups do, so that a connection that begins in the gap is wrong for life.
 */
import type { Lab } from "../../lab/index.ts";
import { LOOSE, MAP, TABLES } from "../../lab/recipe.ts";

const RULES = [
  "-i eth1 -m conntrack --ctstate NEW -j CONNMARK --set-mark 1",
  "-i eth2 -m conntrack --ctstate NEW -j CONNMARK --set-mark 2",
  "-j CONNMARK --restore-mark",
];

const each = (verb: "-A" | "-D"): string =>
  RULES.map((rule) => `iptables -t mangle ${verb} PREROUTING ${rule}`).join("\n");

export const typeByHand = async (lab: Lab): Promise<void> => {
  await lab.router.exec([LOOSE, MAP, TABLES, each("-A")].join("\n"));
};

/** What a script that is run again does: take the rules out, and put them in. */
export const editByHand = async (lab: Lab): Promise<void> => {
  await lab.router.exec([each("-D"), each("-A")].join("\n"));
};
