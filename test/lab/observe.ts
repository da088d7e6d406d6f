import { inNet, run } from "./command.ts";
import { type Isp, namespaceOf, THREE_ISPS } from "./names.ts";

/** Which ISP carried one direction of a connection; "both" means that its packets were split. */
export type Path = Isp | "both" | "none";

export interface Paths {
  /** Internet -> site: the ISP that delivered packets to the router. */
  readonly inbound: Path;
  /** Site -> internet: the ISP the router handed packets to, whether or not that ISP let them pass. */
  readonly outbound: Path;
  /** The ISPs that dropped packets of this connection because their source was foreign. */
  readonly dropped: readonly Isp[];
}

export interface Flow {
  readonly isp: Isp;
  readonly set: "in" | "out" | "dropped";
  readonly proto: "tcp" | "udp";
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
}

/** Every TCP and UDP flow the ISPs have seen on their customer links since the lab started. */
export const seenFlows = async (id: string, isps: readonly Isp[]): Promise<readonly Flow[]> =>
  (await Promise.all(isps.map((isp) => flowsOf(id, isp)))).flat();

/** The paths of the connection whose client uses `port`: the lab gives each connection a port of its own. */
export const pathsOf = (flows: readonly Flow[], proto: "tcp" | "udp", port: number): Paths => {
  const mine = flows.filter((flow) => flow.proto === proto && (flow.from.port === port || flow.to.port === port));
  const isps = (set: Flow["set"]) =>
    THREE_ISPS.filter((isp) => mine.some((flow) => flow.isp === isp && flow.set === set));
  return { inbound: asPath(isps("in")), outbound: asPath(isps("out")), dropped: isps("dropped") };
};

const asPath = (isps: readonly Isp[]): Path => (isps.length > 1 ? "both" : (isps[0] ?? "none"));

type FlowKey = [proto: "tcp" | "udp", from: string, fromPort: number, to: string, toPort: number];
interface Listing {
  readonly nftables: readonly { readonly set?: { readonly name: Flow["set"]; readonly elem?: readonly Element[] } }[];
}
type Element = { readonly concat: FlowKey } | { readonly elem: { readonly val: { readonly concat: FlowKey } } };

const flowsOf = async (id: string, isp: Isp): Promise<Flow[]> => {
  const listing = await run([...inNet(namespaceOf(id, isp)), "nft", "-j", "list", "sets", "table", "inet", "isp"]);
  return (JSON.parse(listing) as Listing).nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map((element): Flow => {
      const [proto, from, fromPort, to, toPort] = "concat" in element ? element.concat : element.elem.val.concat;
      return { isp, set: set!.name, proto, from: { address: from, port: fromPort }, to: { address: to, port: toPort } };
    }),
  );
};
