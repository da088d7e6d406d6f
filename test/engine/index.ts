/** A stand-in for the Pulumi engine: the real program and provider processes, no CLI. */

export { initErrorText } from "./apply.ts";
export type { Summary } from "./display.ts";
export type { Spawn } from "./processes.ts";
export { type CliResult, runCli } from "./run-cli.ts";
export {
  type CommandOptions,
  createStack,
  type RefreshOptions,
  type Result,
  type Stack,
  type StackOptions,
  type StepResult,
  type UpOptions,
} from "./stack.ts";
export type { OperationKind, PendingOperation, ResourceState } from "./state.ts";
export type { Diagnostic, Severity, StepOp } from "./steps.ts";
export type { Call } from "./trace.ts";
export { isSecret, type Properties, unknownValue, unwrap, type Value } from "./values.ts";
