import type { Context } from "hono";

interface WelcomeParts {
  version: string;
  modelName: string;
}

/** `GET /`: what this is, for people who open it in a browser. */
export function createWelcome({ version, modelName }: WelcomeParts) {
  const text = `VirtuSoul Router ${version}

It reads each request, judges how hard the work is, and sends it to the model chosen for that tier.
Point an OpenAI client at this address followed by /v1 and ask for the model "${modelName}".

POST /v1/chat/completions   the router itself
GET  /v1/models             the names that "model" may take
POST /classify              which tier a text deserves
GET  /health                what is served by whom
`;
  return (context: Context): Response => context.text(text);
}
