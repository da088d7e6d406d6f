/** What has to hold on a router: its links, its doors, and who is inside. */

export interface ProofLink {
  readonly name: string;
  readonly device: string;
  readonly gateway: string;
  /** External addresses of the router on it, the published ones included. */
  readonly addresses: readonly string[];
}

export interface ProofDoor {
  readonly link: string;
  readonly address: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly server: string;
  readonly serverPort: number;
  /** The server's name, for people. */
  readonly name: string;
}

/** Somebody inside who opens connections: a server, or anybody in a network. */
export type ProofHost = {
  readonly device: string;
  /** The link that his own connections are switched to, whichever way the default points. */
  readonly via?: string;
  /** Do his connections leave with an address of the link? */
  readonly translated?: boolean;
} & ({ readonly name: string; readonly address: string } | { readonly network: string });

export interface Obligations {
  readonly links: readonly ProofLink[];
  readonly doors: readonly ProofDoor[];
  readonly hosts: readonly ProofHost[];
  /**
   * Networks inside that only the router's main table knows count too: with what they open by a link (`out`), or also with what they use of
   * the router and of the site (`visits`).
   */
  readonly networks?: "out" | "visits";
  /** Networks that the operator comes from. */
  readonly management?: readonly string[];
  /** Servers whose own connections are switched to a link. */
  readonly switched?: readonly { readonly address: string; readonly via: string }[];
  /** The link that packets without a mark leave by, as it is declared. */
  readonly default?: string;
  /**
   * `nat mw-servers`: chains of the provider's own. All other lines may treat some clients in another way than the rest; undefined:
   * there are no others.
   */
  readonly managedChains?: ReadonlySet<string>;
  /** Do doors work from inside? */
  readonly hairpin: boolean;
}
