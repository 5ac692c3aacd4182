import type { components } from "./schema.js";

export type Problem = components["schemas"]["Problem"];

/** A refusal by the API (RFC 9457). Branch on `code`; show `problem.detail` to people. */
export class ProblemError extends Error {
  override readonly name: string = "ProblemError";

  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get code(): string {
    return this.problem.code;
  }

  /** What is wrong with each field, by JSON Pointer into the body or name of the parameter. */
  get fields(): ReadonlyMap<string, string> {
    const told = this.problem.errors.map(({ pointer, parameter, detail }): [string, string] => [
      pointer ?? parameter ?? "",
      detail,
    ]);
    return new Map(told);
  }
}

/** Nobody is signed in any more: show the sign-in page. `problem` is the API's word, if it said one. */
export class SignedOut extends Error {
  override readonly name: string = "SignedOut";

  constructor(readonly problem: Problem | null = null) {
    super(problem?.detail ?? "Nobody is signed in.");
  }
}

/** No answer came, also not to the repeats. Whether the request took effect is not known. */
export class Unreachable extends Error {
  override readonly name: string = "Unreachable";

  constructor(cause: unknown) {
    super("The cabinet cannot be reached.", { cause });
  }
}

/** Read a refusal; whatever a proxy in between made up becomes a problem as well. */
export async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json");
  if (isProblem) return (await response.json()) as Problem;
  return {
    type: "about:blank",
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    code: "unknown",
    detail: response.statusText || `HTTP ${response.status}`,
    instance: new URL(response.url).pathname,
    request_id: response.headers.get("X-Request-ID") ?? "",
    errors: [],
  };
}
