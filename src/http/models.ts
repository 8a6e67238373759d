import type { Context } from "hono";
import { RouterError } from "../errors.ts";

interface ModelsParts {
  /** Every name that may stand in a request's `model`. */
  names: readonly string[];
  /** Seconds since 1970: when the server started. */
  created: number;
}

/** `GET /v1/models` and `/v1/models/{id}`: the names that clients may ask for. */
export function createModels({ names, created }: ModelsParts) {
  const models = names.map((id) => ({ id, object: "model", created, owned_by: "virtusoul" }));
  return {
    list: (context: Context): Response => context.json({ object: "list", data: models }),
    one: (context: Context): Response => {
      const id = context.req.param("id");
      const model = models.find((model) => model.id === id);
      if (model) return context.json(model);
      const message = `Cannot find the model ${JSON.stringify(String(id).slice(0, 80))}: use one of ${
        names.join(", ")
      }`;
      throw new RouterError(404, "not_found", message, { param: "id" });
    },
  };
}
