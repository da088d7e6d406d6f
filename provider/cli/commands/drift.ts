import type { Subcommand } from "../context.ts";
import { previewed, stateOf } from "../delivery/preview.ts";
import { withDrift } from "../delivery/state.ts";
import { type DriftReport, isClean, issueOf, markerOf, reportOfDrift, textOfDrift } from "../drift/report.ts";
import { EXIT } from "../exit.ts";
import { settleIssue } from "../forge/issues.ts";
import { repositoryOf } from "../forge/repository.ts";
import { stackName } from "../stack/names.ts";

export const drift: Subcommand = (program, run) => {
  program
    .command("drift")
    .description("Say what differs on the router from what the last run left, and what is declared and not applied.")
    .option("--post", "in a CI job: open an issue, update it, or close it when nothing differs")
    .addHelpText(
      "after",
      `
One preview: one login, nothing is changed. Exit code 1: something differs.
--post finds its issue again by a marker in its text, one for each stack, and by its own account as the author. It takes what the runner gives a job: GITHUB_TOKEN on
GitHub and Forgejo, GITLAB_TOKEN (a project access token, scope api) on GitLab.

Examples:
  $ multiwan drift --stack north
  $ multiwan drift --stack north --post`,
    )
    .action((options: { post?: true }) =>
      run(async (context) => {
        const { screen } = context;
        const engine = context.engine();
        // A job that cannot post is told before the router is asked.
        const repository = options.post ? repositoryOf(context.env) : undefined;
        const { plan, warnings } = previewed(engine);
        const report = reportOfDrift(withDrift(plan, stateOf(engine).drifts), warnings);
        const name = stackName(engine.stack);
        const clean = isClean(report);
        // What was found is told even where the forge then refuses the issue.
        if (!screen.json) screen.lines(clean ? [`${name}: nothing differs`] : textOfDrift(report));
        const issue =
          repository && (await settleIssue(repository, wanted(engine.project, name, report, repository.limit)));
        screen.tell({ stack: engine.stack, clean, ...report, ...(issue && { issue }) }, () => {
          if (issue) screen.note(`issue: ${issue}`);
        });
        return clean ? EXIT.fine : EXIT.no;
      }),
    );
};

function wanted(project: string, stack: string, report: DriftReport, limit: number) {
  const marker = markerOf(project, stack);
  return {
    marker,
    title: `Drift on ${stack}`,
    text: isClean(report) ? undefined : issueOf(stack, report, limit - marker.length - 1),
    closing: "Nothing differs any more.",
  };
}
