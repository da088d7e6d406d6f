/** Why a router cannot be worked on. All that is wrong is found at once. */
export type SnapshotProblem =
  | { readonly problem: "not-root"; readonly uid: string }
  | { readonly problem: "missing-tool"; readonly tool: string }
  /** A command that must work has failed; what it said is in the stderr of the exchange. */
  | {
      readonly problem: "failed";
      readonly command: string;
      readonly exitCode: number;
      /** Its last words among what it printed. */
      readonly said?: string;
      /** A program that is here and writes nft rules of its own into the tables of iptables. */
      readonly nativeRules?: string;
    }
  /** No writable tmpfs at any of the usual places. */
  | { readonly problem: "no-state-directory" }
  /** The state directory is there, but it is a link, no directory, or belongs to somebody else. */
  | { readonly problem: "foreign-state-directory"; readonly path: string };

export class SnapshotProblems extends Error {
  override readonly name = "SnapshotProblems";
  readonly problems: readonly SnapshotProblem[];

  constructor(problems: readonly SnapshotProblem[]) {
    super(problems.map(sentence).join("; "));
    this.problems = problems;
  }
}

function sentence(problem: SnapshotProblem): string {
  switch (problem.problem) {
    case "not-root":
      return `the commands run as user ${problem.uid}, not as root`;
    case "missing-tool":
      return `no ${problem.tool} command`;
    case "failed":
      return `${problem.command} failed with exit code ${problem.exitCode}`;
    case "no-state-directory":
      return "no writable tmpfs at /run, /var/run, /dev/shm or /tmp";
    case "foreign-state-directory":
      return `${problem.path} is not a directory of root's own`;
  }
}
