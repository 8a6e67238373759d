/** OpenAI's error object: what every failure looks like to a client. All four keys are always there. */
export interface ErrorDetail {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** The body of an error reply. */
export interface ErrorBody {
  error: ErrorDetail;
}

interface RouterErrorOptions {
  /** The error's `type`; by default it follows from the status. */
  type?: string;
  /** Path of the field at fault, e.g. `messages[2].content`. */
  param?: string | null;
  /** Reply headers that belong to the error, e.g. `retry-after`. */
  headers?: Record<string, string>;
  cause?: unknown;
}

/** A failure that the client may know about: it carries its HTTP status and OpenAI's error fields. */
export class RouterError extends Error {
  override readonly name = "RouterError";
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly param: string | null;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, options: RouterErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.type = options.type ?? typeOfStatus(status);
    this.param = options.param ?? null;
    this.headers = options.headers ?? {};
  }

  get body(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

interface UpstreamErrorOptions {
  /** Another target is worth a try. */
  retryable?: boolean;
  /** The failure says something about the target's health (a 429 and a client that leaves do not). */
  counts?: boolean;
  /** The prompt was longer than the model's window: a target with a larger one may do. */
  contextOverflow?: boolean;
  /** What the upstream asked to wait, ms. */
  retryAfterMs?: number;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** A failure of an upstream. `status` and `detail` are what the client gets when no other target helps. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly status: number;
  readonly detail: ErrorDetail;
  readonly retryable: boolean;
  readonly counts: boolean;
  readonly contextOverflow: boolean;
  readonly retryAfterMs: number | undefined;
  readonly headers: Record<string, string>;

  constructor(status: number, detail: ErrorDetail, options: UpstreamErrorOptions = {}) {
    super(detail.message, { cause: options.cause });
    this.status = status;
    this.detail = detail;
    this.retryable = options.retryable ?? false;
    this.counts = options.counts ?? options.retryable ?? false;
    this.contextOverflow = options.contextOverflow ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.headers = options.headers ?? {};
  }

  get body(): ErrorBody {
    return { error: this.detail };
  }
}

function typeOfStatus(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 429) return "rate_limit_error";
  if (status === 502 || status === 504) return "upstream_error";
  if (status >= 500) return "server_error";
  return "invalid_request_error";
}

/** One thing wrong with the settings. */
export interface Complaint {
  /** The variable's name. */
  variable: string;
  /** What is wrong and the way out, in one sentence without a full stop. */
  problem: string;
}

/** The settings cannot be used. Holds all complaints, not just the first. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  readonly complaints: readonly Complaint[];

  constructor(complaints: readonly Complaint[]) {
    super(complaints.map(({ variable, problem }) => `${variable}: ${problem}`).join("\n"));
    this.complaints = complaints;
  }
}
