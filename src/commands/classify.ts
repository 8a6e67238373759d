import { describe } from "../routing/describe.ts";
import { type CommandContext, UsageError } from "./run.ts";

interface ClassifyOptions {
  file?: string;
  json?: boolean;
  vectors?: boolean;
}

/** Prints the tier that a text deserves. */
export async function classify(
  { host, build, config }: CommandContext,
  text: string | undefined,
  options: ClassifyOptions,
) {
  const asked = await textOf(host, text, options.file);
  const classifier = await build.classifier(await config());
  let started = performance.now();
  let judgement = await classifier.classify(asked);
  if (judgement.reason === "starting") {
    await classifier.deepReady;
    started = performance.now();
    judgement = await classifier.classify(asked);
  }
  const described = describe({ ...judgement, latencyMs: performance.now() - started });
  if (options.vectors) {
    const { static: mean, deep, signs } = await classifier.features(asked);
    const vectors = { static: [...mean], deep: [...deep ?? []], signs: [...signs] };
    host.stdout(`${JSON.stringify({ ...described, vectors })}\n`);
    await classifier.close();
    return true;
  }
  const line = `${described.tier}  (confidence ${described.confidence}, ${described.reason}; ${described.reasoning})`;
  host.stdout(`${options.json ? JSON.stringify(described) : line}\n`);
  await classifier.close();
  return true;
}

async function textOf(
  host: CommandContext["host"],
  text: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (text !== undefined && file !== undefined) {
    throw new UsageError("Cannot classify a text and a file at once: give one of them");
  }
  if (text !== undefined) return text;
  if (file === undefined) {
    if (host.terminal.stdin) {
      throw new UsageError("Cannot classify nothing: give a text, a file (-f FILE), or pipe one in");
    }
    return host.stdin();
  }
  const content = await host.files.readText(file);
  if (content === undefined) throw new UsageError(`Cannot read "${file}": there is no such file`);
  return content;
}
