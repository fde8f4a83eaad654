import assert from "node:assert/strict";
import { hideInError, hideInNotification, hideInResult } from "../../src/sessions/host/session/hiddenAnswers.js";
import { Redactor } from "../../src/sessions/logs/redact.js";
import { LibrettoError, errorCodes, type ErrorCode } from "../../src/sessions/util/errors.js";

describe("what was typed as a secret is hidden in what comes from pages, and in nothing of ours", () => {
  const redactor = new Redactor();
  redactor.learn("projects");

  it("the paths of a snapshot lead to it, also where a folder has the secret's name", () => {
    const result = { session: "projects", png: "/home/me/projects/page.png", tree: "/home/me/projects/tree.yaml" };
    assert.deepEqual(hideInResult(redactor, "snapshot", result), result);
  });
  it("the text that code returns does not tell it, and the session keeps its name", () => {
    assert.deepEqual(hideInResult(redactor, "exec", { session: "projects", text: "it is projects" }), {
      session: "projects",
      text: "it is ***masked***",
    });
  });
  it("so does what a workflow returns, also after a pause, and why it pauses", () => {
    const paused = { where: "projects/a.ts:1", before: "click on projects", reason: "see projects" };
    const outcome = { session: "projects", text: "projects", paused };
    const hidden = {
      session: "projects",
      text: "***masked***",
      paused: { where: "projects/a.ts:1", before: "click on ***masked***", reason: "see ***masked***" },
    };
    assert.deepEqual(hideInResult(redactor, "run", { text: "", paused: { where: "here" } }), {
      text: "",
      paused: { where: "here" },
    });
    assert.deepEqual(hideInResult(redactor, "run", outcome), hidden);
    const resumed = { session: "projects", resumed: true, status: "paused" };
    assert.deepEqual(hideInResult(redactor, "resume", { ...resumed, outcome }), { ...resumed, outcome: hidden });
    assert.deepEqual(hideInResult(redactor, "resume", resumed), resumed);
    assert.deepEqual(hideInNotification(redactor, "console", { text: "on projects" }), { text: "on ***masked***" });
    assert.deepEqual(hideInNotification(redactor, "notice", { text: "Paused: projects", paused: true }), {
      text: "Paused: ***masked***",
      paused: true,
    });
    for (const ours of [{ text: "projects is busy" }, { url: "projects" }])
      assert.deepEqual(hideInNotification(redactor, "notice", ours), ours);
  });
  it("an error of ours says what it says, one of code hides it, and every hint is a command that works", () => {
    const hint = "libretto list --session projects";
    const ours = new LibrettoError("SessionBusy", 'Session "projects" is busy.', hint);
    assert.deepEqual(hideInError(redactor, ours, ours).toJSON(), ours.toJSON());
    const theirs = new LibrettoError("CodeFailed", "Error: projects", hint);
    assert.deepEqual(hideInError(redactor, theirs, theirs).toJSON(), {
      ...theirs.toJSON(),
      message: "Error: ***masked***",
    });
    const thrown = new Error("projects");
    assert.equal(hideInError(redactor, LibrettoError.from(thrown), thrown).message, "***masked***");
  });

  const quotesPages: readonly ErrorCode[] = [
    "CodeFailed",
    "WorkflowFailed",
    "ReadonlyExecDenied",
    "LimitExceeded",
    "TimedOut",
  ];
  for (const code of quotesPages)
    it(`${code} may quote code or a page, and hides it`, () => {
      const error = new LibrettoError(code, "about projects", "libretto list");
      assert.equal(hideInError(redactor, error, error).message, "about ***masked***");
    });
  it("an error of any other kind is in our own words, and is told as it is", () => {
    for (const code of errorCodes.filter((each) => !quotesPages.includes(each))) {
      const error = new LibrettoError(code, "about projects", "libretto list");
      assert.equal(hideInError(redactor, error, error).message, "about projects", code);
    }
  });
});
