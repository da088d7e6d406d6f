/** Does a change touch the way by which the operator comes? Pure. */
import { contains, isAddress, isNetwork } from "../../model/ip.ts";
import type { ResourceLines } from "./lines.ts";
import type { Preview } from "./preview.ts";

const ADDRESS = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?![\d.])/g;

/** The addresses and networks of the operator's ways that a line which comes or goes names, sorted by where they are declared. */
export function managementTouched({ router, site }: Preview, resources: readonly ResourceLines[]): string[] {
  const hosts = [router.host ?? "", ...router.paths.map((path) => path.replace(/:\d+$/, ""))].filter(isAddress);
  const networks = (site?.management ?? []).filter(isNetwork);
  const named = new Set(
    resources.flatMap(({ lines, drift }) =>
      [...lines.map(({ text }) => text), ...drift].flatMap((line) => line.match(ADDRESS) ?? []),
    ),
  );
  const bare = [...named].map((text) => text.replace(/\/32$/, ""));
  return [
    ...hosts.filter((host) => bare.includes(host)),
    ...networks.filter(
      (network) =>
        named.has(network) || bare.some((one) => isAddress(one) && contains(network, one) && !hosts.includes(one)),
    ),
  ];
}
