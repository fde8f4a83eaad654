/** Requests to a Selenium Grid: JSON both ways, credentials from the environment, whole answers within a time. */
import { readFileSync, statSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Environment } from "../util/environment.js";
import { LibrettoError, nobodyWaits, systemCode } from "../util/errors.js";

export interface GridAnswer {
  status: number;
  /** Undefined where it is not JSON. */
  body: unknown;
}

export interface GridRequest {
  body?: unknown;
  /** For the whole answer. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** A Grid that gives no answer. The message is one line, without the address and a full stop. */
export class GridSilent extends Error {
  override readonly name = "GridSilent";
  constructor(
    message: string,
    /** The time was up. */
    readonly timedOut = false,
  ) {
    super(message);
  }
}

const maxAnswerBytes = 512 * 1024 * 1024;

/** A connection to one Grid. Credentials are read for each request and kept nowhere. */
export class GridHttp {
  constructor(
    readonly url: string,
    private readonly env: Environment,
  ) {}

  /**
   * @param path below the Grid's address, with its slash
   * @throws `GridSilent`, `EndpointUnreachable` for credentials that are refused, `Interrupted`
   */
  async ask(method: "GET" | "POST" | "DELETE", path: string, request: GridRequest): Promise<GridAnswer> {
    const authorization = gridAuthorization(this.env);
    const { status, text } = await this.#send(method, path, request, authorization);
    if (status === 401 || status === 403)
      throw new LibrettoError(
        "EndpointUnreachable",
        `The Grid at ${this.url} ${authorization === undefined ? "asks for a user name and a password" : "refuses the user name or the password"} (${status}).`,
        "Set LIBRETTO_GRID_AUTH=user:password, or LIBRETTO_GRID_AUTH_FILE to a file that holds them.",
      );
    try {
      return { status, body: JSON.parse(text) as unknown };
    } catch {
      return { status, body: undefined };
    }
  }

  #send(
    method: string,
    path: string,
    { body, timeoutMs, signal }: GridRequest,
    authorization: string | undefined,
  ): Promise<{ status: number; text: string }> {
    const url = `${this.url}${path}`;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(nobodyWaits());
      let timedOut = false;
      const sent = (url.startsWith("https:") ? requestHttps : requestHttp)(
        url,
        {
          method,
          headers: {
            accept: "application/json",
            ...(payload === undefined
              ? {}
              : { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(payload) }),
            ...(authorization === undefined ? {} : { authorization }),
          },
          // A connection that waits for its next request keeps a process from ending.
          agent: false,
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > maxAnswerBytes) sent.destroy(new Error("its answer is too long"));
          });
          response.on("end", () =>
            settle(() => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") })),
          );
          response.on("error", (error) => settle(() => reject(new GridSilent(error.message))));
        },
      );
      const timer = setTimeout(() => {
        timedOut = true;
        sent.destroy();
      }, timeoutMs);
      const abort = (): void => void sent.destroy();
      signal?.addEventListener("abort", abort, { once: true });
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        finish();
      };
      const failed = (message: string): void =>
        settle(() => {
          if (signal?.aborted) reject(nobodyWaits());
          else if (timedOut) reject(new GridSilent(`no answer within ${timeoutMs / 1000} s`, true));
          else reject(new GridSilent(message));
        });
      sent.on("error", (error) =>
        failed(error.message === "" ? (systemCode(error) ?? "no connection") : error.message),
      );
      sent.on("close", () => failed("the connection ended before an answer came"));
      sent.end(payload);
    });
  }
}

/**
 * The credentials for a Grid: `user:password` in LIBRETTO_GRID_AUTH, or in the file that LIBRETTO_GRID_AUTH_FILE names.
 * @returns the value of a header, or undefined for none
 * @throws `Usage` for a file that cannot be read, or that others can read
 */
function gridAuthorization(env: Environment): string | undefined {
  const { LIBRETTO_GRID_AUTH: direct, LIBRETTO_GRID_AUTH_FILE: file } = env;
  const credentials = direct || (file ? readSecret(file) : undefined);
  return credentials === undefined ? undefined : `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
}

function readSecret(file: string): string {
  const unusable = (what: string, hint: string): LibrettoError =>
    new LibrettoError("Usage", `The file of LIBRETTO_GRID_AUTH_FILE ${what}: ${file}`, hint);
  let text: string;
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0)
      throw unusable("can be read by others", `Take their rights away: chmod 600 ${file}`);
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof LibrettoError) throw error;
    throw unusable(`cannot be read (${systemCode(error) ?? "no reason told"})`, "Check the path and its permissions.");
  }
  if (!text.includes(":")) throw unusable("holds no user:password", "Write one line into it: user:password");
  return text;
}
