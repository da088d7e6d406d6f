/** What the routing of the kernel is asked (struct flowi4 of Linux). */
export interface Question {
  readonly source: string;
  readonly destination: string;
  readonly mark: number;
  /** `lo` for what the router sends itself. */
  readonly inDevice: string;
  /** Only routes by this device count. */
  readonly outDevice?: string;
  readonly protocol?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** Default 0. */
  readonly tos?: number;
}
