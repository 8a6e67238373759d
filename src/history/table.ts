import type { Point } from "../dashboard/series.ts";
import type { RequestRow } from "../dashboard/wire.ts";
import type { Database, SqlValue } from "../runtime/host.ts";

/** The form of the table, as the file itself says it (`user_version`). */
const FORMAT = 1;

const TABLE = `CREATE TABLE IF NOT EXISTS requests (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  tier TEXT NOT NULL,
  failed INTEGER NOT NULL,
  fallback INTEGER NOT NULL,
  routing_ms REAL NOT NULL,
  first_byte_ms REAL,
  cost REAL,
  line TEXT NOT NULL,
  ask TEXT
) STRICT`;

/** Opens the file and makes what is missing. Throws when it is another program's, or a later version's. */
export async function openHistory(open: () => Promise<Database>): Promise<Database> {
  const database = await open();
  try {
    // Readers do not wait for writers; a power cut may cost the last batch, never the file.
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    // Another router may write there too: it is waited for, but not for long, for requests wait meanwhile.
    database.run("PRAGMA busy_timeout = 200");
    const [{ user_version: format } = {}] = database.all("PRAGMA user_version");
    if (format !== 0 && format !== FORMAT) throw new Error(`the file has the format ${format}, not ${FORMAT}`);
    database.run(TABLE);
    database.run("CREATE INDEX IF NOT EXISTS requests_at ON requests (at, n)");
    database.run(`PRAGMA user_version = ${FORMAT}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

interface NewRow {
  id: string;
  point: Point;
  /** As in `DECISION_LOG`. */
  line: string;
  ask: string | undefined;
}

const INSERT = `INSERT OR IGNORE INTO requests
  (id, at, tier, failed, fallback, routing_ms, first_byte_ms, cost, line, ask) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** All of them or none. */
export function insert(database: Database, rows: readonly NewRow[]): void {
  database.atomically(() => {
    for (const { id, point, line, ask } of rows) {
      const { at, tier, failed, fallback, routingMs, firstByteMs, cost } = point;
      const values = [id, at, tier, Number(failed), Number(fallback), routingMs, firstByteMs, cost, line, ask ?? null];
      database.run(INSERT, ...values);
    }
  });
}

interface Bounds {
  maxRows: number;
  /** ms since 1970: what is older goes. */
  before: number;
  /** The most that go in one call, of each kind. */
  atOnce: number;
}

/** Drops the oldest rows past the bounds. */
export function prune(database: Database, { maxRows, before, atOnce }: Bounds): void {
  const old = "DELETE FROM requests WHERE n IN (SELECT n FROM requests WHERE at < ? ORDER BY at LIMIT ?)";
  const many = `DELETE FROM requests WHERE n IN (
    SELECT n FROM requests WHERE n <= (SELECT max(n) FROM requests) - ? ORDER BY n LIMIT ?)`;
  database.run(old, before, atOnce);
  // Twice what a batch may bring: a file that is past the bounds shrinks.
  database.run(many, maxRows, 2 * atOnce);
}

/** Older rows than this one, the newest first. */
export function rowsBefore(database: Database, before: string | undefined, limit: number): RequestRow[] {
  const [known] = before === undefined ? [] : database.all("SELECT n FROM requests WHERE id = ?", before);
  const rows = database.all(
    "SELECT line, ask FROM requests WHERE n < ? ORDER BY n DESC LIMIT ?",
    known?.n ?? Number.MAX_SAFE_INTEGER,
    limit,
  );
  return rows.map(({ line, ask }) => ({ ...JSON.parse(String(line)), ...(ask !== null && { ask: String(ask) }) }));
}

/** Points from a place on, in the order of time. */
export function pointsAfter(
  database: Database,
  from: { at: number; n: number },
  { until, limit }: { until: number; limit: number },
): { n: number; point: Point }[] {
  const rows = database.all(
    `SELECT n, at, tier, failed, fallback, routing_ms, first_byte_ms, cost FROM requests
     WHERE (at, n) > (?, ?) AND at < ? ORDER BY at, n LIMIT ?`,
    ...[from.at, from.n, until, limit],
  );
  const numberOrNull = (value: SqlValue | undefined) => typeof value === "number" ? value : null;
  return rows.map((row) => ({
    n: Number(row.n),
    point: {
      at: Number(row.at),
      tier: String(row.tier),
      failed: row.failed === 1,
      fallback: row.fallback === 1,
      routingMs: Number(row.routing_ms),
      firstByteMs: numberOrNull(row.first_byte_ms),
      cost: numberOrNull(row.cost),
    },
  }));
}
