import type { Context } from "hono";
import type { SavingsBook } from "../ledger/savings.ts";

/** `GET /savings`: what requests cost, and what they would have cost otherwise. */
export function createSavingsPage(book: SavingsBook) {
  return (context: Context): Response => context.json(book.report());
}
