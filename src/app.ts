import { type Handler, Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { RouterError } from "./errors.ts";
import type { Notes } from "./http/notes.ts";

/** The handlers and middlewares, made elsewhere. */
export interface AppParts {
  gate: MiddlewareHandler;
  auth: MiddlewareHandler<Notes>;
  /** For what costs work. */
  rateCheck: MiddlewareHandler<Notes>;
  failure: (error: unknown, context: Parameters<Handler>[0]) => Response;
  /** Origins that browsers may call from; none: no CORS headers. */
  corsOrigins: readonly string[];
  newId: () => string;
  welcome: Handler;
  chat: Handler<Notes>;
  models: { list: Handler; one: Handler };
  classify: Handler;
  explain: Handler;
  /** For what changes the router itself. */
  originCheck: MiddlewareHandler;
  retrain: Handler;
  feedback: Handler;
  reload: Handler;
  health: Handler;
  metrics: Handler;
  savings: Handler;
  ready: Handler;
  live: Handler;
  dashboard: { page: Handler; data: Handler; events: Handler; series: Handler; older: Handler };
}

/** The routes, one line each. */
export function createApp(parts: AppParts): Hono<Notes> {
  const app = new Hono<Notes>();
  app.use(identify(parts.newId));
  app.use(parts.gate);
  if (parts.corsOrigins.length > 0) app.use(cors({ origin: [...parts.corsOrigins], exposeHeaders: EXPOSED }));
  app.use(parts.auth);

  app.on("POST", ["/v1/chat/completions", "/classify", "/explain"], parts.rateCheck);

  route(app, "/", { GET: parts.welcome });
  route(app, "/v1/chat/completions", { POST: parts.chat });
  route(app, "/v1/models", { GET: parts.models.list });
  route(app, "/v1/models/:id{.+}", { GET: parts.models.one });
  route(app, "/classify", { POST: parts.classify });
  route(app, "/explain", { POST: parts.explain });
  app.on("POST", ["/retrain", "/feedback", "/reload"], parts.originCheck);
  route(app, "/retrain", { POST: parts.retrain });
  route(app, "/feedback", { POST: parts.feedback });
  route(app, "/reload", { POST: parts.reload });
  route(app, "/health", { GET: parts.health });
  route(app, "/metrics", { GET: parts.metrics });
  route(app, "/savings", { GET: parts.savings });
  route(app, "/ready", { GET: parts.ready });
  route(app, "/live", { GET: parts.live });
  route(app, "/dashboard", { GET: parts.dashboard.page });
  route(app, "/dashboard/data", { GET: parts.dashboard.data });
  route(app, "/dashboard/events", { GET: parts.dashboard.events });
  route(app, "/dashboard/history/series", { GET: parts.dashboard.series });
  route(app, "/dashboard/history/requests", { GET: parts.dashboard.older });

  app.notFound((context) => {
    const { method, path } = context.req;
    const error = new RouterError(404, "not_found", `Cannot ${method} ${path.slice(0, 200)}: there is no such path`);
    return parts.failure(error, context);
  });
  app.onError(parts.failure);
  return app;
}

const EXPOSED = ["tier", "model", "confidence", "latency-ms", "reason", "attempts", "dropped"].map((name) =>
  `x-virtusoul-${name}`
)
  .concat("x-request-id");

/** One path: its handlers by method, and a clear word to every other method. */
function route(app: Hono<Notes>, path: string, handlers: Partial<Record<"GET" | "POST", Handler>>): void {
  const allowed = [...Object.keys(handlers), ...("GET" in handlers ? ["HEAD"] : []), "OPTIONS"].join(", ");
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler);
  app.all(path, (context) => {
    if (context.req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow: allowed } });
    const message = `Cannot ${context.req.method} ${context.req.path}: use ${Object.keys(handlers).join(" or ")}`;
    throw new RouterError(405, "method_not_allowed", message, { headers: { allow: allowed } });
  });
}

/** Every reply carries an id of ours, whatever became of the request. */
function identify(newId: () => string): MiddlewareHandler<Notes> {
  return async (context, next) => {
    const requestId = `req_${newId()}`;
    context.set("requestId", requestId);
    await next();
    context.res.headers.set("x-request-id", requestId);
  };
}
