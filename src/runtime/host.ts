/** What a server of ours can do once it listens. */
export interface Server {
  /** The port it got (the one asked for, or a free one for 0). */
  port: number;
  /** Requests whose answers are not yet over, streams included. */
  pending(): number;
  /** Stops listening and lets requests under way finish. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  hostname: string;
  port: number;
  /** Answers a request. `request.signal` aborts when the client leaves. */
  handler: (request: Request) => Response | Promise<Response>;
}

/** Counts of bytes held by this process. */
export interface Memory {
  /** Resident set, bytes. */
  resident: number;
}

/**
 * The machine we run on: all that differs between runtimes, and all that touches the world outside. One
 * implementation a runtime, chosen by the `#host` import.
 */
export interface Host {
  readonly runtime: "bun" | "deno";
  readonly runtimeVersion: string;
  /** Runs as the compiled single file. */
  readonly compiled: boolean;
  /** Command-line arguments, without program and script. */
  readonly args: readonly string[];
  /** Number of logical cores. */
  readonly cores: number;
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder the program was started in. */
  readonly cwd: string;

  /** As the standard's, without a time limit of the runtime's own, and with idle connections kept for reuse. */
  readonly fetch: typeof fetch;
  serve(options: ServeOptions): Promise<Server>;

  /** The bytes of a file that belongs to the program: `models/head.json`. */
  asset(name: string): Promise<Uint8Array<ArrayBuffer>>;

  readonly files: Files;
  /** Opens a SQLite file, and makes it and its folder where they are missing. */
  openDatabase(path: string): Promise<Database>;

  /** The first 16 bytes of a text's SHA-256, one character a byte. */
  hash(text: string): string;

  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input as text. */
  stdin(): Promise<string>;
  readonly terminal: { stdout: boolean; stderr: boolean; stdin: boolean };

  memory(): Memory;
  /** Processor time that the process has taken, all threads together, seconds. */
  cpuSeconds(): number;
  /** Calls `handler` for each of these signals (SIGHUP is not known on Windows: nothing happens there). */
  onSignal(signals: readonly ("SIGINT" | "SIGTERM" | "SIGHUP")[], handler: (signal: string) => void): void;
  exit(code: number): never;
}

export type SqlValue = string | number | null;

/** A SQLite file. Works at once, on the thread that calls: in small portions. */
export interface Database {
  run(sql: string, ...values: SqlValue[]): void;
  all(sql: string, ...values: SqlValue[]): Record<string, SqlValue>[];
  /** All that `work` does, or nothing of it. */
  atomically(work: () => void): void;
  close(): void;
}

/** Files as the program needs them. Paths are relative to the folder the program was started in. */
export interface Files {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Undefined when there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /**
   * Writes beside, flushes and renames: readers see the old or the new file, never a half. Makes the folders. `mode`:
   * who may do what, such as `0o600`; by default what the system's mask leaves of `0o666`.
   */
  replace(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Why nothing can be written into a folder (which need not be there yet); undefined: it can, as far as rights go. */
  unwritable(path: string): Promise<string | undefined>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Bytes; undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Names of the files in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<string[]>;
}
