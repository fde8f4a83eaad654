/** Which part of the host answers which request. */
import type {
  ActivateParams,
  ActParams,
  CloseResult,
  CodeParams,
  RequestAccessParams,
  ResumeParams,
  RunParams,
  SaveParams,
  SetModeParams,
  SnapshotParams,
  StatusResult,
} from "../../ipc/protocol.js";
import { LibrettoError } from "../../util/errors.js";
import { withFittingHint } from "../requests/hints.js";
import type { HostRequest } from "../rpc/server.js";
import type { SessionParts } from "./sessionParts.js";

/** @param close ends the session for the request that asks for it */
export function dispatch(
  parts: SessionParts,
  request: HostRequest,
  close: (request: HostRequest) => Promise<CloseResult>,
): Promise<unknown> {
  const { state, requests, workflows, mode } = parts;
  switch (request.method) {
    case "ping":
    case "hello":
      return Promise.resolve({ ok: true });
    case "status":
      return Promise.resolve({
        state,
        pageCount: parts.targets.pageCount,
        execRunning: parts.execs.isBusy,
        hostRssBytes: process.memoryUsage.rss(),
      } satisfies StatusResult);
    case "pages":
      return requests.pages();
    case "activate":
      return requests.activate(request.params as ActivateParams);
    case "exec":
      return requests.exec(request.params as CodeParams, request);
    case "act":
      return requests.act(request.params as ActParams, request);
    case "readonly-exec":
      return requests.readonlyExec(request.params as CodeParams, request);
    case "snapshot":
      return requests.snapshot(request.params as SnapshotParams, request);
    case "run":
      return workflows.run(request.params as RunParams, request).catch((error: unknown) => {
        const { session, kind } = state;
        throw error instanceof LibrettoError
          ? withFittingHint(error, { session, connected: kind === "connected" })
          : error;
      });
    case "resume":
      return workflows.resume(request.params as ResumeParams, request);
    case "stop":
      return workflows.stop(request);
    case "save":
      return requests.save(request.params as SaveParams).then((saved) => {
        parts.record.changeWhenPossible({ login: saved.profile });
        return saved;
      });
    case "session-mode":
      return mode.set(request.params as SetModeParams, request);
    case "request-access":
      return mode.request(request.params as RequestAccessParams, request);
    case "close":
      return close(request);
    default:
      return parts.live.answer(request);
  }
}
