// npm `jira.js`, unchanged, against a Jira Cloud: one line of JSON a call.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { AgileClient, Version3Client } = require("jira.js");
const [url, email, apiToken] = process.argv.slice(3);
const settings = { host: url, authentication: { basic: { email, apiToken } } };
const jira = new Version3Client(settings);
const agile = new AgileClient(settings);
const made = {};

async function call(name, work) {
  try {
    made[name] = await work();
    console.log(JSON.stringify({ call: name, ok: true }));
  } catch (error) {
    const said = error.response ? JSON.stringify(error.response.data ?? error.response) : "";
    console.log(JSON.stringify({ call: name, ok: false, why: `${error.message} ${said}`.slice(0, 400) }));
  }
}

function check(condition, what) {
  if (!condition) throw new Error(`expected ${what}`);
}

const text = (said) => ({
  type: "doc",
  version: 1,
  content: [{ type: "paragraph", content: [{ type: "text", text: said }] }],
});

await call("server info", async () => {
  check((await jira.serverInfo.getServerInfo()).deploymentType === "Cloud", "Cloud");
});
await call("myself", async () => await jira.myself.getCurrentUser());
await call("fields", async () => check((await jira.issueFields.getFields()).length > 10, "fields"));
await call("projects", async () => check((await jira.projects.searchProjects()).values.length, "a project"));
await call("search over several pages", async () => {
  const keys = new Set();
  let nextPageToken, done = null, pages = 0;
  while (!nextPageToken || nextPageToken !== done) {
    const page = await jira.issueSearch.searchForIssuesUsingJqlEnhancedSearchPost({
      jql: "project = BURN ORDER BY key ASC", fields: ["summary", "status"], maxResults: 50, nextPageToken,
    });
    pages += 1;
    page.issues.forEach((issue) => keys.add(issue.key));
    if (!page.nextPageToken) break;
    nextPageToken = page.nextPageToken;
  }
  check(pages > 2 && keys.size > 150, `more than 150 issues on several pages, not ${keys.size} on ${pages}`);
});
await call("create", async () => {
  const fields = { project: { key: "BURN" }, summary: "Made by a client", issuetype: { name: "Task" } };
  return (await jira.issues.createIssue({ fields: { ...fields, description: text("Some text") } })).key;
});
await call("edit", async () => {
  const issueIdOrKey = made.create;
  await jira.issues.editIssue({ issueIdOrKey, fields: { summary: "Changed", labels: ["one"] } });
  const issue = await jira.issues.getIssue({ issueIdOrKey });
  check(issue.fields.summary === "Changed", "the new summary");
});
await call("comment", async () => {
  const issueIdOrKey = made.create;
  await jira.issueComments.addComment({ issueIdOrKey, comment: text("A comment") });
  check((await jira.issueComments.getComments({ issueIdOrKey })).comments.length === 1, "one comment");
});
await call("transition", async () => {
  const issueIdOrKey = made.create;
  const { transitions } = await jira.issues.getTransitions({ issueIdOrKey });
  const wanted = transitions.find((each) => each.to.name === "In Progress");
  await jira.issues.doTransition({ issueIdOrKey, transition: { id: wanted.id } });
  check((await jira.issues.getIssue({ issueIdOrKey })).fields.status.name === "In Progress", "In Progress");
});
await call("assign", async () => {
  await jira.issues.assignIssue({ issueIdOrKey: made.create, accountId: made.myself.accountId });
});
await call("link", async () => {
  await jira.issueLinks.linkIssues({
    type: { name: "Blocks" }, inwardIssue: { key: made.create }, outwardIssue: { key: "BURN-1" },
  });
});
await call("attach", async () => {
  const attachment = { filename: "hello.txt", file: Buffer.from("hello") };
  await jira.issueAttachments.addAttachment({ issueIdOrKey: made.create, attachment });
  const issue = await jira.issues.getIssue({ issueIdOrKey: made.create });
  check(issue.fields.attachment[0].filename === "hello.txt", "the file");
});
await call("changelog", async () => {
  const { values } = await jira.issues.getChangeLogs({ issueIdOrKey: made.create });
  check(values.some((entry) => entry.items.some((item) => item.field === "status")), "a change of status");
});
await call("boards", async () => {
  const { values } = await agile.board.getAllBoards({ projectKeyOrId: "BURN" });
  return values.find((board) => board.type === "scrum").id;
});
await call("board configuration", async () => {
  const configuration = await agile.board.getConfiguration({ boardId: made.boards });
  check(configuration.columnConfig.columns.length > 2, "columns");
});
await call("sprints", async () => {
  const { values } = await agile.board.getAllSprints({ boardId: made.boards });
  check(values.length === 7, "seven sprints");
  return values.find((sprint) => sprint.state === "active").id;
});
await call("board issues", async () => {
  check((await agile.board.getIssuesForBoard({ boardId: made.boards })).issues.length, "issues");
});
await call("sprint issues", async () => {
  const where = { boardId: made.boards, sprintId: made.sprints };
  check((await agile.board.getBoardIssuesForSprint(where)).issues.length, "issues");
});
await call("move to sprint", async () => {
  await agile.sprint.moveIssuesToSprintAndRank({ sprintId: made.sprints, issues: [made.create] });
});
await call("delete", async () => await jira.issues.deleteIssue({ issueIdOrKey: made.create }));
