import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Database, SqlValue } from "./host.ts";

/** Opens a SQLite file, and makes it and its folder where they are missing. */
export async function openDatabase(path: string): Promise<Database> {
  await mkdir(dirname(path), { recursive: true });
  // Loaded when it is first needed: most routers keep no history.
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  const statements = new Map<string, ReturnType<typeof database.prepare>>();
  const prepared = (sql: string) => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    run: (sql, ...values) => void prepared(sql).run(...values),
    all: (sql, ...values) => prepared(sql).all(...values) as Record<string, SqlValue>[],
    atomically(work) {
      database.exec("BEGIN IMMEDIATE");
      try {
        work();
        database.exec("COMMIT");
      } catch (error) {
        // A failure may have ended the transaction already; why it failed is what counts.
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
}
