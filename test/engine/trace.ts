/** Every RPC of a run, in the order it started and ended. */
export interface Call {
  /** `program`, or `provider <name of the provider resource>`. */
  readonly process: string;
  readonly rpc: string;
  readonly urn: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly startOrder: number;
  endOrder: number;
  response?: Readonly<Record<string, unknown>>;
  error?: { readonly code: number; readonly message: string };
}

export interface Trace {
  readonly calls: Call[];
  start(process: string, rpc: string, urn: string, request: Record<string, unknown>): Call;
  end(call: Call, outcome: { response: Record<string, unknown> } | { error: { code: number; message: string } }): void;
}

export function createTrace(): Trace {
  const calls: Call[] = [];
  let clock = 0;
  return {
    calls,
    start(process, rpc, urn, request) {
      const call: Call = { process, rpc, urn, request, startOrder: clock++, endOrder: -1 };
      calls.push(call);
      return call;
    },
    end(call, outcome) {
      call.endOrder = clock++;
      Object.assign(call, outcome);
    },
  };
}
